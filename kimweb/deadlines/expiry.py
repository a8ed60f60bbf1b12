"""Certificates that are about to end: their holder and the administrators hear it in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb import bell
from kimweb.dispatch import letters, staff
from kimweb.documents.models import Certificate
from kimweb.people import roster
from kimweb.people.models import Person

# A new certificate takes BSrE about two weeks; the last one says that tomorrow is too late.
DAYS_AHEAD = (30, 14, 7, 1, 0)
DISPATCH = "tasks.dispatch.drain"


def remind(session: Session, now: datetime) -> int:
    """Mail whom it concerns that a certificate ends, once at each distance; return how many ends.

    Who was away for long hears only the nearest distance.
    """
    ending = [(one, days) for one in _in_use(session) if (days := _distance(one, now)) is not None]
    for certificate, days in ending:
        holder = session.get_one(Person, certificate.person_id)
        for person in _audience(session, holder):
            _tell(session, person, holder, certificate, days, now)
    if ending:
        bell.after_commit(session, tasks=[DISPATCH])
    return len(ending)


def _in_use(session: Session) -> Sequence[Certificate]:
    query = select(Certificate).join(Person, Person.id == Certificate.person_id)
    return session.scalars(
        query.where(Certificate.retired_at.is_(None), Person.disabled_at.is_(None))
    ).all()


def _distance(certificate: Certificate, now: datetime) -> int | None:
    """Return which of DAYS_AHEAD a certificate has come to; None while there is time."""
    if certificate.valid_until is None:
        return None
    left = certificate.valid_until - now
    reached = [days for days in DAYS_AHEAD if left <= timedelta(days=days)]
    return min(reached, default=None)


def _audience(session: Session, holder: Person) -> list[Person]:
    told = {person.id: person for person in (holder, *roster.administrators(session))}
    return [person for person in told.values() if person.email]


def _tell(
    session: Session,
    person: Person,
    holder: Person,
    certificate: Certificate,
    days: int,
    now: datetime,
) -> None:
    assert certificate.valid_until is not None
    letter = letters.sertifikat(
        to_name=person.name,
        holder=holder.name,
        valid_until=certificate.valid_until,
        is_over=certificate.valid_until <= now,
    )
    key = f"certificate-{certificate.id}-{days}-{person.id}"
    staff.tell(session, key, "sertifikat", letter, person, now)
