"""The menu shows where one is."""

from __future__ import annotations

import re

import pytest

from tests.world import World


@pytest.mark.parametrize("page", ["", "/documents/{letter}", "/dispatches", "/archive"])
def test_everything_about_a_case_belongs_to_kegiatan(world: World, page: str) -> None:
    case = world.case(at=10)
    letter = world.letters(case)[0].id
    answer = world.client("kasi").get(f"/cases/{case.id}{page.format(letter=letter)}")
    marked = re.findall(r'<a href="([^"]+)"[^>]*aria-current="page"', answer.text)
    assert set(marked) == {"/cases"}
