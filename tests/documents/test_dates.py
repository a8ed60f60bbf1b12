"""Dates and numbers in the office's own words."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimweb.documents import dates

MONDAY = date(2026, 11, 23)


def test_the_same_day_in_every_form():
    assert dates.long_date(MONDAY) == "23 November 2026"
    assert dates.short_date(MONDAY) == "23 Nov 2026"
    assert dates.short_date(date(2026, 8, 17)) == "17 Agu 2026"
    assert dates.day_date(MONDAY) == "Senin, 23 November 2026"
    assert dates.date_in_words(MONDAY) == (
        "Senin tanggal dua puluh tiga bulan November tahun dua ribu dua puluh enam"
    )


def test_the_clock_names_the_zone_of_the_office():
    nine = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    assert dates.clock_time(nine.astimezone(ZoneInfo("Asia/Makassar"))) == "09.30 WITA"
    assert dates.clock_time(nine.astimezone(ZoneInfo("Asia/Jakarta"))) == "08.30 WIB"
    assert dates.clock_time(nine.astimezone(ZoneInfo("Asia/Jayapura"))) == "10.30 WIT"


@pytest.mark.parametrize("moment", [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1)])  # noqa: DTZ001
def test_a_moment_outside_the_archipelago_is_refused(moment):
    with pytest.raises(ValueError, match="WITA"):
        dates.clock_time(moment)


def test_months_in_roman_numerals():
    assert [dates.roman(month) for month in (1, 4, 9, 12)] == ["I", "IV", "IX", "XII"]
    with pytest.raises(ValueError, match="13"):
        dates.roman(13)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "nol"),
        (11, "sebelas"),
        (15, "lima belas"),
        (20, "dua puluh"),
        (100, "seratus"),
        (119, "seratus sembilan belas"),
        (1000, "seribu"),
        (1234, "seribu dua ratus tiga puluh empat"),
        (2026, "dua ribu dua puluh enam"),
        (1_000_000, "satu juta"),
        (21_100_000, "dua puluh satu juta seratus ribu"),
    ],
)
def test_numbers_are_said_as_in_a_receipt(number, words):
    assert dates.in_words(number) == words


@given(st.integers(0, 10**15 - 1))
def test_every_number_can_be_said_in_plain_letters(number):
    assert set(dates.in_words(number)) <= set("abcdefghijklmnopqrstuvwxyz ")


@pytest.mark.parametrize("number", [-1, 10**15])
def test_numbers_beyond_saying_are_refused(number):
    with pytest.raises(ValueError, match="outside"):
        dates.in_words(number)


@pytest.mark.parametrize(
    "written", ["2026-11-23", "23-11-2026", "23/11/2026", "23.11.2026", " 23 november 2026 "]
)
def test_a_date_may_be_typed_as_people_write_it(written):
    assert dates.read_date(written) == MONDAY


@pytest.mark.parametrize("written", ["", "besok", "31-02-2026", "11/2026", "23 Nopember 2026"])
def test_what_is_no_date_is_refused(written):
    with pytest.raises(ValueError):  # noqa: PT011
        dates.read_date(written)


def test_a_time_may_be_typed_with_point_or_colon():
    assert dates.read_time("9.30") == dates.read_time("09:30") == time(9, 30)
    for wrong in ("25.00", "jam 9", "9"):
        with pytest.raises(ValueError):  # noqa: PT011
            dates.read_time(wrong)
