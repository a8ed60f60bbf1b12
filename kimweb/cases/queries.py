"""Finding cases: always through the person who asks. What a desk shows is in desks.py."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, Select, and_, false, or_, select, true
from sqlalchemy.orm import Session, aliased

from kimweb.cases.models import Case, Event, Stage, TeamMember
from kimweb.people import access
from kimweb.people.models import Person
from kimweb.sop import shelf

PAGE_ROWS = 50


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
    return session.execute(query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)).all()


def in_sight(posts: frozenset[str], person_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    """Return which cases the person sees of whom access.sees_all_cases does not hold."""
    if access.FIELD_LANE not in posts:
        return false()
    # Asked case by case: an office of ten years has gone out for almost every one.
    on_team = select(TeamMember.id).where(
        TeamMember.case_id == Case.id, TeamMember.person_id == person_id
    )
    outing = aliased(Stage)
    went_out = select(outing.id).where(outing.case_id == Case.id, outing.lane == access.FIELD_LANE)
    return or_(on_team.exists(), went_out.exists())


def _visible(person: Person) -> ColumnElement[bool]:
    today = shelf.today()
    if access.sees_all_cases(person, today):
        return true()
    return in_sight(access.posts_of(person, today), person.id)
