"""The short form of the fault matrix (`make faults` runs all of it): a few rows, on SQLite."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from config.settings import ROOT
from tests.faults import matrix, mutants, rows
from tests.faults.harness import SQLITE, Stock
from tests.faults.matrix import Row
from tests.faults.mutants import Mutant

assert rows  # importing them enters them


@pytest.fixture(scope="module")
def stock() -> Iterator[Stock]:
    with Stock() as made:
        yield made


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("row", [row for row in matrix.ROWS if row.short], ids=lambda row: row.name)
def test_the_office_survives(row: Row, stock: Stock) -> None:
    assert matrix.run(row, SQLITE, stock, short=True).wrong == []


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mistake_can_still_be_seeded_and_has_its_row(mutant: Mutant) -> None:
    assert mutant.row in {row.name for row in matrix.ROWS}
    for change in mutant.changes:
        ast.parse(mutants.seeded(change, (ROOT / change.file).read_text()))
