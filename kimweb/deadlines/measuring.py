"""How long each visit of a step really took, in working time: measured once, after it ended.

Every hand-over leaves one event, so what is still to be measured lies behind the last one that was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.cases.models import FORWARD, SEND_BACK, Case, Event, Stage
from kimweb.deadlines.forecast import ENOUGH, Pace
from kimweb.deadlines.models import Measure, StepPace
from kimweb.sop import shelf

BATCH = 2_000
# Events may be committed out of their order; by then the one before is there.
SETTLED = timedelta(seconds=30)
# The pace of an office changes with its people: this year and the one before count.
RECENT_YEARS = 2
# Over how many ended visits a desk tells the share in time.
LATELY = 500
_PACE = select(StepPace.sop, StepPace.step, StepPace.minutes)


def measure(session: Session, now: datetime) -> int:
    """Measure at most BATCH visits that ended since the last time; return how many."""
    last = select(func.coalesce(func.max(Measure.event_id), 0)).scalar_subquery()
    query = (
        select(Event.id, Event.facts, Case.sop, Stage)
        .join(Stage, Stage.id == Event.stage_id)
        .join(Case, Case.id == Event.case_id)
        .where(Event.id > last, Event.kind.in_((FORWARD, SEND_BACK)), Event.at <= now - SETTLED)
        .order_by(Event.id)
        .limit(BATCH)
    )
    made = [_measured(*row) for row in session.execute(query)]
    if made:
        session.execute(insert(Measure), made)
    return len(made)


def settle_pace(session: Session, now: datetime) -> None:
    """Work out anew how long the office takes for each step of a case, returns counted in."""
    recent = Measure.year > shelf.local(now).year - RECENT_YEARS
    lengths = (
        select(Measure.sop, Measure.step, Measure.minutes, func.count())
        .where(recent)
        .group_by(Measure.sop, Measure.step, Measure.minutes)
        .order_by(Measure.sop, Measure.step, Measure.minutes)
    )
    counted = defaultdict[tuple[str, int], list[tuple[int, int]]](list)
    for sop, step, minutes, count in session.execute(lengths):
        counted[sop, step].append((minutes, count))
    firsts = select(Measure.sop, Measure.step, func.count()).where(recent, Measure.visit == 1)
    rows = [
        {"sop": sop, "step": step, "minutes": _usual(counted[sop, step], cases)}
        for sop, step, cases in session.execute(firsts.group_by(Measure.sop, Measure.step))
        if cases >= ENOUGH
    ]
    session.execute(delete(StepPace))
    if rows:
        session.execute(insert(StepPace), rows)


def pace(session: Session) -> dict[str, Pace]:
    """Return the office's pace by edition of the SOP; one query."""
    found = defaultdict[str, dict[int, int]](dict)
    for sop, step, minutes in db.run(session, _PACE):
        found[sop][step] = minutes
    return dict(found)


def punctuality(session: Session) -> tuple[int, int]:
    """Return how many of the last LATELY ended visits ended in time, and how many those are."""
    last = select(Measure.is_late).order_by(Measure.event_id.desc()).limit(LATELY).subquery()
    counts = select(func.count().filter(~last.c.is_late), func.count()).select_from(last)
    in_time, ended = session.execute(counts).one()
    return in_time, ended


def percentile(counted: Sequence[tuple[int, int]], share: int) -> int:
    """Return the value below or at which `share` % lie; `counted` are (value, how often), rising.

    The nearest rank: always a value that occurred.
    """
    rank = -(-sum(count for _, count in counted) * share // 100)
    seen = 0
    for value, count in counted:
        seen += count
        if seen >= rank:
            return value
    return counted[-1][0]


def _usual(counted: Sequence[tuple[int, int]], cases: int) -> int:
    """Return the usual length of a visit times the visits that a case needs."""
    return round(percentile(counted, 50) * sum(count for _, count in counted) / cases)


def _measured(event_id: int, facts: dict[str, Any], sop: str, stage: Stage) -> dict[str, Any]:
    assert stage.closed_at is not None
    calendar, ended = shelf.calendar_of(stage.lane), shelf.local(stage.closed_at)
    to = facts.get("to")
    return {
        "event_id": event_id,
        "sop": sop,
        "step": stage.step,
        "visit": stage.visit,
        "lane": stage.lane,
        "waiting_lane": shelf.sop(sop).step(to).lane if to else None,
        "year": ended.year,
        "month": ended.month,
        "minutes": max(
            calendar.between(stage.opened_at, stage.closed_at) - stage.paused_minutes, 0
        ),
        "late_minutes": max(calendar.between(stage.due_at, stage.closed_at), 0),
        "is_late": stage.closed_at > stage.due_at,
    }
