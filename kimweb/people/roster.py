"""Who holds a lane today: the people that work, notices and signatures go to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Date, Row, and_, bindparam, exists, inspect, or_, select
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.people import access, logins
from kimweb.people.access import Away, Official
from kimweb.people.models import DEFINITIVE, ON_BEHALF, Absence, Holding, Login, Person
from kimweb.sop import shelf
from kimweb.sop.steps import LANES


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a notice goes to."""

    id: int
    name: str
    email: str
    notices: str


_day = bindparam("on", type_=Date)
_HOLDER = Holding.person_id == Person.id
_AWAY = (Absence.person_id == Person.id, Absence.starts_on <= _day, Absence.ends_on >= _day)
# An account in use, with a holding that covers the day, of a person who is not away.
_ACTS = (
    Holding.starts_on <= _day,
    or_(Holding.ends_on.is_(None), Holding.ends_on >= _day),
    Person.disabled_at.is_(None),
    ~exists().where(*_AWAY),
)
_IN_LANE = (Holding.lane == bindparam("lane"), *_ACTS)
_ORDER = (Holding.capacity.in_(ON_BEHALF), Holding.capacity == DEFINITIVE, Person.id)
_HOLDERS = select(Person).join(Holding, _HOLDER).where(*_IN_LANE).order_by(*_ORDER)
_CONTACTS = (
    select(Person.id, Person.name, Person.email, Person.notices)
    .join(Holding, _HOLDER)
    .where(*_IN_LANE)
    .order_by(*_ORDER)
)
_HELD = select(Holding.lane).join(Person, _HOLDER).where(*_ACTS).distinct()
_OFFICIALS = (
    select(
        Person.id.label("whose"),
        Person.name,
        Person.disabled_at,
        Person.is_admin,
        Absence.starts_on.label("away_from"),
        Absence.ends_on.label("away_until"),
        *Holding.__table__.c,
    )
    .outerjoin(Holding, _HOLDER)
    .outerjoin(Absence, and_(*_AWAY))
)
_OFFICIAL = _OFFICIALS.where(Person.id == bindparam("person_id"))
_BEHIND = _OFFICIALS.join(Login, Login.person_id == Person.id).where(
    logins.HOLDS, Person.disabled_at.is_(None), Person.password_until.is_(None)
)


def holders(session: Session, lane: str, on: date) -> Sequence[Person]:
    """Return who may act in `lane` on the day `on`: Plt. and Plh. first, a.n. and u.b. last."""
    return session.scalars(_HOLDERS, {"lane": lane, "on": on}).unique().all()


def contacts(session: Session, lane: str, on: date) -> Sequence[Contact]:
    """Return whom to write to when something concerns `lane`: its holders, as rows."""
    found = db.run(session, _CONTACTS, lane=lane, on=on)
    return [Contact(*row) for row in dict.fromkeys(found)]


def official(session: Session, person: Person) -> Official:
    """Return `person` as the present transaction finds them, whatever was read before."""
    [person_id] = inspect(person).identity or (person.id,)
    return _official(db.run(session, _OFFICIAL, person_id=person_id, on=shelf.today()).all())


def behind(connection: Connection, token: str, now: datetime) -> Official | None:
    """Return who is logged in with this token, for what every open desk asks again and again.

    None for whom a login must be asked, or a password of their own.
    """
    rows = connection.execute(_BEHIND, logins.given(token, now) | {"on": shelf.today()}).all()
    return _official(rows) if rows else None


def _official(rows: Sequence[Row[Any]]) -> Official:
    first = rows[0]
    held = [row for row in rows if row.lane is not None]
    away = [Away(row.away_from, row.away_until) for row in rows if row.away_from]
    return Official(first.whose, first.name, first.disabled_at is None, first.is_admin, held, away)


def vacant(session: Session, on: date) -> list[str]:
    """Return the lanes in which nobody may act on the day `on`, in the order of the SOP."""
    held = set(session.scalars(_HELD, {"on": on}))
    return [lane for lane in LANES if lane not in held]


def above(session: Session, lane: str, on: date) -> tuple[str | None, Sequence[Person]]:
    """Return who answers for an empty `lane`: the next lane up with somebody in it, and they.

    Above Kadis only the administrators are left (None), because what nobody hears would be lost.
    """
    superior = access.superior_of(lane)
    while superior is not None:
        if people := holders(session, superior, on):
            return superior, people
        superior = access.superior_of(superior)
    return None, administrators(session)


def administrators(session: Session) -> Sequence[Person]:
    """Return the administrators with an account in use."""
    return [person for person in active(session) if person.is_admin]


def active(session: Session) -> Sequence[Person]:
    """Return everybody with an account in use, by name."""
    return session.scalars(
        select(Person).where(Person.disabled_at.is_(None)).order_by(Person.name)
    ).all()
