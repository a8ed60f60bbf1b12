"""The open stages whose time has come: read and locked for one sweep, as plain rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.cases.models import Case, Stage
from kimweb.deadlines.models import Escalation
from kimweb.sop import shelf
from kimweb.sop.steps import Step

# At most `most` stages to look at, the longest waiting first. Only the partial index
# ix_stage_next_rung is read. A stage that somebody else has locked, another sweep or a person who
# is moving the case, is left out.
DUE = (
    select(
        Stage.id,
        Stage.case_id,
        Case.subject,
        Case.sop,
        Stage.step,
        Stage.lane,
        Stage.opened_at,
        Stage.due_at,
        Stage.paused_until,
        Stage.paused_minutes,
    )
    .join(Case, Case.id == Stage.case_id)
    .where(Stage.closed_at.is_(None), Stage.next_rung_at <= bindparam("now"))
    .order_by(Stage.next_rung_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(of=Stage, skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class OpenStage:
    """What the sweep needs to know of an open stage and its case."""

    id: int
    case_id: int
    subject: str
    sop: str
    number: int
    lane: str
    opened_at: datetime
    due_at: datetime
    paused_until: datetime | None
    paused_minutes: int

    @property
    def step(self) -> Step:
        """The step of the SOP edition that the case began with."""
        return shelf.sop(self.sop).step(self.number)

    @property
    def running_from(self) -> datetime:
        """When its clock would have begun if it had never stood still."""
        if not self.paused_minutes:
            return self.opened_at
        return shelf.calendar_of(self.lane).add_minutes(self.opened_at, self.paused_minutes)


def claim(session: Session, now: datetime, most: int) -> list[OpenStage]:
    """Lock the stages that are due until the transaction ends, and return them."""
    return [OpenStage(*row) for row in db.run(session, DUE, now=now, most=most)]


def taken(session: Session, stages: Sequence[OpenStage]) -> Mapping[int, set[str]]:
    """Return the rungs that each stage has taken for its present due time."""
    if not stages:
        return {}
    due_at = {stage.id: stage.due_at for stage in stages}
    query = select(Escalation.stage_id, Escalation.rung, Escalation.due_at)
    names = defaultdict[int, set[str]](set)
    for stage_id, rung, at in session.execute(query.where(Escalation.stage_id.in_(due_at))):
        if at == due_at[stage_id]:
            names[stage_id].add(rung)
    return names
