"""What a worker does with a message: claim it, record how far it came, settle it.

QUEUED or TRY_LATER -> SENDING -> SENT | TRY_LATER | REFUSED | UNKNOWN | HELD. A claim gives the
row an owner, and every later change asks for that owner: a worker that slept through its lease
changes nothing. The policy decides one thing: a letter whose final dot was sent without an answer
is never sent again by itself, a notice is. Every function works in the caller's transaction.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache
from itertools import takewhile
from typing import Any, cast

from sqlalchemy import Table, Update, bindparam, or_, select, text, update
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.dispatch.models import (
    BEFORE_DOT,
    DOT,
    DUE,
    HELD,
    LEASED,
    LETTER,
    QUEUED,
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

# Settling is the hot path, and no loaded object has to be kept in step: prepared statements.
_TABLE = cast(Table, Message.__table__)

NO_ANSWER = "Surat sudah diserahkan ke server surat, tetapi pengirim berhenti sebelum ada jawaban."
NO_ANSWER_YET = "Surat sudah diserahkan; server surat belum juga menjawab."
INTERRUPTED = "Pengirim berhenti sebelum surat diserahkan ke server surat."


def claim(session: Session, now: datetime, most: int = 1) -> list[Message]:
    """Claim the next due messages, letters before notices; none when none is due.

    Only messages that were never tried share a claim: one that kills its worker then takes no
    others with it a second time. What is returned are snapshots outside the session; `owner` is
    the proof of the claim.
    """
    ids = _following(session, now, most)
    if not ids:
        return []
    taking = (
        update(Message)
        .where(Message.id.in_(ids), text(DUE))
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
    claimed = sorted(session.scalars(taking).all(), key=lambda message: ids.index(message.id))
    for message in claimed:
        session.expunge(message)
    return claimed


def _following(session: Session, now: datetime, most: int) -> list[int]:
    query = (
        select(Message.id, Message.attempt)
        .where(text(DUE), Message.try_at <= now)
        .order_by(Message.policy, Message.try_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    due = session.execute(query).all()
    fresh = [number for number, attempt in takewhile(lambda row: not row[1], due)]
    return fresh or [number for number, _ in due[:1]]


def put_back(session: Session, messages: Iterable[Message], reply: str = "") -> None:
    """Give claimed messages back as if they had not been claimed: nothing was tried with them."""
    for message in messages:
        attempt = message.attempt - 1
        state = TRY_LATER if attempt else QUEUED
        given_up: dict[str, Any] = {"owner": None, "lease_until": None, "phase": BEFORE_DOT}
        _change(
            session,
            message,
            {SENDING},
            state=state,
            attempt=attempt,
            reply=reply or message.reply,
            **given_up,
        )


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


def unknown_yet(session: Session, message: Message, now: datetime) -> bool:
    """Show people a letter whose answer does not come; the worker goes on waiting for it."""
    taken = {"state": UNKNOWN, "reply": NO_ANSWER_YET, "lease_until": None}
    history = remembered(message, UNKNOWN, now, reply=NO_ANSWER_YET)
    is_shown = _change(session, message, {SENDING}, history=history, **taken)
    if is_shown:
        message.history = history  # what the worker writes later comes after it
    return is_shown


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
    changing = _mine(frozenset(states))
    changed = db.run(session, changing, its_id=message.id, its_owner=message.owner, **values)
    if message in session:
        session.expire(message)
    return changed.rowcount == 1


@cache
def _mine(states: frozenset[str]) -> Update:
    """Return the UPDATE of a message that is in one of `states` and still held by its owner."""
    row = _TABLE.c
    stands = or_(*(row.state == state for state in sorted(states)))
    held = row.owner == bindparam("its_owner")
    return update(_TABLE).where(row.id == bindparam("its_id"), held, stands)
