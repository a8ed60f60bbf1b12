"""The sweep: stages whose time has come climb the ladder, each rung once.

A batch of stages is locked, looked at and committed together, its rows in one statement a table;
when the database refuses one of them, each stage is written by itself and only the bad one waits.
What makes "twice" impossible is the key of Escalation, written in the same transaction as the
history and the mails.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kimweb import bell, db, failpoints
from kimweb.cases import history
from kimweb.cases.models import Stage
from kimweb.deadlines import heartbeats, ladder, pauses, pressing
from kimweb.deadlines.alerts import Audience, Hearing
from kimweb.deadlines.ladder import Due, Rung
from kimweb.deadlines.models import Escalation, Stumble
from kimweb.deadlines.pressing import OpenStage
from kimweb.dispatch import outbox
from kimweb.sop import shelf

PART = "sweep"
ESCALATED = "escalated"
DISPATCH = "tasks.dispatch.drain"
# A quarter of a second: a person who moves a case hardly waits for the locks of a batch.
BATCH = 500
# The next tick goes on: one sweep must not keep a worker from its letters.
BATCHES = 10
AGAIN_AFTER = timedelta(minutes=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Climb:
    """The rows that a stage writes when it takes a rung; `told` is the lane that hears of it."""

    told: str
    escalations: Sequence[dict[str, Any]]
    event: dict[str, Any]
    mails: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking at a stage: when to look again, and what it writes, if anything."""

    stage: OpenStage
    next_at: datetime | None
    climb: Climb | None


def run(now: datetime) -> int:
    """Look at every open stage whose next rung is due at `now`; return how many rungs were taken.

    Commits batch by batch. Two sweeps at once share the work: what one has locked or taken, the
    other leaves alone.
    """
    total, hearing = 0, Hearing(db.session(), now)
    for _ in range(BATCHES):
        looked_at, climbed = _batch(hearing)
        total += climbed
        if looked_at < BATCH:
            break
    return total


def _batch(hearing: Hearing) -> tuple[int, int]:
    """Look at one batch; return how many stages it had and how many of them took a rung."""
    now = hearing.now
    with db.writing() as session:
        heartbeats.record(session, PART, now)
        stages = pressing.claim(session, now, BATCH)
        taken = pressing.taken(session, stages)
        looks = [_look(session, stage, taken.get(stage.id, ()), hearing) for stage in stages]
        looks = _climb(session, looks, now)
        _look_again(session, looks)
        climbed = [(look.stage, look.climb.told) for look in looks if look.climb]
        if climbed:
            topics = {f"lane:{lane}" for stage, told in climbed for lane in (stage.lane, told)}
            topics |= {f"case:{stage.case_id}" for stage, _ in climbed}
            bell.after_commit(session, tasks=[DISPATCH], topics=topics)
            failpoints.at("rungs_written")
    failpoints.at("rungs_committed")
    return len(stages), len(climbed)


def _look(session: Session, stage: OpenStage, taken: Collection[str], hearing: Hearing) -> Look:
    """Say what one stage owes. A failure concerns this stage alone."""
    now = hearing.now
    try:
        if stage.paused_until:
            with session.begin_nested():
                pauses.run_out(session, stage.id, stage.due_at, now)
            return Look(stage, now, None)
        due = _due(stage, taken, now)
        return Look(stage, due.next_at, _step_up(stage, due.rung, due.folded, hearing))
    except Exception as failure:
        return _stumble(session, stage, failure, now)


def _stumble(session: Session, stage: OpenStage, failure: Exception, now: datetime) -> Look:
    log.error("stage %s of case %s", stage.id, stage.case_id, exc_info=failure)
    reason = f"{type(failure).__name__}: {failure}"
    session.merge(Stumble(stage_id=stage.id, at=now, reason=reason))
    return Look(stage, now + AGAIN_AFTER, None)


def _due(stage: OpenStage, taken: Collection[str], now: datetime) -> Due:
    calendar = shelf.calendar_of(stage.lane)
    rungs = ladder.rungs(
        stage.step, stage.lane, stage.running_from, stage.due_at, calendar, ladder.current()
    )
    return ladder.due(rungs, now, taken, calendar)


def _step_up(
    stage: OpenStage, rung: Rung | None, folded: Sequence[Rung], hearing: Hearing
) -> Climb | None:
    if rung is None:
        return None
    heard, now = hearing.audience(rung.lane), hearing.now
    return Climb(
        told=heard.lane,
        escalations=[
            *(_row(stage, missed.name, now, told=[], folded_into=rung.name) for missed in folded),
            _row(stage, rung.name, now, told=[person.id for person in heard.people]),
        ],
        event=_event(stage, rung, folded, heard, now),
        mails=hearing.mails(stage, rung, heard),
    )


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


def _event(
    stage: OpenStage, rung: Rung, folded: Sequence[Rung], heard: Audience, now: datetime
) -> dict[str, Any]:
    return {
        "case_id": stage.case_id,
        "stage_id": stage.id,
        "kind": ESCALATED,
        "by": None,
        "at": now,
        "facts": {
            "step": stage.number,
            "rung": rung.name,
            "tell": rung.tell,
            "lane": heard.lane,
            "told": [person.name for person in heard.people],
            "folded": [missed.name for missed in folded],
            "due_at": stage.due_at.isoformat(),
        },
    }


def _climb(session: Session, looks: list[Look], now: datetime) -> list[Look]:
    """Write the rows of all who climb; when that fails, those of each stage by themselves."""
    try:
        _write(session, [look.climb for look in looks if look.climb])
    except SQLAlchemyError:
        return [_climb_alone(session, look, now) for look in looks]
    return looks


def _climb_alone(session: Session, look: Look, now: datetime) -> Look:
    try:
        _write(session, [look.climb] if look.climb else [])
    except SQLAlchemyError as failure:
        return _stumble(session, look.stage, failure, now)
    return look


def _write(session: Session, climbs: Sequence[Climb]) -> None:
    if not climbs:
        return
    with session.begin_nested():
        rows = session.connection()
        rows.execute(insert(Escalation), [row for climb in climbs for row in climb.escalations])
        history.record_all(session, [climb.event for climb in climbs])
        outbox.queue_all(session, [mail for climb in climbs for mail in climb.mails])


def _look_again(session: Session, looks: Sequence[Look]) -> None:
    if looks:
        later = update(Stage).where(Stage.id == bindparam("stage"))
        session.connection().execute(
            later.values(next_rung_at=bindparam("at")),
            [{"stage": look.stage.id, "at": look.next_at} for look in looks],
        )
