"""What a reviewer wants changed in a field, and whether it was done.

A correction is written on a version and outlives it: it stays until it was ticked off, and stays
readable after that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.documents import kinds
from kimweb.documents.fields import Field, FieldError, clean
from kimweb.documents.models import Correction, Document

LONGEST = 2_000


def of(session: Session, document_ids: Collection[int]) -> Sequence[Correction]:
    """Return every correction of the documents, oldest first."""
    query = select(Correction).where(Correction.document_id.in_(document_ids))
    return session.scalars(query.order_by(Correction.id)).all()


def still_open(session: Session, document_ids: Collection[int]) -> Sequence[Correction]:
    """Return the corrections that nobody has ticked off yet, oldest first."""
    query = select(Correction).where(
        Correction.document_id.in_(document_ids), Correction.done_at.is_(None)
    )
    return session.scalars(query.order_by(Correction.id)).all()


def ask(
    session: Session,
    document: Document,
    field_name: str,
    text: str,
    *,
    lane: str,
    by: int,
    now: datetime,
) -> Correction:
    """Note on the current version what a field should say; FieldError when nothing is said."""
    wanted = clean(text).strip()
    field = field_of(document, field_name)
    if field is None or document.current_version_id is None:
        raise FieldError("Pilih isian yang dikoreksi.")
    if not wanted:
        raise FieldError("Tulis apa yang harus diperbaiki pada isian itu.")
    if len(wanted) > LONGEST:
        raise FieldError(f"Catatan terlalu panjang. Ringkaslah menjadi {LONGEST} huruf.")
    correction = Correction(
        document_id=document.id,
        version_id=document.current_version_id,
        field=field.name,
        text=wanted,
        lane=lane,
        person_id=by,
        at=now,
    )
    session.add(correction)
    session.flush()
    return correction


def find(session: Session, document: Document, correction_id: int) -> Correction | None:
    """Return a correction of this document; None when it has no such."""
    found = session.get(Correction, correction_id)
    return found if found and found.document_id == document.id else None


def tick(correction: Correction, by: int, now: datetime) -> None:
    """Say that it was done; who said so first stays."""
    if correction.done_at is None:
        correction.done_by, correction.done_at = by, now


def untick(correction: Correction) -> None:
    """Say that it is still to be done."""
    correction.done_by = correction.done_at = None


def field_of(document: Document, name: str) -> Field | None:
    """Return the field of the document's kind that is called `name`."""
    return next((f for f in kinds.kind(document.kind).fields if f.name == name), None)
