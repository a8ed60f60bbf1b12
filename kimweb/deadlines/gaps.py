"""What the calendar does not know yet about the time ahead: said on desks, and by mail daily."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kimweb import bell
from kimweb.dispatch import letters, staff
from kimweb.people import roster
from kimweb.sop import shelf

# Longer than any step and its ladder take, so no due time falls into a year nobody was told of.
AHEAD = timedelta(days=60)
DISPATCH = "tasks.dispatch.drain"


def ahead(now: datetime) -> list[str]:
    """Return what is missing for the days from `now` on, in Indonesian; mostly nothing."""
    years = {shelf.local(now).year, shelf.local(now + AHEAD).year}
    return shelf.office_calendar().gaps(sorted(years))


def remind(session: Session, now: datetime) -> int:
    """Mail what is missing to every administrator, once a working day; return how many hear it."""
    if not (found := ahead(now)) or not shelf.office_calendar().is_open(now):
        return 0
    today = shelf.local(now).date()
    told = [p for p in roster.active(session) if p.is_admin and p.email]
    for person in told:
        letter = letters.kalender(to_name=person.name, gaps=found)
        key = f"calendar-{today.isoformat()}-{person.id}"
        staff.tell(session, key, "kalender", letter, person, now)
    bell.after_commit(session, tasks=[DISPATCH])
    return len(told)
