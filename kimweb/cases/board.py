"""The open cases as a board: one column a step, the most pressing of each on top."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import Executable, select, union_all
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.cases import overview
from kimweb.cases.models import Case, Stage
from kimweb.sop import shelf
from kimweb.sop.book import Sop, Step

CARDS = 5


class Card(NamedTuple):
    """One case on the board."""

    step: int
    case_id: int
    subject: str
    lane: str
    opened_at: datetime
    due_at: datetime
    paused_until: datetime | None
    returned_from: int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A step with its most pressing cases; `cases` counts all of them."""

    step: Step
    cards: Sequence[Card]
    cases: int


def of(session: Session, sop: Sop, lanes: Collection[str], now: datetime) -> list[Column]:
    """Return the steps of `lanes` with at most CARDS cases each, in two queries."""
    shown = tuple(step.number for step in sop.steps if step.lane in lanes)
    found = defaultdict[int, list[Card]](list)
    for row in db.run(session, _cards(sop.edition, shown)) if shown else ():
        found[row.step].append(Card._make(row))
    loads = {load.step.number: load.cases for load in overview.of(session, sop, now).loads}
    return [
        Column(step, found[step.number], loads[step.number])
        for step in sop.steps
        if step.lane in lanes
    ]


@cache
def _cards(edition: str, steps: Sequence[int]) -> Executable:
    """The most pressing of each step, which ix_stage_step_due has in this order."""
    own = overview.of_edition(edition)
    firsts = [
        select(Stage.id)
        .where(Stage.closed_at.is_(None), Stage.step == number, Stage.lane == lane, *own)
        .order_by(Stage.due_at, Stage.id)
        .limit(CARDS)
        .subquery()
        for number in steps
        for lane in [shelf.sop(edition).step(number).lane]
    ]
    first = union_all(*(select(part.c.id) for part in firsts)).subquery()
    return (
        select(
            Stage.step,
            Case.id.label("case_id"),
            Case.subject,
            Stage.lane,
            Stage.opened_at,
            Stage.due_at,
            Stage.paused_until,
            Stage.returned_from,
        )
        .join(Case, Case.id == Stage.case_id)
        .join(first, first.c.id == Stage.id)
        .order_by(Stage.step, Stage.due_at, Stage.id)
    )
