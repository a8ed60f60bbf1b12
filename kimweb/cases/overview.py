"""The office at a glance: how many cases stand at which step, and with whom they are late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Executable, bindparam, func, select
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.cases.models import Case, Stage
from kimweb.sop import shelf
from kimweb.sop.book import Sop, Step

_LATE = func.count().filter(Stage.due_at < bindparam("now"))


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
    """Count the open cases by step: one query, answered by ix_stage_step_due alone."""
    cases, late, lanes = Counter[int](), Counter[int](), Counter[str]()
    for number, lane, open_ones, late_ones in db.run(session, _loads(sop.edition), now=now):
        cases[number] += open_ones
        late[number] += late_ones
        lanes[lane] += late_ones
    return Overview(
        [Load(step, cases[step.number], late[step.number]) for step in sop.steps],
        [(lane, count) for lane, count in lanes.most_common() if count],
    )


def of_edition(edition: str) -> list[ColumnElement[bool]]:
    """Say of an open stage that its case runs by `edition`; nothing has to be said of a sole one.

    A stage does not name its edition, and looking at each case costs more than all the rest.
    """
    others = [name for name in shelf.editions() if name != edition]
    if not others:
        return []
    foreign = select(Case.id).where(Case.closed_at.is_(None), Case.sop.in_(others))
    return [Stage.case_id.not_in(foreign)]


@cache
def _loads(edition: str) -> Executable:
    return (
        select(Stage.step, Stage.lane, func.count(), _LATE)
        .where(Stage.closed_at.is_(None), *of_edition(edition))
        .group_by(Stage.step, Stage.lane)
    )
