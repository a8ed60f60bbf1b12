"""A person's due times as a calendar file (RFC 5545), fetched by phones at a private address.

The address carries a secret of 256 bits of which only the hash is kept: who reads the database
can fetch nobody's calendar. A new address ends the one before.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.cases.models import Case, Stage
from kimweb.deadlines.models import Feed
from kimweb.dispatch import sender
from kimweb.documents import office
from kimweb.people import access
from kimweb.people.models import Person
from kimweb.sop import shelf

if TYPE_CHECKING:
    from icalendar import Event

# What a phone shows of a due time: the half hour that ends with it.
SHOWN = timedelta(minutes=30)
REFRESH = timedelta(hours=1)
MOST = 500


def make(session: Session, person: Person, now: datetime) -> str:
    """Give `person` an address of their own; return its secret, which cannot be read again."""
    secret = secrets.token_urlsafe(32)
    session.merge(Feed(person_id=person.id, secret_hash=_hash(secret), made_at=now))
    return secret


def end(session: Session, person: Person) -> None:
    """Take the address back; what phones fetch from it is not found any more."""
    if feed := session.get(Feed, person.id):
        session.delete(feed)


def of(session: Session, person: Person) -> Feed | None:
    """Return the address that `person` has given out, if any."""
    return session.get(Feed, person.id)


def owner(session: Session, secret: str) -> Person | None:
    """Return whose address carries this secret; None for a wrong one or a disabled account."""
    query = select(Person).join(Feed, Feed.person_id == Person.id)
    person = session.scalars(query.where(Feed.secret_hash == _hash(secret))).one_or_none()
    return person if person and person.is_active else None


def body(session: Session, person: Person) -> bytes:
    """Return the calendar file of `person`: one event per open step that is their turn."""
    from icalendar import Calendar

    file = Calendar()
    file.add("prodid", "-//kimweb//Tenggat SOP//ID")
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("x-wr-calname", f"Tenggat {office.current().short_name}")
    file.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    file.add("x-published-ttl", "PT1H")
    for case, stage in _turns(session, person):
        file.add_component(_event(case, stage))
    return bytes(file.to_ical())


def _turns(session: Session, person: Person) -> Iterator[tuple[Case, Stage]]:
    """Yield the open steps that are the turn of `person` today, the earliest due first."""
    held = access.lanes_of(person, shelf.today())
    helped = {
        step.lane
        for sop in shelf.editions().values()
        for step in sop.steps
        if held.intersection(step.helpers)
    }
    query = (
        select(Case, Stage)
        .join(Stage, Stage.case_id == Case.id)
        .where(Stage.closed_at.is_(None), Stage.lane.in_(held | helped))
        .order_by(Stage.due_at, Stage.id)
        .limit(MOST)
    )
    for case, stage in session.execute(query):
        if held.intersection(shelf.sop(case.sop).step(stage.step).lanes):
            yield case, stage


def _event(case: Case, stage: Stage) -> Event:
    from icalendar import Event

    step, url = shelf.sop(case.sop).step(stage.step), sender.link(f"/cases/{case.id}")
    event = Event()
    event.add("uid", f"langkah-{stage.id}@{sender.host()}")
    event.add("dtstamp", stage.opened_at)
    event.add("dtstart", stage.due_at - SHOWN)
    event.add("dtend", stage.due_at)
    event.add("summary", f"Tenggat langkah {step.number}: {case.subject}")
    event.add("description", f"{step.text}\nWaktu baku {step.time.text}\n{url}")
    event.add("url", url)
    event.add("transp", "TRANSPARENT")
    return event


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
