"""The outbox: one row for each letter and recipient, written in the transaction of the move.

The unique key makes "twice" impossible in the database. What is queued is frozen: text,
attachments by hash, Message-ID and date stay the same at every attempt. Every function works in
the caller's transaction and writes nothing but message rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select, text
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.dispatch import addresses, sender
from kimweb.dispatch.models import (
    BOUNCED,
    ENDED,
    GATHERED,
    HELD,
    LETTER,
    QUEUED,
    REFUSED,
    RETURNED,
    SENDING,
    TROUBLED,
    TRY_LATER,
    UNKNOWN,
    Message,
)
from kimweb.documents.models import Addressee, Document

EMAIL = "email"
_QUEUE = {
    database: make(Message).on_conflict_do_nothing(index_elements=[Message.key]).inline()
    for database, make in db.INSERT.items()
}

_MISSING = {
    None: "belum dikirim",
    QUEUED: "masih menunggu pengiriman",
    SENDING: "masih menunggu pengiriman",
    TRY_LATER: "masih menunggu pengiriman",
    UNKNOWN: "belum diketahui sampai atau tidak",
    REFUSED: "ditolak server penerima",
    BOUNCED: "ditolak server penerima",
    HELD: "belum diserahkan",
}


def queue(session: Session, **facts: Any) -> None:
    """Queue one message, with the facts of `row`; the same key never makes a second."""
    queue_all(session, [row(**facts)])


def queue_all(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Queue messages made by `row` in one statement; the same key never makes a second."""
    if rows:
        session.connection().execute(_QUEUE[session.get_bind().dialect.name], rows)


def row(
    *,
    key: str,
    policy: str,
    letter: str,
    to: tuple[str, str],
    subject: str,
    text: str,
    html: str,
    now: datetime,
    attachments: Sequence[dict[str, str]] = (),
    channel: str = EMAIL,
    case_id: int | None = None,
    document_id: int | None = None,
    addressee_id: int | None = None,
    person_id: int | None = None,
    gather_until: datetime | None = None,
) -> dict[str, Any]:
    """Return one message for one recipient `to` (name, e-mail) as a row of the outbox.

    An attachment is {"name", "sha256", "type"}. What goes by courier or WhatsApp, or has no
    address yet, is HELD until a person settles it; a notice with `gather_until` waits to be folded
    with others (see `digests`). Raises AddressError when a name, an address
    or the subject could not stand in a header.
    """
    name, email = to
    return {
        "key": key,
        "policy": policy,
        "letter": letter,
        "case_id": case_id,
        "document_id": document_id,
        "addressee_id": addressee_id,
        "person_id": person_id,
        "channel": channel,
        "to_name": addresses.person_name(name),
        "to_email": addresses.email(email) if email else "",
        "subject": addresses.one_line(subject, "Perihal"),
        "text": text,
        "html": html,
        "attachments": [_attachment(part) for part in attachments],
        "message_id": sender.message_id(key),
        "dated_at": now,
        "try_at": gather_until or now,
        "state": _first_state(channel, email, gather_until),
        "history": [],
    }


def _first_state(channel: str, email: str, gather_until: datetime | None) -> str:
    if channel != EMAIL or not email:
        return HELD
    return GATHERED if gather_until else QUEUED


def missing(session: Session, documents: Sequence[Document]) -> str:
    """Say in one sentence what is missing until every addressee has the letter (SOP step 10).

    Empty when every letter has ended: arrived, handed over, or given up with a reason.
    """
    states = _states(session, documents)
    reasons: Counter[str] = Counter()
    for state, count in states.items():
        if state not in ENDED:
            reasons[_MISSING[state]] += count
    if not reasons:
        return ""
    told = ", ".join(f"{count} {words}" for words, count in reasons.items())
    return f"{reasons.total()} dari {states.total()} surat belum selesai: {told}."


def troubled(session: Session, most: int) -> Sequence[Message]:
    """Return the newest letters that wait for a person: refused, returned, or of unknown fate."""
    waits = select(Message).where(text(TROUBLED), Message.policy == LETTER)
    return session.scalars(waits.order_by(Message.dated_at.desc()).limit(most)).all()


def letters_of(session: Session, documents: Sequence[Document]) -> Sequence[Message]:
    """Return the letters to the addressees of `documents`, in their order."""
    query = (
        select(Message)
        .join(Addressee, Addressee.id == Message.addressee_id)
        .where(Message.document_id.in_([d.id for d in documents]), Message.policy == LETTER)
        .order_by(Message.document_id, Addressee.position, Message.id)
    )
    return session.scalars(query).all()


def needing_a_hand(session: Session, case_ids: Sequence[int]) -> dict[int, Counter[str]]:
    """Count by case the letters that no worker brings further, by their state."""
    query = (
        select(Message.case_id, Message.state, func.count())
        .where(
            Message.case_id.in_(case_ids),
            Message.policy == LETTER,
            Message.state.in_((HELD, UNKNOWN, *RETURNED)),
        )
        .group_by(Message.case_id, Message.state)
    )
    found = defaultdict[int | None, Counter[str]](Counter)
    for case_id, state, count in session.execute(query):
        found[case_id][state] = count
    return {case_id: found[case_id] for case_id in case_ids}


def _states(session: Session, documents: Sequence[Document]) -> Counter[str | None]:
    """Count the addressees of `documents` by the state of their letter; None: not queued yet."""
    letter = and_(Message.addressee_id == Addressee.id, Message.policy == LETTER)
    query = (
        select(Message.state, func.count())
        .select_from(Addressee)
        .outerjoin(Message, letter)
        .where(Addressee.document_id.in_([d.id for d in documents]))
        .group_by(Message.state)
    )
    counts: Counter[str | None] = Counter()
    for state, count in session.execute(query):
        counts[state] = count
    return counts


def _attachment(part: dict[str, str]) -> dict[str, Any]:
    name = addresses.one_line(part["name"], "Nama berkas")
    return {"name": name, "sha256": part["sha256"], "type": part["type"]}
