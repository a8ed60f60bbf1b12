"""What a step puts on its papers when it hands them on: stamp, paraf or signature."""

from __future__ import annotations

from sqlalchemy.orm import Session

from kimweb.cases.situations import Blocker, NotOpened, NotSigned, Situation
from kimweb.documents import signatures, versions
from kimweb.documents.rendering import RenderingError
from kimweb.documents.signing import SigningError, WrongPassphrase
from kimweb.people.models import Person
from kimweb.sop import shelf
from kimweb.sop.steps import APPROVALS


def stamp(here: Situation) -> None:
    """Stamp the papers for coordination (SOP step 4); the stamp is part of what is then frozen."""
    if here.step.mark == "stamp":
        for paper in here.papers:
            paper.stamped = True


def put(session: Session, here: Situation, passphrase: str | None) -> None:
    """Put the mark of the step on every paper; NotSigned when a signature does not come about.

    One person, one mark: it takes the place of a paraf that the same person gave in another lane.
    """
    if here.step.mark in APPROVALS:
        own = [paper.version_id for paper in here.reviewed if paper.is_marked_by(here.by.id)]
        versions.replace(session, own, person_id=here.by.id, now=here.now)
    if here.step.mark == "paraf" and here.step.papers:
        versions.paraf(
            session,
            here.case_id,
            here.step.papers,
            step=here.step.number,
            person_id=here.by.id,
            **here.signing(),
            now=here.now,
        )
    elif here.step.mark == "signature":
        _sign(session, here, passphrase)


def _sign(session: Session, here: Situation, passphrase: str | None) -> None:
    try:
        signatures.sign(
            session,
            here.papers,
            passphrase=passphrase,
            person=session.get_one(Person, here.by.id),
            stage_id=here.stage_id,
            on=shelf.local(here.now).date(),
            **here.signing(),
            now=here.now,
        )
    except WrongPassphrase as refusal:
        raise NotOpened([Blocker(str(refusal), refusal.fix)]) from None
    except SigningError as refusal:
        raise NotSigned([Blocker(str(refusal), refusal.fix)]) from None
    except RenderingError as refusal:
        raise NotSigned([Blocker(str(refusal), "Kembalikan untuk diperbaiki.")]) from None
