"""Two texts for one field, typed at the same time: both are kept until somebody chooses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kimweb.documents import fields, kinds
from kimweb.documents.models import Document, Rival


def of(session: Session, document_ids: Collection[int]) -> Sequence[Rival]:
    """Return the texts that still wait for a choice, oldest first."""
    query = select(Rival).where(Rival.document_id.in_(document_ids))
    return session.scalars(query.order_by(Rival.id)).all()


def keep(
    session: Session,
    document: Document,
    person_id: int,
    saved: Collection[str],
    undecided: Mapping[str, Any],
    now: datetime,
) -> None:
    """Let `undecided` be what waits of this person's texts for the fields in `saved`."""
    before = delete(Rival).where(
        Rival.document_id == document.id, Rival.person_id == person_id, Rival.field.in_(saved)
    )
    session.execute(before)
    for field in kinds.kind(document.kind).fields:
        if field.name in undecided:
            typed = fields.text(field, undecided[field.name])
            session.add(
                Rival(
                    document_id=document.id,
                    field=field.name,
                    text=typed,
                    person_id=person_id,
                    at=now,
                )
            )
    session.flush()


def drop(session: Session, document: Document, rival_id: int) -> Rival | None:
    """Take a text out of the choice and return it; None when it was chosen or dropped before."""
    rival = session.get(Rival, rival_id)
    if rival is None or rival.document_id != document.id:
        return None
    session.delete(rival)
    session.flush()
    return rival
