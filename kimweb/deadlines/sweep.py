"""The sweep: stages whose time has come climb the ladder, each rung once.

A batch of stages is locked, looked at and committed together; a stage that fails is rolled back
alone. What makes "twice" impossible is the key of Escalation, written in the same transaction as
the history and the mails.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from kimweb import bell, db, failpoints
from kimweb.cases.models import Event, Stage
from kimweb.deadlines import alerts, heartbeats, ladder, pauses, pressing
from kimweb.deadlines.ladder import Due, Rung
from kimweb.deadlines.models import Escalation, Stumble
from kimweb.deadlines.pressing import OpenStage
from kimweb.sop import shelf

PART = "sweep"
ESCALATED = "escalated"
DISPATCH = "tasks.dispatch.drain"
# Short enough that a person who moves a case hardly waits for the locks of a batch.
BATCH = 50
# The next tick goes on: one sweep must not keep a worker from its letters.
BATCHES = 100
AGAIN_AFTER = timedelta(minutes=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking at a stage: when to look again, and the lane that was told, if any."""

    stage: OpenStage
    next_at: datetime | None
    told: str | None


def run(now: datetime) -> int:
    """Look at every open stage whose next rung is due at `now`; return how many rungs were taken.

    Commits batch by batch. Two sweeps at once share the work: what one has locked or taken, the
    other leaves alone.
    """
    total = 0
    for _ in range(BATCHES):
        looked_at, climbed = _batch(now)
        total += climbed
        if looked_at < BATCH:
            break
    return total


def _batch(now: datetime) -> tuple[int, int]:
    """Look at one batch; return how many stages it had and how many of them took a rung."""
    with db.writing() as session:
        heartbeats.record(session, PART, now)
        stages = pressing.claim(session, now, BATCH)
        taken = pressing.taken(session, stages)
        looks = [_look(session, stage, taken.get(stage.id, ()), now) for stage in stages]
        _look_again(session, looks)
        climbed = [look for look in looks if look.told]
        if climbed:
            topics = {f"lane:{lane}" for look in climbed for lane in (look.stage.lane, look.told)}
            topics |= {f"case:{look.stage.case_id}" for look in climbed}
            bell.after_commit(session, tasks=[DISPATCH], topics=topics)
            failpoints.at("rungs_written")
    failpoints.at("rungs_committed")
    return len(stages), len(climbed)


def _look(session: Session, stage: OpenStage, taken: Collection[str], now: datetime) -> Look:
    """Let one stage climb if it is time. A failure concerns this stage alone."""
    try:
        if stage.paused_until:
            with session.begin_nested():
                pauses.run_out(session, stage.id, stage.due_at, now)
            return Look(stage, now, None)
        due = _due(stage, taken, now)
        told = None
        if due.rung:
            with session.begin_nested():
                told = _take(session, stage, due.rung, due.folded, now)
        return Look(stage, due.next_at, told)
    except Exception as failure:
        log.exception("stage %s of case %s", stage.id, stage.case_id)
        reason = f"{type(failure).__name__}: {failure}"
        session.merge(Stumble(stage_id=stage.id, at=now, reason=reason))
        return Look(stage, now + AGAIN_AFTER, None)


def _due(stage: OpenStage, taken: Collection[str], now: datetime) -> Due:
    calendar = shelf.calendar_of(stage.lane)
    rungs = ladder.rungs(
        stage.step, stage.lane, stage.running_from, stage.due_at, calendar, ladder.current()
    )
    return ladder.due(rungs, now, taken, calendar)


def _take(
    session: Session, stage: OpenStage, rung: Rung, folded: Sequence[Rung], now: datetime
) -> str:
    heard = alerts.audience(session, rung.lane, now)
    session.execute(
        insert(Escalation),
        [
            *(_row(stage, missed.name, now, told=[], folded_into=rung.name) for missed in folded),
            _row(stage, rung.name, now, told=[person.id for person in heard.people]),
        ],
    )
    session.execute(
        insert(Event).values(
            case_id=stage.case_id,
            stage_id=stage.id,
            kind=ESCALATED,
            by=None,
            at=now,
            facts={
                "step": stage.number,
                "rung": rung.name,
                "tell": rung.tell,
                "lane": heard.lane,
                "told": [person.name for person in heard.people],
                "folded": [missed.name for missed in folded],
                "due_at": stage.due_at.isoformat(),
            },
        )
    )
    alerts.send(session, stage, rung, heard, now)
    return heard.lane


def _row(
    stage: OpenStage, rung: str, now: datetime, told: list[int], folded_into: str | None = None
) -> dict[str, Any]:
    return {
        "stage_id": stage.id,
        "rung": rung,
        "due_at": stage.due_at,
        "taken_at": now,
        "told": told,
        "folded_into": folded_into,
    }


def _look_again(session: Session, looks: Sequence[Look]) -> None:
    if looks:
        later = update(Stage).where(Stage.id == bindparam("stage"))
        session.connection().execute(
            later.values(next_rung_at=bindparam("at")),
            [{"stage": look.stage.id, "at": look.next_at} for look in looks],
        )
