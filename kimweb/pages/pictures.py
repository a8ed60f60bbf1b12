"""A year of a working calendar as a picture: its days by month, each with its letter and words."""

from __future__ import annotations

import calendar as lengths
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from kimweb.documents import dates
from kimweb.pages import hours
from kimweb.sop.calendar import Calendar, Day


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the picture: its letter, and what is said of it on hover and focus."""

    day: Day
    kind: str
    letter: str
    words: str

    @property
    def is_special(self) -> bool:
        """Whether the day stands in the list of holidays and special days."""
        return self.kind in ("public_holiday", "collective_leave", "local", "special")


def cells(calendar: Calendar, year: int) -> list[Cell]:
    """Return every day of the year."""
    first = dt.date(year, 1, 1)
    days = (first + dt.timedelta(n) for n in range(365 + lengths.isleap(year)))
    return [cell(calendar, calendar.day(date)) for date in days]


def cell(calendar: Calendar, day: Day) -> Cell:
    """Return one day as the picture shows it."""
    kind: str = day.kind
    if kind == "working" and calendar.hours.special_days.get(day.date):
        kind = "special"
    elif kind == "working" and calendar.hours.period_on(day.date):
        kind = "period"
    letter, words = hours.KINDS[kind]
    parts = [f"{dates.day_date(day.date)}: {words}", day.name if day.name != words else ""]
    parts += [hours.told_windows(day.windows), "perkiraan" if day.estimated else ""]
    said = ", ".join(part for part in parts if part)
    return Cell(day, kind, letter, f"{said}. Sumber: {day.source}")


def months(days: Sequence[Cell]) -> list[tuple[str, list[list[Cell | None]]]]:
    """Return the months by name, each as rows of seven, Monday first, with None beside its ends."""
    return [(name, _rows(days, n)) for n, name in enumerate(dates.MONTHS, 1)]


def _rows(days: Sequence[Cell], month: int) -> list[list[Cell | None]]:
    own: list[Cell | None] = [cell for cell in days if cell.day.date.month == month]
    assert own[0] is not None
    padded = [None] * own[0].day.date.weekday() + own
    padded += [None] * (-len(padded) % 7)
    return [padded[n : n + 7] for n in range(0, len(padded), 7)]
