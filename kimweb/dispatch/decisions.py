"""What people decide about a message that cannot settle itself, with who and why.

Every decision is one conditional UPDATE: it takes effect only while the message still stands as
the person saw it, never while a worker is sending it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from kimweb.audit import chain
from kimweb.dispatch import addresses
from kimweb.dispatch.models import (
    BEFORE_DOT,
    BOUNCED,
    BY_HAND,
    HELD,
    QUEUED,
    REFUSED,
    SENT,
    TRY_LATER,
    UNDELIVERED,
    UNKNOWN,
    Message,
)
from kimweb.dispatch.sending import remembered

DELIVERABLE = frozenset({QUEUED, TRY_LATER, REFUSED, UNKNOWN, BOUNCED, HELD, UNDELIVERED})
ABANDONABLE = frozenset({TRY_LATER, REFUSED, UNKNOWN, BOUNCED, HELD})
RESENDABLE = frozenset({TRY_LATER, REFUSED, UNKNOWN, BOUNCED, HELD, UNDELIVERED})


class DecisionError(Exception):
    """The decision was not taken; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Handover:
    """How a letter reached its recipient without our mail: by whose hands, and what proves it.

    `receipt_id` is the photo of the signed receipt, an attachment of the case.
    """

    proof: str
    channel: str = ""
    received_by: str = ""
    receipt_id: int | None = None


def by_hand(
    session: Session, message: Message, *, by: int, handed: Handover, now: datetime
) -> None:
    """Note that a person took the letter to its recipient, by courier, WhatsApp or SRIKANDI."""
    proof = _said(handed.proof, "Tulis buktinya: diterima siapa, kapan, dan diantar oleh siapa.")
    done = {
        "proof": proof,
        "channel": handed.channel or message.channel,
        "received_by": handed.received_by,
        "receipt_id": handed.receipt_id,
        "settled_at": now,
    }
    _decide(session, message, DELIVERABLE, BY_HAND, by, proof, now, **done)


def give_up(session: Session, message: Message, *, by: int, reason: str, now: datetime) -> None:
    """Note that the letter cannot reach its recipient; the report to Kasi names it and why."""
    reason = _said(reason, "Tulis alasan surat itu tidak dapat disampaikan.")
    _decide(
        session, message, ABANDONABLE, UNDELIVERED, by, reason, now, proof=reason, settled_at=now
    )


def arrived(session: Session, message: Message, *, by: int, reason: str, now: datetime) -> None:
    """Note that a letter of unknown fate did arrive; `reason` says how that is known."""
    reason = _said(reason, "Tulis dari mana diketahui bahwa surat itu sampai.")
    _decide(session, message, {UNKNOWN}, SENT, by, reason, now, proof=reason, settled_at=now)


def send_again(
    session: Session, message: Message, *, by: int, reason: str, now: datetime, email: str = ""
) -> None:
    """Send the letter once more, to a corrected address if one is given; the old one is kept."""
    reason = _said(reason, "Tulis alasan surat itu dikirim ulang.")
    to_email = addresses.email(email) if email.strip() else message.to_email
    if not to_email:
        raise DecisionError("Penerima ini belum punya alamat pos-el. Isi dahulu alamatnya.")
    if to_email != message.to_email:
        reason = f"{reason} (alamat sebelumnya: {message.to_email or 'kosong'})"
    again = {"to_email": to_email, "channel": "email", "phase": BEFORE_DOT}
    _decide(session, message, RESENDABLE, QUEUED, by, reason, now, attempt=0, try_at=now, **again)


def _said(words: str, otherwise: str) -> str:
    said = words.replace("\0", "").strip()  # PostgreSQL's texts hold no NUL
    if not said:
        raise DecisionError(otherwise)
    return said


def _decide(
    session: Session,
    message: Message,
    allowed: Collection[str],
    state: str,
    by: int,
    note: str,
    now: datetime,
    **more: Any,
) -> None:
    """Change the message to `state` if it still is in one of `allowed`, else DecisionError.

    From then on a frozen worker that wakes up with an answer changes nothing either.
    """
    session.refresh(message, with_for_update=True)
    decided: dict[str, Any] = {
        "state": state,
        "settled_by": by,
        "history": remembered(message, state, now, by=by, note=note),
    }
    changed = session.execute(
        update(Message)
        .where(Message.id == message.id, Message.state.in_(allowed))
        .values(**(decided | more))
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    session.expire(message)
    if changed.rowcount != 1:
        raise DecisionError(
            "Keadaan surat ini sudah berubah. Muat ulang halaman untuk melihat keadaannya sekarang."
        )
    facts = {"message": message.id, "state": state, "note": note}
    chain.note(session, "message.decided", at=now, actor=by, case_id=message.case_id, facts=facts)
