"""The auditor: asks the rows themselves whether any limit would go unseen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from kimweb.cases.models import Stage
from kimweb.deadlines.ladder import Ladder
from kimweb.deadlines.models import Escalation, Stumble
from kimweb.sop.steps import LANES

PART = "auditor"
PATIENCE = timedelta(minutes=2)


def findings(session: Session, now: datetime, ladder: Ladder) -> list[str]:
    """Say what is wrong with the deadlines, one Indonesian sentence each; empty when nothing is.

    Every open stage must have its next rung before it or its highest rung behind it, and no rung
    may wait longer than PATIENCE. Reads the partial index ix_stage_next_rung and nothing wider.
    """
    return [
        *_count(session, unfired(now), "seharusnya sudah ditegur lebih dari 2 menit yang lalu"),
        *_count(session, forgotten(ladder), "tidak lagi diawasi tenggatnya"),
        *_stumbles(session, now),
    ]


def unfired(now: datetime) -> Select[int, int]:
    """Return the query that counts the open stages whose rung should have been taken long ago."""
    return _open_stages().where(Stage.next_rung_at <= now - PATIENCE)


def forgotten(ladder: Ladder) -> Select[int, int]:
    """Return the query that counts the open stages with rungs left that nobody will look at."""
    at_the_top = exists().where(
        Escalation.stage_id == Stage.id,
        Escalation.due_at == Stage.due_at,
        or_(*_tops(ladder)),
    )
    return _open_stages().where(Stage.next_rung_at.is_(None), ~at_the_top)


def _tops(ladder: Ladder) -> Iterable[ColumnElement[bool]]:
    return (
        and_(Stage.lane == lane, Escalation.rung.in_(sorted(ladder.tops(lane)))) for lane in LANES
    )


def _open_stages() -> Select[int, int]:
    return select(func.count(), func.min(Stage.case_id)).where(Stage.closed_at.is_(None))


def _count(session: Session, query: Select[int, int], trouble: str) -> Iterator[str]:
    count, case_id = session.execute(query).one()
    if count:
        yield f"{count} langkah {trouble}, di antaranya pada kegiatan nomor {case_id}."


def _stumbles(session: Session, now: datetime) -> Iterator[str]:
    recent = (
        select(Stage.case_id, Stage.step, Stumble.reason)
        .join(Stumble, Stumble.stage_id == Stage.id)
        .where(Stage.closed_at.is_(None), Stumble.at > now - PATIENCE)
        .order_by(Stage.id)
    )
    for case_id, step, reason in session.execute(recent):
        yield (
            f"Tenggat langkah {step} pada kegiatan nomor {case_id} gagal diperiksa dan dicoba "
            f"lagi setiap menit. Sebabnya: {reason}."
        )
