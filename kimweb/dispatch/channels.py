"""Whether mail may leave now: after failures in a row the whole channel rests, not the letters.

A mail server that lets nobody in says nothing about any letter, so the rows go on waiting and
nothing is charged to them. One worker tries the line after a while; the third failure in a row
pauses the channel and tells the administrators, once. What works again is open again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from kimweb.dispatch.models import Channel

EMAIL = "email"
FAILURES = 3
# After the first and the second failure; a pause lasts as long as MAIL_PROBE_SECONDS says.
WAITS = (timedelta(seconds=10), timedelta(seconds=30))
# As long nobody else tries; longer than opening a line can take.
TRYING = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

OPEN = "open"
CLOSED = "closed"
TRY = "try"


def current(session: Session) -> Channel:
    """Return how the channel for mail fares."""
    return session.get_one(Channel, EMAIL)


def gate(session: Session, now: datetime) -> str:
    """Tell whether to send (OPEN), not to (CLOSED), or to try the line first (TRY).

    Whoever is told to try is the only one who does, for TRYING.
    """
    try_at = session.scalars(select(Channel.try_at).where(Channel.name == EMAIL)).one()
    if try_at is None:
        return OPEN
    if try_at > now:
        return CLOSED
    return TRY if _change(session, Channel.try_at <= now, try_at=now + TRYING) else CLOSED


def failed(session: Session, reason: str, pause: timedelta, now: datetime) -> bool:
    """Note a line that did not open; True when this was the failure that pauses the channel."""
    failures = _count(session, reason)
    wait = WAITS[failures - 1] if failures < FAILURES else pause
    _change(session, try_at=now + wait)
    return failures >= FAILURES and _pause(session, now)


def doubted(session: Session, reason: str, pause: timedelta, now: datetime) -> bool:
    """Note a failure that may be one letter's own; True when this one pauses the channel."""
    if _count(session, reason) < FAILURES:
        return False
    _change(session, try_at=now + pause)
    return _pause(session, now)


def works(session: Session) -> None:
    """Note that the channel works: failures before this count no more, a pause is over."""
    failed_before = or_(Channel.failures > 0, Channel.try_at.is_not(None))
    _change(session, failed_before, failures=0, reason="", try_at=None, paused_at=None)


def hold(session: Session, reason: str, now: datetime) -> None:
    """Let nothing leave until a person ends it: an office that was restored might send twice."""
    _change(session, failures=0, reason=reason, try_at=NEVER, paused_at=now)


def resume(session: Session, now: datetime) -> None:
    """End the pause because a person says so: the next worker tries the line at once."""
    _change(session, Channel.paused_at.is_not(None), failures=0, try_at=now, paused_at=None)


def granted(session: Session, most: int, per_minute: int, now: datetime) -> int:
    """Return how many of `most` mails may leave now without more than `per_minute` in a minute."""
    _change(
        session,
        or_(Channel.minute_at.is_(None), Channel.minute_at <= now - MINUTE),
        minute_at=now,
        sent=0,
    )
    sent = session.scalars(
        select(Channel.sent).where(Channel.name == EMAIL).with_for_update()
    ).one()
    share = min(most, max(0, per_minute - sent))
    _change(session, sent=sent + share)
    return share


def _count(session: Session, reason: str) -> int:
    counting = (
        update(Channel)
        .where(Channel.name == EMAIL)
        .values(failures=Channel.failures + 1, reason=reason)
        .returning(Channel.failures)
        .execution_options(synchronize_session=False)
    )
    return session.scalars(counting).one()


def _pause(session: Session, now: datetime) -> bool:
    return _change(session, Channel.paused_at.is_(None), paused_at=now)


def _change(session: Session, *conditions: object, **values: object) -> bool:
    changed = session.execute(
        update(Channel)
        .where(Channel.name == EMAIL, *conditions)  # type: ignore[arg-type]
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    return changed.rowcount == 1
