"""What a worker does with a message: claim it, record how far it came, settle it.

QUEUED or TRY_LATER -> SENDING -> SENT | TRY_LATER | REFUSED | UNKNOWN | HELD. A claim gives the
row an owner, and every later change asks for that owner: a worker that slept through its lease
changes nothing. The policy decides one thing: a letter whose final dot was sent without an answer
is never sent again by itself, a notice is. Every function works in the caller's transaction.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Table, select, text, update
from sqlalchemy.orm import Session

from kimweb.dispatch.models import (
    BEFORE_DOT,
    DOT,
    DUE,
    HELD,
    LEASED,
    LETTER,
    REFUSED,
    SENDING,
    SENT,
    TRY_LATER,
    UNKNOWN,
    Message,
)

LEASE = timedelta(seconds=45)
DELAYS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, *[60] * 23))
"""How long to wait after each attempt, 24 hours together; then the message is refused."""
JITTER = 0.2

# Settling is the hot path, and no loaded object has to be kept in step: plain statements.
_TABLE = cast(Table, Message.__table__)

NO_ANSWER = "Surat sudah diserahkan ke server surat, tetapi pengirim berhenti sebelum ada jawaban."
INTERRUPTED = "Pengirim berhenti sebelum surat diserahkan ke server surat."


def claim(session: Session, now: datetime) -> Message | None:
    """Claim the next due message, letters before notices; None when none is due.

    The message returned is a snapshot outside the session; its `owner` is the proof of the claim.
    """
    following = (
        select(Message.id)
        .where(text(DUE), Message.try_at <= now)
        .order_by(Message.policy, Message.try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taking = (
        update(Message)
        .where(Message.id == following.scalar_subquery(), text(DUE))
        .values(
            state=SENDING,
            phase=BEFORE_DOT,
            attempt=Message.attempt + 1,
            owner=secrets.token_hex(16),
            lease_until=now + LEASE,
        )
        .returning(Message)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    message = session.scalar(taking)
    if message:
        session.expunge(message)
    return message


def renew(session: Session, message: Message, now: datetime) -> bool:
    """Keep the lease while the mail server takes its time; False when it was lost."""
    return _change(session, message, {SENDING}, lease_until=now + LEASE)


def record_phase(session: Session, message: Message, phase: str, now: datetime) -> bool:
    """Record how far SMTP has come, to be committed before going on; False when overtaken."""
    return _change(session, message, {SENDING}, phase=phase, lease_until=now + LEASE)


def mark_sent(session: Session, message: Message, reply: str, now: datetime) -> bool:
    """The mail server took the message; `reply` names its queue entry."""
    return _settle(session, message, SENT, reply, now, settled_at=now)


def refuse(session: Session, message: Message, reply: str, now: datetime) -> bool:
    """The mail server will not take this message; a person corrects the address or delivers it."""
    return _settle(session, message, REFUSED, reply, now)


def hold(session: Session, message: Message, reason: str, now: datetime) -> bool:
    """Keep the message in the house until a person has looked: it is not what was signed."""
    return _settle(session, message, HELD, reason, now)


def try_later(session: Session, message: Message, reply: str, now: datetime) -> bool:
    """Put the message back with a growing, slightly random delay; refuse after 24 hours."""
    if message.attempt > len(DELAYS):
        return refuse(session, message, f"Sudah dicoba selama 24 jam. {reply}", now)
    scatter = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load, keeps no secret
    try_at = now + DELAYS[message.attempt - 1] * scatter
    return _settle(session, message, TRY_LATER, reply, now, try_at=try_at)


def unknown(session: Session, message: Message, reply: str, now: datetime) -> bool:
    """The final dot was sent and no answer came: a letter waits for a person, a notice retries.

    The letter keeps its owner: when a worker that was only frozen wakes up with the answer, the
    answer is the truth, unless a person has decided in the meantime.
    """
    if message.policy != LETTER:
        return try_later(session, message, reply, now)
    return _settle(session, message, UNKNOWN, reply, now, owner=message.owner)


def recover(session: Session, now: datetime) -> int:
    """Settle the messages whose worker died; return how many.

    Dead before the final dot: due again at once. Dead after it: see `unknown`.
    """
    dead = session.scalars(
        select(Message)
        .where(text(LEASED), Message.lease_until <= now)
        .with_for_update(skip_locked=True)
    ).all()
    for message in dead:
        if message.phase == DOT:
            unknown(session, message, NO_ANSWER, now)
        elif message.attempt > len(DELAYS):
            refuse(session, message, INTERRUPTED, now)
        else:
            _settle(session, message, TRY_LATER, INTERRUPTED, now, try_at=now)
    return len(dead)


def remembered(
    message: Message,
    state: str,
    now: datetime,
    *,
    reply: str = "",
    by: int | None = None,
    note: str = "",
) -> list[Any]:
    """Return the history of `message` with one more line."""
    line = {"at": now.isoformat(), "state": state, "reply": reply, "by": by, "note": note}
    return [*message.history, line]


def _settle(
    session: Session, message: Message, state: str, reply: str, now: datetime, **more: Any
) -> bool:
    ended: dict[str, Any] = {
        "state": state,
        "reply": reply,
        "lease_until": None,
        "owner": None,
        "history": remembered(message, state, now, reply=reply),
    }
    return _change(session, message, {SENDING, UNKNOWN}, **(ended | more))


def _change(session: Session, message: Message, states: Collection[str], **values: Any) -> bool:
    row = _TABLE.c
    mine = (row.id == message.id, row.owner == message.owner, row.state.in_(states))
    changed = session.execute(update(_TABLE).where(*mine).values(**values))
    assert isinstance(changed, CursorResult)
    if message in session:
        session.expire(message)
    return changed.rowcount == 1
