"""What waits for a person of one kind of work, of all cases together."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sqlalchemy import Executable, and_, bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from kimweb import db
from kimweb.cases import desks
from kimweb.cases.desks import DeskRow
from kimweb.cases.models import Case, Stage
from kimweb.people import access
from kimweb.people.models import Person
from kimweb.sop import shelf
from kimweb.sop.steps import LANES, Step

Kind = Callable[[Step], bool]


def to_sign(step: Step) -> bool:
    """Tell whether the step signs its papers."""
    return step.mark == "signature"


def to_review(step: Step) -> bool:
    """Tell whether the step reads what others wrote, and approves or returns it."""
    return step.work == "review"


def to_type(step: Step) -> bool:
    """Tell whether the step types the letters and stamps them."""
    return step.work == "typing"


def to_file(step: Step) -> bool:
    """Tell whether the step files the finished case."""
    return step.work == "archive"


def to_dispatch(step: Step) -> bool:
    """Tell whether the step sends the signed letters out."""
    return step.work == "dispatch"


def to_record(step: Step) -> bool:
    """Tell whether the step records the activity in the village."""
    return step.work == "activity"


def of(session: Session, person: Person, kind: Kind, most: int) -> list[DeskRow]:
    """Return the open stages of this kind of work that are the turn of `person`, at most `most`."""
    lanes = access.lanes_of(person, shelf.today())
    found = db.run(session, _statement(lanes, kind, most))
    return [DeskRow._make(row) for row in found]


def returned_by(session: Session, person: Person, most: int) -> list[DeskRow]:
    """Return the open stages that began because `person` sent the work back."""
    found = db.run(session, _returned(most), person_id=person.id)
    return [DeskRow._make(row) for row in found]


@cache
def _statement(lanes: frozenset[str], kind: Kind, most: int) -> Executable:
    return desks.rows(
        [
            and_(
                Stage.lane == step.lane,
                Stage.step == step.number,
                exists().where(Case.id == Stage.case_id, Case.sop == sop.edition).correlate(Stage),
            )
            for sop in shelf.editions().values()
            for step in sop.steps
            if kind(step) and lanes.intersection(step.lanes)
        ],
        most,
    )


@cache
def _returned(most: int) -> Executable:
    origin = aliased(Stage)
    mine = (
        select(origin.id)
        .where(origin.id == Stage.returned_from, origin.closed_by == bindparam("person_id"))
        .correlate(Stage)
        .exists()
    )
    back = Stage.returned_from.is_not(None)
    return desks.rows([and_(Stage.lane == lane, back, mine) for lane in LANES], most)
