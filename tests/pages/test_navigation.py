"""The menu shows where one is."""

from __future__ import annotations

import re

import pytest

from kimweb.pages import assets, navigation
from tests.world import World


@pytest.mark.parametrize("page", ["", "/documents/{letter}", "/dispatches", "/archive"])
def test_everything_about_a_case_belongs_to_kegiatan(world: World, page: str) -> None:
    case = world.case(at=10)
    letter = world.letters(case)[0].id
    answer = world.client("kasi").get(f"/cases/{case.id}{page.format(letter=letter)}")
    marked = re.findall(r'<a href="([^"]+)"[^>]*aria-current="page"', answer.text)
    assert set(marked) == {"/cases"}


def test_every_way_has_its_drawing() -> None:
    style = (assets.OWN / "kimweb.css").read_text()
    for entry in navigation.ENTRIES:
        assert f".drawn-{entry.icon} " in style, entry.words
        assert f"{entry.icon}.svg" in assets.DRAWINGS, entry.words
