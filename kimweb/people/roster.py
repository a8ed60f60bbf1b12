"""Who holds a lane today: the people that work, notices and signatures go to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kimweb.people.models import DEFINITIVE, Holding, Person


def holders(session: Session, lane: str, on: date) -> Sequence[Person]:
    """Return the active persons who hold `lane` on the day `on`, acting officials first."""
    query = (
        select(Person)
        .join(Holding)
        .where(
            Holding.lane == lane,
            Holding.starts_on <= on,
            or_(Holding.ends_on.is_(None), Holding.ends_on >= on),
            Person.disabled_at.is_(None),
        )
        .order_by(Holding.capacity == DEFINITIVE, Person.id)
    )
    return session.scalars(query).unique().all()


def active(session: Session) -> Sequence[Person]:
    """Return everybody with an account in use, by name."""
    return session.scalars(
        select(Person).where(Person.disabled_at.is_(None)).order_by(Person.name)
    ).all()
