"""Writing: starting a document, saving its draft, choosing its addressees, withdrawing it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.documents import kinds, rivals
from kimweb.documents.models import Addressee, Document


@dataclass(frozen=True, slots=True)
class Hand:
    """Who writes, and from where they began.

    `edit` is the edit of the document that stood on their screen, `pad` names the window in which
    they type. `marks` tell what each field said then (see `mark`); "" is that of a field that is
    undecided already.
    """

    edit: int
    person_id: int | None = None
    pad: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)


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


def save(
    session: Session, document: Document, fields: Mapping[str, Any], hand: Hand, now: datetime
) -> list[str]:
    """Put what was typed into the draft, field by field; return the fields that stay undecided.

    Only a field that was changed on both sides since `hand.edit` is undecided: the saved text
    stands, the typed one becomes a rival. Fields that `fields` does not name stay as they are.
    """
    session.refresh(document, with_for_update=True)
    standing = document.fields
    # The answer to this window's last save was lost on the way: nobody else wrote since.
    is_own = document.edit == hand.edit + 1 and document.pad == hand.pad != ""
    is_first = document.edit == hand.edit
    mine, undecided = {}, []
    for name, value in fields.items():
        there, began = mark(standing.get(name)), hand.marks.get(name)
        if mark(value) == there:
            continue
        if began == there or (is_own and began) or (is_first and began is None):
            mine[name] = value
        elif mark(value) != began:
            undecided.append(name)
    if mine:
        document.fields = dict(standing) | mine
        document.subject = subject_of(document)
        document.edit += 1
        written = {"by": hand.person_id, "at": now.isoformat()}
        document.hands = document.hands | dict.fromkeys(mine, written)
        document.edited_at, document.pad = now, hand.pad
    if hand.person_id is not None:
        kept = {name: fields[name] for name in undecided}
        rivals.keep(session, document, hand.person_id, fields, kept, now)
    return undecided


def mark(value: Any) -> str:
    """Return a short mark of a value, by which a form knows it again."""
    text = json.dumps(value or "", sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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
