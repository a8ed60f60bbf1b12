"""Many open cases at once, as rows: what years of work leave behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from kimweb import db
from kimweb.cases.models import Case, Event, Stage
from kimweb.deadlines.models import Escalation
from kimweb.people.models import Person
from kimweb.sop import shelf
from tests.bench.office import DISTRICT, village

AT_ONCE = 5_000


FIRST = 10_000


def open_cases(number: int, now: datetime, *, due: int = 0, escalated: int = 0) -> None:
    """Add `number` open cases over all steps.

    The first `due` went over their limit a working day ago and nobody was told; the next
    `escalated` have climbed their ladder.
    """
    by = db.session.scalars(select(Person.id).where(Person.username == "kadis")).one()
    db.session.rollback()
    for first in range(0, number, AT_ONCE):
        ids = range(FIRST + first, FIRST + min(first + AT_ONCE, number))
        climbed = range(FIRST + due, FIRST + due + escalated)
        with db.writing() as session:
            session.execute(insert(Case), [_case(i, by, now) for i in ids])
            session.execute(insert(Stage), [_stage(i, now, due, climbed) for i in ids])
            session.execute(insert(Event), [_event(i, by, now) for i in ids])
            if told := [_escalation(i, now) for i in ids if i in climbed]:
                session.execute(insert(Escalation), told)
    with db.writing() as session:
        session.connection().exec_driver_sql("ANALYZE")


def _case(number: int, by: int, now: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "sop": shelf.sop().edition,
        "subject": f"Pembentukan KIM nomor {number}",
        "district": DISTRICT,
        "village": village(),
        "planned_on": shelf.today() + timedelta(days=60),
        "instruction": "Laksanakan pembentukan KIM sesuai SOP.",
        "opened_by": by,
        "opened_at": now - timedelta(hours=1),
    }


def _stage(number: int, now: datetime, due: int, climbed: range) -> dict[str, Any]:
    steps = shelf.sop().steps
    step = steps[number % len(steps)]
    wait = timedelta(seconds=number - FIRST)
    due_at, next_rung_at = now + wait, now + timedelta(days=1) + wait
    if number < FIRST + due:
        due_at, next_rung_at = now - timedelta(days=1) + wait, now - timedelta(seconds=1)
    return {
        "id": number,
        "case_id": number,
        "step": step.number,
        "visit": 1,
        "lane": step.lane,
        "opened_at": min(now - timedelta(hours=1), due_at - timedelta(hours=1)),
        "due_at": due_at - timedelta(days=10) if number in climbed else due_at,
        "next_rung_at": None if number in climbed else next_rung_at,
        "note": "",
    }


def _escalation(number: int, now: datetime) -> dict[str, Any]:
    due_at = _stage(number, now, 0, range(number, number + 1))["due_at"]
    return {"stage_id": number, "rung": "limit", "due_at": due_at, "taken_at": now, "told": []}


def _event(number: int, by: int, now: datetime) -> dict[str, Any]:
    facts = {"step": 1}
    return {"case_id": number, "stage_id": number, "kind": "opened", "by": by, "at": now} | {
        "facts": facts
    }
