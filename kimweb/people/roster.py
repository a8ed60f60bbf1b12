"""Who holds a lane today: the people that work, notices and signatures go to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, bindparam, inspect, or_, select
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.people.access import Official
from kimweb.people.models import DEFINITIVE, Holding, Person


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a notice goes to."""

    id: int
    name: str
    email: str


_day = bindparam("on", type_=Date)
_HOLD = (
    Holding.lane == bindparam("lane"),
    Holding.starts_on <= _day,
    or_(Holding.ends_on.is_(None), Holding.ends_on >= _day),
    Person.disabled_at.is_(None),
)
_ACTING_FIRST = (Holding.capacity == DEFINITIVE, Person.id)
_HOLDERS = select(Person).join(Holding).where(*_HOLD).order_by(*_ACTING_FIRST)
_CONTACTS = (
    select(Person.id, Person.name, Person.email)
    .join(Holding)
    .where(*_HOLD)
    .order_by(*_ACTING_FIRST)
)
_OFFICIAL = (
    select(Person.name, Person.disabled_at, *Holding.__table__.c)
    .outerjoin(Holding)
    .where(Person.id == bindparam("person_id"))
)


def holders(session: Session, lane: str, on: date) -> Sequence[Person]:
    """Return the active persons who hold `lane` on the day `on`, acting officials first."""
    return session.scalars(_HOLDERS, {"lane": lane, "on": on}).unique().all()


def contacts(session: Session, lane: str, on: date) -> Sequence[Contact]:
    """Return whom to write to when something concerns `lane`: its holders, as rows."""
    found = dict.fromkeys(db.run(session, _CONTACTS, lane=lane, on=on))
    return [Contact(row.id, row.name, row.email) for row in found]


def official(session: Session, person: Person) -> Official:
    """Return `person` as the present transaction finds them, whatever was read before."""
    [person_id] = inspect(person).identity or (person.id,)
    rows = db.run(session, _OFFICIAL, person_id=person_id).all()
    first = rows[0]
    held = [row for row in rows if row.lane is not None]
    return Official(person_id, first.name, first.disabled_at is None, held)


def active(session: Session) -> Sequence[Person]:
    """Return everybody with an account in use, by name."""
    return session.scalars(
        select(Person).where(Person.disabled_at.is_(None)).order_by(Person.name)
    ).all()
