"""The office's decisions about its working time: laid over the calendar file, with their due times.

Every process follows the table by its newest id, asked at most once a second.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kimweb import bell, db
from kimweb.cases import clocks
from kimweb.cases.clocks import Shift
from kimweb.deadlines.models import CalendarChange
from kimweb.people.models import Person
from kimweb.sop import revising, shelf
from kimweb.sop.office_hours import OfficeHours
from kimweb.sop.shelf import Calendars

PATIENCE_SECONDS = 1.0
TOPIC = "calendar"

log = logging.getLogger(__name__)


class Follower:
    """The hours in force, for one process; a database that does not answer changes nothing."""

    def __init__(self) -> None:
        self._hours = shelf.written_hours()
        self._tag = 0
        self._asked_at = float("-inf")

    def hours(self) -> OfficeHours:
        """Return the hours in force, the same object as long as nobody has changed them."""
        if time.monotonic() - self._asked_at >= PATIENCE_SECONDS:
            self._asked_at = time.monotonic()
            try:
                with db.session.no_autoflush:
                    self._look(db.session())
            except SQLAlchemyError as failure:
                log.warning("the calendar's changes cannot be read: %s", failure)
        return self._hours

    def look_again(self) -> None:
        """Ask at the next use: something was changed just now, in this process."""
        self._asked_at = float("-inf")

    def _look(self, session: Session) -> None:
        tag = newest(session)
        if tag != self._tag:
            self._hours, self._tag = hours_with(session), tag


@dataclass(frozen=True, slots=True)
class Review:
    """What a change would do: the due times it would move, and a mark of all that was seen."""

    before: Mapping[str, Any]
    shifts: Sequence[Shift]
    seen: str


_follower: Follower | None = None


def follow() -> None:
    """Let this process keep to the calendar as the table has it, from now on."""
    global _follower
    _follower = Follower()
    shelf.follow(_follower.hours)


def newest(session: Session) -> int:
    """Return the id of the newest change; 0 before the first."""
    return session.scalar(select(func.max(CalendarChange.id))) or 0


def hours_with(session: Session, *more: tuple[str, Mapping[str, Any]]) -> OfficeHours:
    """Return the hours in force, and with `more` changes on top."""
    rows = session.execute(
        select(CalendarChange.subject, CalendarChange.after).order_by(CalendarChange.id)
    )
    made = [(subject, after) for subject, after in rows]
    return revising.overlay(shelf.written_hours(), [*made, *more])


def review(session: Session, subject: str, after: Mapping[str, Any]) -> Review:
    """Return which open due times would move if `subject` became `after`; changes nothing."""
    before = decided(session, subject) or written(subject)
    follows = after or written(subject)
    found: list[Shift] = []
    if dates := revising.dates_of(subject, before, follows):
        start, end = (dt.datetime.combine(day, dt.time(), shelf.zone()) for day in dates)
        calendars = Calendars(hours_with(session, (subject, after)))
        found = list(clocks.shifts(session, calendars, start, end + dt.timedelta(days=1)))
    return Review(before, found, _mark(session, found))


def differences(session: Session, now: dt.datetime) -> Review:
    """Return the due times still ahead that are not what the calendar gives.

    They come from an edited file, a renewed list of holidays, a change that was kept from moving
    them, or a step opened in the very second of a change.
    """
    found = list(differing(session, now))
    return Review({}, found, _mark(session, found))


def differing(session: Session, now: dt.datetime) -> Iterator[Shift]:
    """Yield them one by one, for who only asks whether there is any."""
    return clocks.shifts(session, shelf.calendars(), now, now)


def align(session: Session, by: Person, now: dt.datetime) -> CalendarChange:
    """Move every due time that differs to where the calendar has it, and record that."""
    looked = differences(session, now)
    return _record(session, revising.ALIGNED, {}, looked, by, now, move=True)


def _mark(session: Session, shifts: Sequence[Shift]) -> str:
    told = [(shift.stage_id, shift.old.isoformat(), shift.new.isoformat()) for shift in shifts]
    return hashlib.sha256(repr((newest(session), told)).encode()).hexdigest()[:16]


def apply(
    session: Session,
    subject: str,
    after: Mapping[str, Any],
    by: Person,
    now: dt.datetime,
    *,
    move: bool,
) -> CalendarChange:
    """Record a change; with `move` every open due time that it touches goes along."""
    looked = review(session, subject, after)
    return _record(session, subject, after, looked, by, now, move=move)


def _record(
    session: Session,
    subject: str,
    after: Mapping[str, Any],
    looked: Review,
    by: Person,
    now: dt.datetime,
    *,
    move: bool,
) -> CalendarChange:
    change = CalendarChange(
        at=now,
        by=by.id,
        subject=subject,
        before=dict(looked.before),
        after=dict(after),
        touched=len(looked.shifts),
        moved=len(looked.shifts) if move else 0,
    )
    session.add(change)
    session.flush()
    if _follower:
        _follower.look_again()
    if move:
        for shift in looked.shifts:
            clocks.move_due(session, shift, change.id, by, now)
    bell.after_commit(session, topics=[TOPIC])
    return change


def decided(session: Session, subject: str) -> Mapping[str, Any]:
    """Return what was last decided about a subject of the calendar; empty when the file holds."""
    query = select(CalendarChange.after).where(CalendarChange.subject == subject)
    return session.scalar(query.order_by(CalendarChange.id.desc()).limit(1)) or {}


def written(subject: str) -> Mapping[str, Any]:
    """Return what the file says about a subject of the calendar; empty when it does not name it."""
    hours, (kind, key) = shelf.written_hours(), revising.split(subject)
    if kind == revising.DAY:
        special = hours.special_days.get(dt.date.fromisoformat(key))
        return revising.day_facts(special) if special else {}
    if kind == revising.WEEK:
        return revising.week_facts(hours.weeks[key], "") if key in hours.weeks else {}
    if kind == revising.UNIT:
        return next((revising.unit_facts(u, "") for u in hours.units if u.name == key), {})
    return next((revising.period_facts(p) for p in hours.periods if p.name == key), {})


def log_of(session: Session, most: int) -> Sequence[Row[CalendarChange, str]]:
    """Return the newest changes, each with the name of who decided it."""
    query = select(CalendarChange, Person.name).join(Person, Person.id == CalendarChange.by)
    return session.execute(query.order_by(CalendarChange.id.desc()).limit(most)).all()
