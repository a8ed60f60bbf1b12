"""The open cases as a board: one column a step, the most pressing of each on top."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import Executable, bindparam, func, select
from sqlalchemy.orm import Session

from kimweb.cases.models import Case, Stage
from kimweb.sop.book import Sop, Step

CARDS = 5


class Card(NamedTuple):
    """One case on the board, and how many stand in its column."""

    step: int
    case_id: int
    subject: str
    lane: str
    opened_at: datetime
    due_at: datetime
    paused_until: datetime | None
    is_returned: bool
    cases: int


@dataclass(frozen=True, slots=True)
class Column:
    """A step with its most pressing cases; `cases` counts all of them."""

    step: Step
    cards: Sequence[Card]
    cases: int


def of(session: Session, sop: Sop, lanes: Collection[str]) -> list[Column]:
    """Return the steps of `lanes` with at most CARDS cases each: one query."""
    found = defaultdict[int, list[Card]](list)
    given = {"edition": sop.edition, "lanes": sorted(lanes)}
    for row in session.execute(_cards(), given):
        found[row.step].append(Card(*row[:-1]))
    return [
        Column(step, cards := found[step.number], cards[0].cases if cards else 0)
        for step in sop.steps
        if step.lane in lanes
    ]


@cache
def _cards() -> Executable:
    ranked = (
        select(
            Stage.step,
            Case.id.label("case_id"),
            Case.subject,
            Stage.lane,
            Stage.opened_at,
            Stage.due_at,
            Stage.paused_until,
            Stage.returned_from.is_not(None).label("is_returned"),
            func.count().over(partition_by=Stage.step).label("cases"),
            func.row_number()
            .over(partition_by=Stage.step, order_by=(Stage.due_at, Stage.id))
            .label("place"),
        )
        .join(Case, Case.id == Stage.case_id)
        .where(
            Stage.closed_at.is_(None),
            Stage.lane.in_(bindparam("lanes", expanding=True)),
            Case.sop == bindparam("edition"),
        )
        .subquery()
    )
    return select(ranked).where(ranked.c.place <= CARDS).order_by(ranked.c.step, ranked.c.place)
