"""Many open cases at once, as rows: what years of work leave behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from kimweb import db
from kimweb.cases.models import Case, Event, Stage
from kimweb.people.models import Person
from kimweb.sop import shelf
from tests.bench.office import DISTRICT, village

AT_ONCE = 5_000


def open_cases(number: int, now: datetime, *, due: int = 0) -> None:
    """Add `number` open cases over all steps; the ladder has to look at `due` of them by `now`."""
    by = db.session.scalars(select(Person.id).where(Person.username == "kadis")).one()
    db.session.rollback()
    for first in range(0, number, AT_ONCE):
        ids = range(10_000 + first, 10_000 + min(first + AT_ONCE, number))
        with db.writing() as session:
            session.execute(insert(Case), [_case(i, by, now) for i in ids])
            session.execute(insert(Stage), [_stage(i, now, i - 10_000 < due) for i in ids])
            session.execute(insert(Event), [_event(i, by, now) for i in ids])
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


def _stage(number: int, now: datetime, is_due: bool) -> dict[str, Any]:
    steps = shelf.sop().steps
    step = steps[number % len(steps)]
    wait = timedelta(seconds=number)
    return {
        "id": number,
        "case_id": number,
        "step": step.number,
        "visit": 1,
        "lane": step.lane,
        "opened_at": now - timedelta(hours=1),
        "due_at": now + wait,
        "next_rung_at": now - timedelta(seconds=1) if is_due else now + timedelta(days=1) + wait,
        "note": "",
    }


def _event(number: int, by: int, now: datetime) -> dict[str, Any]:
    facts = {"step": 1}
    return {"case_id": number, "stage_id": number, "kind": "opened", "by": by, "at": now} | {
        "facts": facts
    }
