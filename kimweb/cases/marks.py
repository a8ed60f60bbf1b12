"""What a step puts on its papers when it hands them on: stamp, paraf or signature."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from kimweb.cases.situations import Blocker, NotSigned, Situation
from kimweb.documents import signatures, versions
from kimweb.documents.models import Document
from kimweb.documents.rendering import RenderingError
from kimweb.documents.signing import SigningError
from kimweb.sop import shelf


def stamp(here: Situation, papers: Sequence[Document]) -> None:
    """Stamp the papers for coordination (SOP step 4); the stamp is part of what is then frozen."""
    if here.step.mark == "stamp":
        for paper in papers:
            paper.stamped = True


def put(
    session: Session, here: Situation, papers: Sequence[Document], passphrase: str | None
) -> None:
    """Put the mark of the step on every paper; NotSigned when a signature does not come about."""
    if here.step.mark == "paraf":
        versions.paraf(session, papers, step=here.step.number, **here.signing(), now=here.now)
    elif here.step.mark == "signature":
        _sign(session, here, papers, passphrase)


def _sign(
    session: Session, here: Situation, papers: Sequence[Document], passphrase: str | None
) -> None:
    try:
        signatures.sign(
            session,
            papers,
            passphrase=passphrase,
            stage_id=here.stage.id,
            on=shelf.local(here.now).date(),
            **here.signing(),
            now=here.now,
        )
    except SigningError as refusal:
        raise NotSigned([Blocker(str(refusal), refusal.fix)]) from None
    except RenderingError as refusal:
        raise NotSigned([Blocker(str(refusal), "Kembalikan untuk diperbaiki.")]) from None
