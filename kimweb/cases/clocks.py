"""The clock of an open stage: its due time moves when the calendar does, never by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from kimweb import bell
from kimweb.cases.models import Case, Event, Stage
from kimweb.people.models import Person
from kimweb.sop import shelf
from kimweb.sop.shelf import Calendars

DUE_MOVED = "due_moved"


@dataclass(frozen=True, slots=True)
class Shift:
    """An open stage whose stored due time is not the one that the calendar gives."""

    stage_id: int
    case_id: int
    subject: str
    step: int
    lane: str
    old: datetime
    new: datetime


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
        due_at = calendars.of(stage.lane).add(
            stage.opened_at, shelf.sop(case.sop).step(stage.step).time
        )
        if due_at != stage.due_at:
            yield Shift(
                stage.id, case.id, case.subject, stage.step, stage.lane, stage.due_at, due_at
            )


def move_due(session: Session, shift: Shift, change_id: int, by: Person, now: datetime) -> None:
    """Give a stage its new due time; the ladder looks at it anew, the case's history tells it."""
    session.execute(
        update(Stage)
        .where(Stage.id == shift.stage_id, Stage.closed_at.is_(None))
        .values(due_at=shift.new, next_rung_at=now)
    )
    session.execute(
        insert(Event).values(
            case_id=shift.case_id,
            stage_id=shift.stage_id,
            kind=DUE_MOVED,
            by=by.id,
            at=now,
            facts={
                "step": shift.step,
                "old": shift.old.isoformat(),
                "new": shift.new.isoformat(),
                "change": change_id,
            },
        )
    )
    bell.after_commit(session, topics=[f"case:{shift.case_id}", f"lane:{shift.lane}"])
