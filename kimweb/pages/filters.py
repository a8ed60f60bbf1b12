"""Words that templates print: dates, time left, names of lanes."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from kimweb import clock
from kimweb.documents import dates
from kimweb.sop import shelf
from kimweb.sop.calendar import Calendar

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
# As the first rung of the deadline ladder: four fifths of the time are used up.
SOON_PERCENT = 80
SHORTLY_MINUTES = 30


def register(app: Flask) -> None:
    """Give the templates their filters; the time is asked once, here."""
    filters = app.jinja_env.filters
    filters["moment"] = moment
    filters["told_moment"] = lambda told: moment(datetime.fromisoformat(told))
    filters["clock"] = lambda at: f"{shelf.local(at):%H.%M}"
    filters["local_day"] = lambda at: dates.short_date(shelf.local(at).date())
    filters["day"] = dates.long_date
    filters["day_name"] = dates.day_date
    filters["short_day"] = dates.short_date
    filters["initials"] = initials
    filters["time_left"] = lambda due_at, lane: time_left(due_at, clock.now(), _kept_by(lane))
    filters["urgency"] = lambda due_at, opened_at, lane: urgency(
        opened_at, due_at, clock.now(), _kept_by(lane)
    )
    filters["worked"] = lambda minutes: work_span(0, minutes)
    filters["ago"] = lambda at: ago(at, clock.now())


def _kept_by(lane: str | None) -> Calendar:
    return shelf.calendar_of(lane) if lane else shelf.office_calendar()


def moment(at: datetime) -> str:
    """Return "Senin, 23 November 2026 pukul 09.30 WITA" for an instant."""
    local = shelf.local(at)
    return f"{dates.day_date(local.date())} pukul {dates.clock_time(local)}"


def time_left(due_at: datetime, now: datetime, calendar: Calendar) -> str:
    """Return how much working time lies before `due_at` or after it.

    "2 hari 3 jam kerja lagi", "terlambat 40 menit kerja". A day is a day on which the office works.
    """
    if now > due_at:
        return f"terlambat {work_span(*calendar.apart(due_at, now))}"
    return f"{work_span(*calendar.apart(now, due_at))} lagi"


def work_span(days: int, minutes: int) -> str:
    """Return working days and minutes in their two largest units."""
    hours, rest = divmod(minutes, 60)
    if days:
        return f"{days} hari {hours} jam kerja" if hours else f"{days} hari kerja"
    if hours:
        return f"{hours} jam {rest} menit kerja" if rest else f"{hours} jam kerja"
    return f"{rest} menit kerja" if rest else "kurang dari 1 menit kerja"


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago `at` was: "baru saja", "3 jam yang lalu"; later than a week: the date."""
    seconds = (now - at).total_seconds()
    if seconds < MINUTE:
        return "baru saja"
    if seconds > 7 * DAY:
        return dates.short_date(shelf.local(at).date())
    return f"{span(seconds)} yang lalu"


def span(seconds: float) -> str:
    """Return a length of time in its two largest units; days go alone from two on."""
    days, rest = divmod(int(seconds), DAY)
    hours, rest = divmod(rest, HOUR)
    minutes = rest // MINUTE
    if days >= 2:
        return f"{days} hari"
    if days:
        return f"1 hari {hours} jam" if hours else "1 hari"
    if hours >= 5 or (hours and not minutes):
        return f"{hours} jam"
    if hours:
        return f"{hours} jam {minutes} menit"
    return f"{minutes} menit" if minutes else "kurang dari 1 menit"


def urgency(opened_at: datetime, due_at: datetime, now: datetime, calendar: Calendar) -> str:
    """Return how pressing a deadline is: late, soon (most of the time is used up), or calm."""
    if now > due_at:
        return "late"
    left, whole = calendar.between(now, due_at), calendar.between(opened_at, due_at)
    is_soon = left <= SHORTLY_MINUTES or left * 100 <= whole * (100 - SOON_PERCENT)
    return "soon" if is_soon else "calm"


def initials(name: str) -> str:
    """Return up to two letters for a person's mark, without degrees: "Drs. I Nyoman S" is "IN"."""
    words = [word for word in name.partition(",")[0].split() if not word.endswith(".")]
    return "".join(word[0] for word in words[:2]).upper() or "?"
