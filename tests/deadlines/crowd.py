"""Many open stages at once, written as plain rows: what an office gathers in years."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, select, text

from kimweb import clock, db
from kimweb.cases.models import Case, Stage
from kimweb.documents import regions
from kimweb.sop import shelf

STEP = 3
DISTRICT = "74.01.25"  # Kecamatan Polinggona


def gather(
    count: int, opened_at: datetime, *, next_rung_at: datetime | None, closed: bool = False
) -> list[int]:
    """Write `count` cases at step 3 (Kasi, two days); return the ids of their stages."""
    due_at = shelf.office_calendar().add(opened_at, shelf.sop().step(STEP).time)
    closed_at = opened_at + timedelta(hours=1) if closed else None
    with db.writing() as session:
        case = {
            "sop": shelf.CURRENT,
            "subject": "Pembentukan KIM Polinggona",
            "district": DISTRICT,
            "village": regions.villages(DISTRICT)[0].code,
            "planned_on": opened_at.date(),
            "instruction": "Laksanakan.",
            "opened_by": 1,
            "opened_at": opened_at,
            "closed_at": closed_at,
        }
        case_ids = list(session.scalars(insert(Case).returning(Case.id), [case] * count))
        stages = [
            {
                "case_id": case_id,
                "step": STEP,
                "visit": 1,
                "lane": "kasi",
                "opened_at": opened_at,
                "due_at": due_at,
                "next_rung_at": next_rung_at,
                "closed_at": closed_at,
                "note": "",
            }
            for case_id in case_ids
        ]
        return list(session.scalars(insert(Stage).returning(Stage.id), stages))


def case_at_kasi() -> Case:
    """Return a case that has come to step 3 just now: Wa Ode Fitriani has two working days."""
    (stage_id,) = gather(1, clock.now(), next_rung_at=clock.now())
    case = db.session.scalars(select(Case).join(Stage).where(Stage.id == stage_id)).one()
    db.session.expunge(case)
    return case


def analyze() -> None:
    """Let the database learn how many rows there are, as it does by itself in time."""
    with db.writing() as session:
        session.execute(text("ANALYZE"))
