"""Dates, times and numbers in the office's own words."""

from __future__ import annotations

import datetime as dt
import re

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
ZONES = {7: "WIB", 8: "WITA", 9: "WIT"}
_SHORT_MONTHS = {"Agustus": "Agu"}
_ROMANS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_UNITS = (
    "nol",
    "satu",
    "dua",
    "tiga",
    "empat",
    "lima",
    "enam",
    "tujuh",
    "delapan",
    "sembilan",
    "sepuluh",
    "sebelas",
)
_SCALES = (
    (1_000_000_000_000, "triliun"),
    (1_000_000_000, "miliar"),
    (1_000_000, "juta"),
    (1_000, "ribu"),
    (100, "ratus"),
)
_LARGEST = 10**15


def long_date(day: dt.date) -> str:
    """Return "23 November 2026"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def short_date(day: dt.date) -> str:
    """Return "23 Nov 2026"."""
    month = MONTHS[day.month - 1]
    return f"{day.day} {_SHORT_MONTHS.get(month, month[:3])} {day.year}"


def day_name(day: dt.date) -> str:
    """Return "Senin"."""
    return DAYS[day.weekday()]


def day_date(day: dt.date) -> str:
    """Return "Senin, 23 November 2026"."""
    return f"{day_name(day)}, {long_date(day)}"


def date_in_words(day: dt.date) -> str:
    """Return "Senin tanggal dua puluh tiga bulan November tahun dua ribu …" (berita acara)."""
    return (
        f"{day_name(day)} tanggal {in_words(day.day)} bulan {MONTHS[day.month - 1]} "
        f"tahun {in_words(day.year)}"
    )


def clock_time(moment: dt.datetime) -> str:
    """Return "09.30 WITA" of an aware moment that already stands in the office's zone.

    The zone's name follows from the distance to UTC; one outside Indonesia raises ValueError.
    """
    distance = moment.utcoffset()
    zone = ZONES.get(int(distance.total_seconds() // 3600)) if distance is not None else None
    if zone is None:
        raise ValueError("a clock time needs a moment in WIB, WITA or WIT")
    return f"{moment.hour:02}.{moment.minute:02} {zone}"


def roman(month: int) -> str:
    """Return the Roman numeral of a month, 1 to 12, as letter numbers carry it."""
    if not 1 <= month <= len(_ROMANS):
        raise ValueError(f"{month} is not a month")
    return _ROMANS[month - 1]


def in_words(number: int) -> str:
    """Return a whole number in words (terbilang); ValueError below 0 and from 10^15 on."""
    if not 0 <= number < _LARGEST:
        raise ValueError(f"{number} is outside the numbers that can be said")
    if number < len(_UNITS):
        return _UNITS[number]
    if number < 20:
        return f"{_UNITS[number - 10]} belas"
    if number < 100:
        return _joined(f"{_UNITS[number // 10]} puluh", number % 10)
    scale, name = next(pair for pair in _SCALES if number >= pair[0])
    count = number // scale
    # Only "ratus" and "ribu" have a word of their own for one: seratus, seribu.
    head = f"se{name}" if count == 1 and scale <= 1_000 else f"{in_words(count)} {name}"
    return _joined(head, number % scale)


def read_date(written: str) -> dt.date:
    """Return the day written as 2026-11-23, 23-11-2026, 23/11/2026 or 23 November 2026.

    Anything else raises ValueError.
    """
    text = written.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return dt.date.fromisoformat(text)
    numbers = re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", text, re.ASCII)
    if numbers:
        return dt.date(int(numbers[3]), int(numbers[2]), int(numbers[1]))
    named = re.fullmatch(r"(\d{1,2}) ([A-Za-z]+) (\d{4})", text, re.ASCII)
    if named and named[2].capitalize() in MONTHS:
        return dt.date(int(named[3]), MONTHS.index(named[2].capitalize()) + 1, int(named[1]))
    raise ValueError(f"{written!r} is not a date")


def read_time(written: str) -> dt.time:
    """Return the time written as 09.30 or 09:30; anything else raises ValueError."""
    parts = re.fullmatch(r"(\d{1,2})[.:](\d{2})", written.strip(), re.ASCII)
    if not parts:
        raise ValueError(f"{written!r} is not a time of day")
    return dt.time(int(parts[1]), int(parts[2]))


def _joined(head: str, rest: int) -> str:
    return f"{head} {in_words(rest)}" if rest else head
