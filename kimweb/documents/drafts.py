"""Writing: starting a document, saving its draft, choosing its addressees, withdrawing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.documents import kinds
from kimweb.documents.models import Addressee, Document


class EditConflict(Exception):
    """Somebody else saved the document in the meantime; `document` is what stands now."""

    def __init__(self, document: Document) -> None:
        super().__init__(
            "Naskah ini sudah diubah orang lain sejak Anda membukanya. "
            "Bandingkan kedua isinya, lalu simpan lagi."
        )
        self.document = document


@dataclass(frozen=True, slots=True)
class Address:
    """Where one copy of a letter goes; `channel` is email, caraka or wa."""

    name: str
    title: str = ""
    place: str = ""
    email: str = ""
    channel: str = "email"
    recipient_id: int | None = None


def of_case(session: Session, case_id: int, papers: str | None = None) -> Sequence[Document]:
    """Return the documents of a case that were not withdrawn, in the order they were begun."""
    query = select(Document).where(Document.case_id == case_id, Document.withdrawn_at.is_(None))
    if papers is not None:
        query = query.where(Document.papers == papers)
    return session.scalars(query.order_by(Document.id)).all()


def start(
    session: Session,
    *,
    case_id: int,
    papers: str,
    kind: str,
    facts: Mapping[str, Any],
    now: datetime,
) -> Document:
    """Begin a document of `kind`, pre-filled from what the case already knows."""
    chosen = kinds.kind(kind)
    document = Document(
        case_id=case_id,
        papers=papers,
        kind=kind,
        subject="",
        fields=kinds.filled(chosen, facts),
        created_at=now,
    )
    document.subject = subject_of(document)
    session.add(document)
    session.flush()
    return document


def save(session: Session, document: Document, *, edit: int, fields: Mapping[str, Any]) -> None:
    """Replace the draft's fields; EditConflict when `edit` is not the edit that stands."""
    session.refresh(document, with_for_update=True)
    if document.edit != edit:
        raise EditConflict(document)
    document.fields = dict(fields)
    document.subject = subject_of(document)
    document.edit += 1


def refill(document: Document, facts: Mapping[str, Any]) -> None:
    """Fill the draft anew from the case's facts, as long as nobody else has written in it."""
    document.fields = kinds.filled(kinds.kind(document.kind), facts)
    document.subject = subject_of(document)
    document.edit += 1


def address(session: Session, document: Document, addresses: Sequence[Address]) -> None:
    """Replace whom the letter goes to, in this order."""
    document.addressees = [
        Addressee(
            position=position,
            recipient_id=to.recipient_id,
            name=to.name,
            title=to.title,
            place=to.place,
            email=to.email,
            channel=to.channel,
        )
        for position, to in enumerate(addresses, start=1)
    ]
    session.flush()


def withdraw(document: Document, now: datetime) -> None:
    """Take a letter out of the case; it stays in the history."""
    document.withdrawn_at = now


def subject_of(document: Document) -> str:
    """Return what the document is about: its own field when its kind has one, else its kind."""
    subject = document.fields.get("hal") or document.fields.get("tentang")
    return str(subject or kinds.kind(document.kind).title)
