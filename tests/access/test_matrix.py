"""Who gets in where: every route is asked as everybody, and compared with what is declared.

A new route needs its line in matrix.txt; `python -m tests.access.asking` prints all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.settings import ROOT
from tests.access import asking
from tests.test_house_rules import OPEN_TO_EVERYBODY

MATRIX = ROOT / "tests" / "access" / "matrix.txt"


def declared() -> list[str]:
    lines = MATRIX.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def office() -> Iterator[asking.Office]:
    with asking.office() as asked:
        yield asked


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_route_lets_in_whom_the_matrix_names_and_nobody_else(
    office: asking.Office,
) -> None:
    assert list(asking.lines(office)) == declared()


def test_a_stranger_gets_in_only_where_the_house_rules_say_so() -> None:
    named = {line.split()[1] for line in declared() if any("?" in c for c in line.split()[2:])}
    assert named <= OPEN_TO_EVERYBODY


def test_tim_gets_into_no_case_they_do_not_go_out_for() -> None:
    with_case = [line.split() for line in declared() if len(line.split()) == 4]
    assert [line[1] for line in with_case if "t" in line[3]] == []
