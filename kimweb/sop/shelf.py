"""The office's loaded books: every edition of the SOP and the calendar, read once from config/."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from kimweb import clock
from kimweb.sop import book
from kimweb.sop.book import Sop
from kimweb.sop.calendar import Calendar
from kimweb.sop.office_hours import OfficeHours, read_office_hours

CONFIG = Path(__file__).resolve().parents[2] / "config"
CURRENT = "17-diskominfo-klk-2018"


class Calendars:
    """The working calendars made of one set of hours: the office's, and those of its units."""

    def __init__(self, hours: OfficeHours) -> None:
        self.hours = hours
        self.office = Calendar(hours)
        self._of_lane = {
            lane: calendar
            for unit in hours.units
            for calendar in [Calendar(hours.of_unit(unit))]
            for lane in unit.lanes
        }

    def of(self, lane: str) -> Calendar:
        """Return the calendar that the clock of this lane's steps follows."""
        return self._of_lane.get(lane, self.office)


@cache
def editions() -> dict[str, Sop]:
    """Return every edition by its name; SopError when a file is not sound."""
    return book.editions(CONFIG / "sop")


def sop(edition: str = CURRENT) -> Sop:
    """Return the edition a case began with, or the one that new cases begin with."""
    return editions()[edition]


@cache
def written_hours() -> OfficeHours:
    """Return the office hours as the file has them; CalendarError when it is not sound."""
    return read_office_hours(CONFIG / "calendar.yaml")


Source = Callable[[], OfficeHours]
_source: Source = written_hours
_made: Calendars | None = None


def follow(source: Source | None) -> None:
    """Take the office hours from `source`, asked at each use; None goes back to the file.

    `source` returns the same object as long as nothing has changed.
    """
    global _source
    _source = source or written_hours


def calendars() -> Calendars:
    """Return the office's working calendars as they are now."""
    global _made
    hours, made = _source(), _made
    if made is None or made.hours is not hours:
        made = _made = Calendars(hours)
    return made


def office_calendar() -> Calendar:
    """Return the office's working calendar."""
    return calendars().office


def calendar_of(lane: str) -> Calendar:
    """Return the working calendar of those who hold `lane`."""
    return calendars().of(lane)


def zone() -> ZoneInfo:
    """Return the office's time zone."""
    return written_hours().zone


def local(at: datetime) -> datetime:
    """Return `at` on the office's own clock."""
    return at.astimezone(zone())


def today() -> date:
    """Return today's date in the office."""
    return local(clock.now()).date()
