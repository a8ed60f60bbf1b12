"""The office at a glance: how many cases stand at which step, and with whom they are late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.cases.models import Case, Stage
from kimweb.sop.book import Sop, Step

_LATE = func.count().filter(Stage.due_at < bindparam("now"))
_LOADS = (
    select(Stage.step, Stage.lane, func.count(), _LATE)
    .join(Case, Case.id == Stage.case_id)
    .where(Stage.closed_at.is_(None), Case.sop == bindparam("edition"))
    .group_by(Stage.step, Stage.lane)
)


@dataclass(frozen=True, slots=True)
class Load:
    """How many open cases stand at a step, and how many of them are late."""

    step: Step
    cases: int
    late: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The open cases of one edition of the SOP; `late_with` are (lane, late), the most first."""

    loads: Sequence[Load]
    late_with: Sequence[tuple[str, int]]

    @property
    def cases(self) -> int:
        return sum(load.cases for load in self.loads)

    @property
    def late(self) -> int:
        return sum(load.late for load in self.loads)


def of(session: Session, sop: Sop, now: datetime) -> Overview:
    """Count the open cases by step: one query over the open stages alone."""
    cases, late, lanes = Counter[int](), Counter[int](), Counter[str]()
    for number, lane, open_ones, late_ones in db.run(session, _LOADS, now=now, edition=sop.edition):
        cases[number] += open_ones
        late[number] += late_ones
        lanes[lane] += late_ones
    return Overview(
        [Load(step, cases[step.number], late[step.number]) for step in sop.steps],
        [(lane, count) for lane, count in lanes.most_common() if count],
    )
