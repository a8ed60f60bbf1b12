"""Words that templates print: dates, time left, names of lanes."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask

from kimweb import clock
from kimweb.documents import dates
from kimweb.sop import shelf

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
# As the first rung of the deadline ladder: four fifths of the time are used up.
SOON_SHARE = 0.8
SHORTLY = timedelta(minutes=30)


def register(app: Flask) -> None:
    """Give the templates their filters; the time is asked once, here."""
    filters = app.jinja_env.filters
    filters["moment"] = moment
    filters["told_moment"] = lambda told: moment(datetime.fromisoformat(told))
    filters["day"] = dates.long_date
    filters["day_name"] = dates.day_date
    filters["short_day"] = dates.short_date
    filters["initials"] = initials
    filters["time_left"] = lambda due_at: time_left(due_at, clock.now())
    filters["urgency"] = lambda due_at, opened_at: urgency(opened_at, due_at, clock.now())
    filters["ago"] = lambda at: ago(at, clock.now())


def moment(at: datetime) -> str:
    """Return "Senin, 23 November 2026 pukul 09.30 WITA" for an instant."""
    local = shelf.local(at)
    return f"{dates.day_date(local.date())} pukul {dates.clock_time(local)}"


def time_left(due_at: datetime, now: datetime) -> str:
    """Return how far `due_at` is: "2 hari lagi", "1 jam 20 menit lagi", "terlambat 3 jam"."""
    seconds = (due_at - now).total_seconds()
    if seconds < 0:
        return f"terlambat {span(-seconds)}"
    return f"{span(seconds)} lagi"


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


def urgency(opened_at: datetime, due_at: datetime, now: datetime) -> str:
    """Return how pressing a deadline is: late, soon (most of the time is used up), or calm."""
    if now > due_at:
        return "late"
    used = (now - opened_at) / max(due_at - opened_at, timedelta(seconds=1))
    return "soon" if used >= SOON_SHARE or due_at - now <= SHORTLY else "calm"


def initials(name: str) -> str:
    """Return up to two letters for a person's mark, without degrees: "Drs. I Nyoman S" is "IN"."""
    words = [word for word in name.partition(",")[0].split() if not word.endswith(".")]
    return "".join(word[0] for word in words[:2]).upper() or "?"
