"""What lies on a desk: plain rows by statements prepared once, as fast with a million cases.

Nothing here reads more than it shows: each lane gives its most pressing stages from
ix_stage_lane_due, and counting stops at COUNTED.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Executable,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from kimweb.cases import queries
from kimweb.cases.models import Case, Event, Stage
from kimweb.people import access, logins
from kimweb.people.access import Official
from kimweb.people.models import Login, Person
from kimweb.sop import shelf
from kimweb.sop.steps import LANES

TODO_ROWS = 40
WAITING_ROWS = 10
# Beyond this nobody needs to know how many there are.
COUNTED = 500

Condition = ColumnElement[bool]

_NEWEST = select(func.coalesce(func.max(Event.id), 0)).scalar_subquery()
_NEWEST_FOR = select(Login.id, _NEWEST).where(logins.HOLDS)


class DeskRow(NamedTuple):
    """One open stage as a desk shows it."""

    case_id: int
    subject: str
    village: str
    district: str
    sop: str
    step: int
    stage_id: int
    lane: str
    opened_at: datetime
    due_at: datetime
    paused_until: datetime | None
    returned_from: int | None
    planned_on: date


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits for a person, what waits on others, and how much of it is late or came back.

    A count of more than COUNTED means that there are more than that.
    """

    todo: list[DeskRow]
    waiting: list[DeskRow]
    todo_count: int
    late_count: int
    returned_count: int
    waiting_count: int
    # The newest event before the rows were read: what comes in between is seen at the next look.
    newest: int


@dataclass(frozen=True, slots=True)
class _Statements:
    """What is asked for a desk; `now` and `person_id` are bound when it is."""

    counts: Executable
    todo: Executable
    waiting: Executable


def desk_of(session: Session, person: Person | Official, now: datetime) -> Desk:
    """Return the desk of `person`, the earliest due first, at most TODO_ROWS and WAITING_ROWS."""
    today = shelf.today()
    lanes = access.lanes_of(person, today)
    posts = None if access.sees_all_cases(person, today) else access.posts_of(person, today)
    ask = _statements(lanes, posts)
    given = {"now": now, "person_id": person.id}
    connection = session.connection()
    counts = connection.execute(ask.counts, given).one()
    return Desk(
        [DeskRow._make(row) for row in connection.execute(ask.todo, given)],
        [DeskRow._make(row) for row in connection.execute(ask.waiting, given)],
        *counts,
    )


def newest_for(connection: Connection, token: str, now: datetime) -> tuple[int, int] | None:
    """Return the newest event of all, by one small query: while it stands no desk has changed.

    The number of the login with this token comes before it; None when that has ended.
    """
    found = connection.execute(_NEWEST_FOR, logins.given(token, now)).one_or_none()
    return (found[0], found[1]) if found else None


@cache
def _statements(lanes: frozenset[str], posts: frozenset[str] | None) -> _Statements:
    """Prepare the desk of whoever acts in `lanes` and holds `posts`; None: sees every case."""
    mine, others = _turns(lanes)
    seen = [] if posts is None else [queries.in_sight(posts, bindparam("person_id"))]
    late = [and_(turn, Stage.due_at < bindparam("now")) for turn in mine]
    returned = [and_(turn, Stage.returned_from.is_not(None)) for turn in mine]
    counts = [_count(turns) for turns in (mine, late, returned)]
    return _Statements(
        counts=select(*counts, _count(others, seen), _NEWEST),
        todo=rows(mine, TODO_ROWS),
        waiting=rows(others, WAITING_ROWS, seen),
    )


def _turns(lanes: frozenset[str]) -> tuple[list[Condition], list[Condition]]:
    """Say of each lane which of its stages are the turn of who holds `lanes`, and which not."""
    mine: list[Condition] = []
    others: list[Condition] = []
    for lane in LANES:
        here = Stage.lane == lane
        helped = _helped(lane, lanes)
        if lane in lanes:
            mine.append(here)
        elif helped:
            mine.append(and_(here, or_(*helped)))
            others.append(and_(here, not_(or_(*helped))))
        else:
            others.append(here)
    return mine, others


def _helped(lane: str, lanes: frozenset[str]) -> list[Condition]:
    """The steps of `lane` with which one of `lanes` may help, in any edition of the SOP."""
    return [
        and_(
            Stage.step == step.number,
            exists().where(Case.id == Stage.case_id, Case.sop == sop.edition).correlate(Stage),
        )
        for sop in shelf.editions().values()
        for step in sop.steps
        if step.lane == lane and lanes.intersection(step.helpers)
    ]


def _open(turn: Condition, seen: Sequence[Condition]) -> Select[int, datetime]:
    query = select(Stage.id, Stage.due_at).where(Stage.closed_at.is_(None), turn)
    return query.join(Case).where(*seen) if seen else query


def _first_of(
    turns: Sequence[Condition], most: int, seen: Sequence[Condition]
) -> CompoundSelect[Any]:
    """At most `most` stages of each turn, the earliest due of it."""
    parts = [_open(turn, seen).order_by(Stage.due_at).limit(most).subquery() for turn in turns]
    return union_all(*(select(part.c.id, part.c.due_at) for part in parts))


def _count(turns: Sequence[Condition], seen: Sequence[Condition] = ()) -> ColumnElement[int]:
    if not turns:
        return literal(0)
    some = _first_of(turns, COUNTED + 1, seen).limit(COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def rows(turns: Sequence[Condition], most: int, seen: Sequence[Condition] = ()) -> Executable:
    """Prepare at most `most` DeskRows of the turns, the earliest due first."""
    columns = select(
        Case.id,
        Case.subject,
        Case.village,
        Case.district,
        Case.sop,
        Stage.step,
        Stage.id,
        Stage.lane,
        Stage.opened_at,
        Stage.due_at,
        Stage.paused_until,
        Stage.returned_from,
        Case.planned_on,
    ).join(Case, Case.id == Stage.case_id)
    if not turns:
        return columns.where(false())
    first = _first_of(turns, most, seen).subquery()
    return (
        columns.join(first, first.c.id == Stage.id).order_by(first.c.due_at, Stage.id).limit(most)
    )
