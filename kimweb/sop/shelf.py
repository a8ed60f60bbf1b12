"""The office's loaded books: every edition of the SOP and the calendar, read once from config/."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from kimweb import clock
from kimweb.sop import book, calendar
from kimweb.sop.book import Sop
from kimweb.sop.calendar import Calendar

CONFIG = Path(__file__).resolve().parents[2] / "config"
CURRENT = "17-diskominfo-klk-2018"


@cache
def editions() -> dict[str, Sop]:
    """Return every edition by its name; SopError when a file is not sound."""
    return book.editions(CONFIG / "sop")


def sop(edition: str = CURRENT) -> Sop:
    """Return the edition a case began with, or the one that new cases begin with."""
    return editions()[edition]


@cache
def office_calendar() -> Calendar:
    """Return the office's working calendar."""
    return calendar.load(CONFIG / "calendar.yaml")


def zone() -> ZoneInfo:
    """Return the office's time zone."""
    return office_calendar().zone


def local(at: datetime) -> datetime:
    """Return `at` on the office's own clock."""
    return at.astimezone(zone())


def today() -> date:
    """Return today's date in the office."""
    return local(clock.now()).date()
