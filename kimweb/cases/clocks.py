"""The clock of an open stage: stopped while the outside is waited for, moved with the calendar.

A stop moves the due time at once, by the working time until the clock runs again; resumed
earlier, the due time comes back by as much. Nothing here opens or closes a stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kimweb import bell
from kimweb.cases import history
from kimweb.cases.models import Case, Pause, Stage
from kimweb.cases.situations import Situation
from kimweb.people.models import Person
from kimweb.sop import shelf
from kimweb.sop.calendar import Calendar
from kimweb.sop.shelf import Calendars

DUE_MOVED = "due_moved"
PAUSED = "paused"
RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class Shift:
    """An open stage whose stored due time is not the one that the calendar gives.

    `running` is when it would be due if its clock, standing now, ran.
    """

    stage_id: int
    case_id: int
    subject: str
    step: int
    lane: str
    old: datetime
    new: datetime
    running: datetime


def pause(session: Session, here: Situation, reason: str, until: datetime) -> datetime:
    """Stop the clock of the open stage until `until`; return the new due time."""
    calendar = shelf.calendar_of(here.step.lane)
    due_at = later(calendar, here.due_at, calendar.between(here.now, until))
    session.add(
        Pause(
            stage_id=here.stage_id,
            reason=reason,
            by=here.by.id,
            began_at=here.now,
            until=until,
            due_at=here.due_at,
        )
    )
    session.flush()
    _set(
        session,
        here.stage_id,
        due_at=due_at,
        paused_at=here.now,
        paused_until=until,
        next_rung_at=until,
    )
    told = {"step": here.step.number, "note": reason, "until": until.isoformat()}
    _record(session, here.case_id, here.stage_id, PAUSED, here.by.id, here.now, told)
    _ring(session, here.case_id, here.step.lane)
    return due_at


def resume(session: Session, stage_id: int, by: int | None, now: datetime) -> datetime:
    """Let the clock run again, from `now` or the end of the pause if that is past; `by` is a
    person's id, None for the pause that ran out. Return the due time."""
    stage = session.get_one(Stage, stage_id, populate_existing=True)
    stopped = session.scalars(
        select(Pause).where(Pause.stage_id == stage_id, Pause.ended_at.is_(None))
    ).one()
    calendar = shelf.calendar_of(stage.lane)
    ended_at = min(now, stopped.until)
    minutes = calendar.between(stopped.began_at, ended_at)
    due_at = later(calendar, stopped.due_at, minutes)
    stopped.ended_at, stopped.ended_by = ended_at, by
    session.flush()
    _set(
        session,
        stage_id,
        due_at=due_at,
        paused_at=None,
        paused_until=None,
        paused_minutes=stage.paused_minutes + minutes,
        next_rung_at=now,
    )
    told = {"step": stage.step, "minutes": minutes}
    _record(session, stage.case_id, stage_id, RESUMED, by, now, told)
    _ring(session, stage.case_id, stage.lane)
    return due_at


def pause_of(session: Session, stage_id: int) -> tuple[Pause, str] | None:
    """Return the pause in which the stage stands, with the name of who stopped it."""
    query = (
        select(Pause, Person.name)
        .join(Person, Person.id == Pause.by)
        .where(Pause.stage_id == stage_id, Pause.ended_at.is_(None))
    )
    found = session.execute(query).one_or_none()
    return (found[0], found[1]) if found else None


def later(calendar: Calendar, at: datetime, minutes: int) -> datetime:
    """Return the moment so many working minutes after `at`; none leave it where it is."""
    return calendar.add_minutes(at, minutes) if minutes > 0 else at


def shifts(
    session: Session, calendars: Calendars, start: datetime, end: datetime
) -> Iterator[Shift]:
    """Yield the open stages, the earliest due first, that `calendars` would have due at another
    time, among those whose clock runs somewhere between `start` and `end`."""
    query = (
        select(Stage, Case)
        .join(Case, Case.id == Stage.case_id)
        .where(Stage.closed_at.is_(None), Stage.opened_at < end, Stage.due_at >= start)
        .order_by(Stage.due_at, Stage.id)
    )
    for stage, case in session.execute(query):
        calendar = calendars.of(stage.lane)
        running = calendar.add(stage.opened_at, shelf.sop(case.sop).step(stage.step).time)
        running = later(calendar, running, _stood(session, stage, calendar))
        new = running
        if stage.paused_at and stage.paused_until:
            new = later(calendar, new, calendar.between(stage.paused_at, stage.paused_until))
        if new != stage.due_at:
            yield Shift(
                stage.id,
                case.id,
                case.subject,
                stage.step,
                stage.lane,
                stage.due_at,
                new,
                running,
            )


def move_due(session: Session, shift: Shift, change_id: int, by: Person, now: datetime) -> None:
    """Give a stage its new due time; the ladder looks at it anew, the case's history tells it."""
    stopped = update(Pause).where(Pause.stage_id == shift.stage_id, Pause.ended_at.is_(None))
    session.execute(stopped.values(due_at=shift.running))
    stage = session.get_one(Stage, shift.stage_id)
    _set(
        session,
        shift.stage_id,
        due_at=shift.new,
        paused_minutes=_stood(session, stage, shelf.calendar_of(shift.lane)),
        next_rung_at=stage.paused_until or now,
    )
    told = {
        "step": shift.step,
        "old": shift.old.isoformat(),
        "new": shift.new.isoformat(),
        "change": change_id,
    }
    _record(session, shift.case_id, shift.stage_id, DUE_MOVED, by.id, now, told)
    _ring(session, shift.case_id, shift.lane)


def _stood(session: Session, stage: Stage, calendar: Calendar) -> int:
    """The working minutes for which the stage's clock stood before, as `calendar` counts them."""
    if not stage.paused_minutes:
        return 0
    ended = select(Pause.began_at, Pause.ended_at).where(
        Pause.stage_id == stage.id, Pause.ended_at.is_not(None)
    )
    return sum(calendar.between(began, end) for began, end in session.execute(ended) if end)


def _set(session: Session, stage_id: int, **values: Any) -> None:
    open_one = update(Stage).where(Stage.id == stage_id, Stage.closed_at.is_(None))
    session.execute(open_one.values(**values))


def _record(
    session: Session,
    case_id: int,
    stage_id: int,
    kind: str,
    by: int | None,
    at: datetime,
    told: dict[str, Any],
) -> None:
    history.record(session, kind, case_id=case_id, stage_id=stage_id, by=by, at=at, facts=told)


def _ring(session: Session, case_id: int, lane: str) -> None:
    bell.after_commit(session, topics=[f"case:{case_id}", f"lane:{lane}"])
