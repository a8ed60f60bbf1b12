"""Finding cases: always through the person who asks, and as plain rows where a desk is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from kimweb.cases.models import Case, Event, Stage, TeamMember
from kimweb.people import access
from kimweb.people.models import Person
from kimweb.sop import shelf

DESK_ROWS = 50


@dataclass(frozen=True, slots=True)
class DeskRow:
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
    visit: int
    returned_from: int | None
    planned_on: date

    @property
    def step_text(self) -> str:
        """What the SOP prints for this step."""
        return shelf.sop(self.sop).step(self.step).text


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits for a person, what waits on others, and how much of it is late or came back."""

    todo: list[DeskRow]
    waiting: list[DeskRow]
    todo_count: int
    late_count: int
    returned_count: int
    waiting_count: int


def visible_to(person: Person) -> Select[Case]:
    """Return the query of the cases that `person` may see; Tim sees those it goes out for."""
    return select(Case).where(_visible(person))


def get(session: Session, person: Person, case_id: int) -> Case | None:
    """Return the case, or None when there is no such case for `person`."""
    return session.scalar(visible_to(person).where(Case.id == case_id))


def open_stage(session: Session, case_id: int) -> Stage | None:
    """Return where the case stands now; None when it is closed."""
    return session.scalar(select(Stage).where(Stage.case_id == case_id, Stage.closed_at.is_(None)))


def may_work(person: Person, case: Case, stage: Stage | None) -> bool:
    """Tell whether it is the turn of `person` to work on the open stage."""
    if stage is None or stage.closed_at is not None:
        return False
    lanes = access.lanes_of(person, shelf.today())
    return bool(lanes.intersection(shelf.sop(case.sop).step(stage.step).lanes))


def desk_of(session: Session, person: Person, now: datetime) -> Desk:
    """Return the desk of `person`: at most DESK_ROWS rows of each kind, the earliest due first."""
    mine = _turn_of(person)
    others = and_(_visible(person), ~mine)
    counts = session.execute(
        select(
            func.count().filter(mine),
            func.count().filter(and_(mine, Stage.due_at < now)),
            func.count().filter(and_(mine, Stage.returned_from.is_not(None))),
            func.count().filter(others),
        )
        .select_from(Stage)
        .join(Case)
        .where(Stage.closed_at.is_(None))
    ).one()
    return Desk(
        todo=_rows(session, mine),
        waiting=_rows(session, others),
        todo_count=counts[0],
        late_count=counts[1],
        returned_count=counts[2],
        waiting_count=counts[3],
    )


def stages(session: Session, case_id: int) -> Sequence[Stage]:
    """Return every visit of every step of the case, in the order they were opened."""
    return session.scalars(select(Stage).where(Stage.case_id == case_id).order_by(Stage.id)).all()


def timeline(session: Session, case_id: int) -> Sequence[Row[Event, str | None]]:
    """Return the history of the case, newest first: each event with the name of who did it."""
    query = (
        select(Event, Person.name)
        .outerjoin(Person, Person.id == Event.by)
        .where(Event.case_id == case_id)
        .order_by(Event.id.desc())
    )
    return session.execute(query).all()


def listed(
    session: Session,
    person: Person,
    *,
    words: str = "",
    closed: bool | None = None,
    paused: bool = False,
    page: int = 1,
) -> Sequence[Row[Case, Stage | None]]:
    """Return a page of the cases that `person` may see, newest first, with their open stage."""
    query = (
        select(Case, Stage)
        .outerjoin(Stage, and_(Stage.case_id == Case.id, Stage.closed_at.is_(None)))
        .where(_visible(person))
        .order_by(Case.id.desc())
    )
    if words:
        query = query.where(Case.subject.icontains(words, autoescape=True))
    if closed is not None:
        query = query.where(Case.closed_at.is_not(None) if closed else Case.closed_at.is_(None))
    if paused:
        query = query.where(Stage.paused_until.is_not(None))
    return session.execute(query.limit(DESK_ROWS).offset((page - 1) * DESK_ROWS)).all()


def version_tag(session: Session, person: Person) -> str:
    """Return a tag that changes when anything on the desk of `person` may have changed."""
    newest = session.scalar(select(func.max(Event.id))) or 0
    return f"{person.id}.{person.login_epoch}.{newest}"


def _visible(person: Person) -> ColumnElement[bool]:
    today = shelf.today()
    if access.sees_all_cases(person, today):
        return true()
    if access.FIELD_LANE not in access.posts_of(person, today):
        return false()
    on_team = select(TeamMember.case_id).where(TeamMember.person_id == person.id)
    went_out = select(Stage.case_id).where(Stage.lane == access.FIELD_LANE)
    return or_(Case.id.in_(on_team), Case.id.in_(went_out))


def _turn_of(person: Person) -> ColumnElement[bool]:
    lanes = access.lanes_of(person, shelf.today())
    helped = [
        and_(Case.sop == sop.edition, Stage.step == step.number)
        for sop in shelf.editions().values()
        for step in sop.steps
        if lanes.intersection(step.helpers)
    ]
    return or_(Stage.lane.in_(lanes), *helped)


def _rows(session: Session, condition: ColumnElement[bool]) -> list[DeskRow]:
    query = (
        select(
            Case.id.label("case_id"),
            Case.subject,
            Case.village,
            Case.district,
            Case.sop,
            Stage.step,
            Stage.id.label("stage_id"),
            Stage.lane,
            Stage.opened_at,
            Stage.due_at,
            Stage.visit,
            Stage.returned_from,
            Case.planned_on,
        )
        .join(Stage, Stage.case_id == Case.id)
        .where(Stage.closed_at.is_(None), condition)
        .order_by(Stage.due_at)
        .limit(DESK_ROWS)
    )
    return [DeskRow(**row) for row in session.execute(query).mappings()]
