"""Guests who write themselves down: a QR on a wall leads them to one page for a few hours."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.cases import queries
from kimweb.cases.fieldwork.activity import record_attendee
from kimweb.cases.models import Attendee, Case, GuestDoor
from kimweb.people.models import Person
from kimweb.sop import shelf

BY_QR = "qr"
LASTS = timedelta(hours=6)
# Enough for a hall whose people all scan at once, too few to fill the list by a program.
MOST_IN_A_MINUTE, MOST = 40, 500
CROWDED = "Banyak yang mendaftar saat ini. Tunggu satu menit, lalu kirim lagi."
AGREE = "Beri tanda setuju agar nama Anda dapat dicatat."


def open_door(session: Session, case: Case, by: Person) -> GuestDoor:
    """Open the guests' page of the case under a new code; an older code ends."""
    close_door(session, case)
    now = clock.now()
    code = secrets.token_urlsafe(18)
    door = GuestDoor(
        case_id=case.id, code=code, opened_by=by.id, opened_at=now, closes_at=now + LASTS
    )
    session.add(door)
    session.flush()
    return door


def close_door(session: Session, case: Case) -> None:
    """Close the guests' page now; nothing happens when it is closed already."""
    now = clock.now()
    still_open = (GuestDoor.case_id == case.id, GuestDoor.closes_at > now)
    session.execute(update(GuestDoor).where(*still_open).values(closes_at=now))


def door_of(session: Session, case: Case) -> GuestDoor | None:
    """Return the case's open door, None when guests cannot write themselves down."""
    return _open(session, GuestDoor.case_id == case.id)


def find(session: Session, code: str) -> Case | None:
    """Return the case whose open door has this code; None when the activity is closed."""
    door = _open(session, GuestDoor.code == code)
    if door is None:
        return None
    case = session.get_one(Case, door.case_id)
    stage = queries.open_stage(session, case.id)
    is_on = stage is not None and shelf.sop(case.sop).step(stage.step).work == "activity"
    return case if is_on else None


def enter(session: Session, case: Case, typed: Mapping[str, str]) -> dict[str, str]:
    """Write down a guest as typed; return a sentence per field that cannot be accepted.

    Whoever is on the list under another key already is asked about by the team.
    """
    if not typed.get("agreed"):
        return {"agreed": AGREE}
    session.get_one(Case, case.id, with_for_update=True)
    # A guest may only mend an entry of their own: nobody else's key begins like this.
    key = f"{BY_QR}-{typed.get('key', '')}"
    own = select(Attendee.id).where(Attendee.case_id == case.id, Attendee.key == key)
    if session.scalar(own) is None and _is_crowded(session, case, clock.now()):
        return {"name": CROWDED}
    _, problems = record_attendee(session, case, {**typed, "key": key}, BY_QR)
    return problems


def _open(session: Session, which: ColumnElement[bool]) -> GuestDoor | None:
    query = select(GuestDoor).where(which, GuestDoor.closes_at > clock.now())
    return session.scalar(query.order_by(GuestDoor.id.desc()).limit(1))


def _is_crowded(session: Session, case: Case, now: datetime) -> bool:
    guests = select(func.count(Attendee.id)).where(
        Attendee.case_id == case.id, Attendee.via == BY_QR
    )
    lately = guests.where(Attendee.added_at > now - timedelta(minutes=1))
    return (
        session.scalars(guests).one() >= MOST or session.scalars(lately).one() >= MOST_IN_A_MINUTE
    )
