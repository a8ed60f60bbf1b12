"""Reading what somebody typed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimweb.groups.entry import Entry


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-12-08", date(2026, 12, 8)),
        (" 8-12-2026 ", date(2026, 12, 8)),
        ("8/12/2026", date(2026, 12, 8)),
        ("8 Desember 2026", date(2026, 12, 8)),
        ("", None),
    ],
)
def test_a_day_is_read_as_people_write_it(typed: str, day: date | None) -> None:
    entry = Entry({"d": typed})
    assert entry.day("d", "Tanggal") == day
    assert not entry.problems


@pytest.mark.parametrize("typed", ["31-02-2026", "2026-13-01", "1-1-1899", "besok", "٨-١٢-٢٠٢٦"])
def test_a_day_that_is_none_is_refused(typed: str) -> None:
    entry = Entry({"d": typed})
    assert entry.day("d", "Tanggal") is None
    assert entry.problems == {"d": "Tanggal tidak dikenali. Tulis seperti 12-03-2026."}


@given(st.text(max_size=300))
def test_no_text_whatever_breaks_the_reading(text: str) -> None:
    entry = Entry(dict.fromkeys("abcdef", text))
    assert "\n" not in entry.line("a", "A")
    assert "\x00" not in entry.paragraphs("b", "B")
    entry.day("c", "C")
    assert 0 <= entry.count("d", "D") <= 9_999
    assert entry.sex("e") in ("", "L", "P")
    entry.phone("f")


def test_what_is_too_long_is_refused_by_name() -> None:
    entry = Entry({"place": "x" * 201})
    entry.line("place", "Tempat")
    assert entry.problems == {"place": "Tempat terlalu panjang: paling banyak 200 huruf."}
