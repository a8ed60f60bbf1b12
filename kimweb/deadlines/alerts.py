"""Who hears of a rung, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from kimweb.cases import notices
from kimweb.deadlines.ladder import EMAIL, Rung
from kimweb.deadlines.pressing import OpenStage
from kimweb.dispatch import letters
from kimweb.dispatch.letters import Letter
from kimweb.documents import office
from kimweb.people import access, roster
from kimweb.people.models import Person
from kimweb.sop import shelf


@dataclass(frozen=True, slots=True)
class Audience:
    """The persons who are told, and the lane in which they hear it."""

    lane: str
    people: Sequence[Person]


def audience(session: Session, lane: str, now: datetime) -> Audience:
    """Return who hears what is told to `lane`.

    A lane with nobody in it passes it on one rank up; above Kadis only the administrators are
    left, because an alert that nobody hears would be lost.
    """
    today = shelf.local(now).date()
    if people := roster.holders(session, lane, today):
        return Audience(lane, people)
    superior, people = roster.above(session, lane, today)
    return Audience(superior or access.CHAIN[-1], people)


def send(session: Session, stage: OpenStage, rung: Rung, heard: Audience, now: datetime) -> None:
    """Queue a mail to everybody who hears of the rung and has an address."""
    if rung.channel != EMAIL:
        return
    due = int(stage.due_at.timestamp())
    for person in heard.people:
        if person.email:
            name, letter = _letter(session, stage, person, now)
            key = f"rung-{stage.id}-{rung.name}-{due}-{person.id}"
            notices.notify(session, key, name, letter, person, stage.case_id, now)


def _letter(
    session: Session, stage: OpenStage, person: Person, now: datetime
) -> tuple[str, Letter]:
    """A reminder for whoever should do the work, a request for direction for anybody else."""
    today = shelf.local(now).date()
    if access.holds(person, stage.lane, today):
        return "pengingat", letters.pengingat(
            to_name=person.name,
            case_id=stage.case_id,
            subject=stage.subject,
            step=stage.step,
            due_at=stage.due_at,
            now=now,
        )
    return "eskalasi", letters.eskalasi(
        to_name=person.name,
        case_id=stage.case_id,
        subject=stage.subject,
        step=stage.step,
        holder=_holder(session, stage.lane, today),
        due_at=stage.due_at,
        now=now,
    )


def _holder(session: Session, lane: str, on: date) -> str:
    """Return "Kepala Seksi (Wa Ode Fitriani, S.I.Kom)", or that nobody holds the lane."""
    names = [person.name for person in roster.holders(session, lane, on)]
    return f"{office.current().lane_title(lane)} ({'; '.join(names) or 'belum ada pejabatnya'})"
