"""Who somebody is at the single sign-on, tied to their account by themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.people.models import Identity, Person


def of(session: Session, person: Person) -> Identity | None:
    """Return who `person` is at the single sign-on, if they have tied that to their account."""
    return session.get(Identity, person.id)


def find(session: Session, issuer: str, subject: str) -> Person | None:
    """Return whose account is tied to this subject of this issuer."""
    return session.scalar(
        select(Person)
        .join(Identity, Identity.person_id == Person.id)
        .where(Identity.issuer == issuer, Identity.subject == subject)
    )


def connect(
    session: Session, person: Person, *, issuer: str, subject: str, label: str, now: datetime
) -> bool:
    """Tie `person` to a subject, in the place of any before; False when it is another person's."""
    if find(session, issuer, subject) not in (None, person):
        return False
    session.merge(
        Identity(person_id=person.id, issuer=issuer, subject=subject, label=label, connected_at=now)
    )
    return True


def disconnect(session: Session, person: Person) -> None:
    """Let `person` come in by their password only."""
    if found := of(session, person):
        session.delete(found)
