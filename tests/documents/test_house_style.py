"""Each setting of config/office.yaml that shapes a letter is seen on the letter."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from kimweb.documents import kinds, office, rendering
from kimweb.documents.office import Line
from tests.documents.letters import FACTS, read, signed

KIND = "surat_undangan"
CENTIMETRE = 72 / 2.54

House = Callable[..., None]


@pytest.fixture
def house() -> Iterator[House]:
    """Let a test write as an office with other settings, and go back afterwards."""

    def changed(**settings: Any) -> None:
        office.use(replace(office.current(), **settings))

    yield changed
    office.use(None)


def page(**settings: Any) -> office.Page:
    return replace(office.current().page, **settings)


def places(word: str, kind: str = KIND) -> list[dict[str, float]]:
    """Where a word stands on the pages of a letter: its box in points."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    made = rendering.pdf(kind, signed(kind))
    told = subprocess.run([program, "-bbox", "-", "-"], input=made, capture_output=True, check=True)
    pattern = rf'<word xMin="(\S+)" yMin="(\S+)" xMax="(\S+)" yMax="(\S+)">{re.escape(word)}</word>'
    names = ("left", "top", "right", "bottom")
    found = re.findall(pattern, told.stdout.decode())
    return [dict(zip(names, map(float, box), strict=True)) for box in found]


@pytest.mark.parametrize("side", ["left", "top"])
def test_a_margin_moves_the_text(house: House, side: str) -> None:
    before = places("Sifat")[0][side]
    house(page=page(**{side: getattr(office.current().page, side) + 1}))
    assert places("Sifat")[0][side] - before == pytest.approx(CENTIMETRE, abs=0.5)


def test_the_right_margin_keeps_the_date_away_from_the_edge(house: House) -> None:
    before = places("2026")[0]["right"]
    house(page=page(right=4))
    assert before - places("2026")[0]["right"] == pytest.approx(2 * CENTIMETRE, abs=0.5)


def test_the_bottom_margin_keeps_the_note_away_from_the_edge(house: House) -> None:
    before = places("dinas.")[-1]["bottom"]
    house(page=page(bottom=4.5))
    assert before - places("dinas.")[-1]["bottom"] == pytest.approx(2 * CENTIMETRE, abs=0.5)


def test_the_size_of_the_body_is_a_setting(house: House) -> None:
    def height() -> float:
        box = places("Sifat")[0]
        return box["bottom"] - box["top"]

    before = height()
    house(page=page(size=12))
    assert height() / before == pytest.approx(12 / 11, rel=0.02)


def test_the_font_is_a_setting(house: House) -> None:
    assert b"Arimo" in rendering.pdf(KIND, signed(KIND))
    house(page=page(font="Noto Naskh Arabic"))
    assert b"NotoNaskhArabic" in rendering.pdf(KIND, signed(KIND))


def test_the_lines_of_the_letterhead_have_sizes_of_their_own(house: House) -> None:
    house(letterhead=(Line("DINAS", 28, bold=False), Line("JALAN", 14, bold=False)))
    tall, small = places("DINAS")[0], places("JALAN")[0]
    assert (tall["bottom"] - tall["top"]) / (small["bottom"] - small["top"]) == pytest.approx(
        2, rel=0.02
    )


def test_the_usual_copies_are_those_of_the_office(house: House) -> None:
    house(copies=("Gubernur Contoh", "Arsip"))
    assert kinds.filled(kinds.kind(KIND), FACTS)["tembusan"] == ["Gubernur Contoh", "Arsip"]


def test_the_words_of_sifat_are_those_of_the_office_and_give_the_number_its_code() -> None:
    other = replace(office.current(), sifat=MappingProxyType({"Sangat Rahasia": "SR"}))
    kind = kinds.load(kinds.FILE, other).kinds["nota_dinas"]
    field = next(one for one in kind.fields if one.name == "sifat")
    assert field.options == (("Sangat Rahasia", "Sangat Rahasia"),)
    day = date(2026, 11, 24)
    assert other.number(KIND, 1, day, {"sifat": "Sangat Rahasia"}).startswith("SR/")


def test_the_boxes_of_the_disposition_are_the_offices_degrees(house: House) -> None:
    house(derajat=("Kilat", "Biasa"))
    words = read(rendering.pdf("lembar_disposisi", signed("lembar_disposisi")))
    assert "Kilat" in words
    assert "Sangat Segera" not in words


@pytest.mark.parametrize(
    ("note", "status"),
    [
        ("electronic", "signed_electronic"),
        ("unsigned", "signed_wet"),
        ("concept", "concept"),
    ],
)
def test_the_small_words_at_the_foot_are_settings(house: House, note: str, status: str) -> None:
    house(notes=MappingProxyType({**office.current().notes, note: "Kalimat kantor lain."}))
    words = read(rendering.pdf(KIND, signed(KIND, status=status)))
    assert words.count("Kalimat kantor lain.") == 1


def test_the_place_before_the_date_is_the_offices_town(house: House) -> None:
    house(town="Kota Lain")
    assert "Kota Lain, 24 November 2026" in read(rendering.pdf(KIND, signed(KIND, place=None)))
