"""Work rows: claim, lease, retry. A row with work to do is the truth; whoever claims it does it.

A claim is one conditional UPDATE. It raises the attempt before the work begins, so work that
kills its worker is counted and ends in quarantine instead of coming back for ever. Whoever
finishes must still own the lease: a worker that woke up too late changes nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Index, String, Text, and_, func, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

QUEUED = "queued"
RUNNING = "running"
DONE = "done"
QUARANTINED = "quarantined"
ATTEMPTS = 3


class Work:
    """Columns of a row that is itself a piece of work for a Celery task."""

    state: Mapped[str] = mapped_column(String(16), default=QUEUED)
    attempt: Mapped[int] = mapped_column(default=0)
    try_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    owner: Mapped[str | None] = mapped_column(String(32))
    error: Mapped[str | None] = mapped_column(Text)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        name = cls.__tablename__  # type: ignore[attr-defined]
        waiting = text("state IN ('queued', 'running')")
        return (
            Index(
                f"ix_{name}_due",
                "try_at",
                sqlite_where=waiting,
                postgresql_where=waiting,
            ),
        )


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row held by one worker: `owner` is the proof that must still stand at the end."""

    row: type[Any]
    id: int
    owner: str
    attempt: int


def claim(session: Session, row: type[Any], now: datetime, lease: timedelta) -> Claimed | None:
    """Claim the next due row of `row` for `lease`; None when nothing is due.

    A row whose lease ran out is due again as long as it has attempts left; see `abandon`.
    """
    due = or_(
        and_(row.state == QUEUED, row.try_at <= now),
        and_(row.state == RUNNING, row.lease_until <= now, row.attempt < ATTEMPTS),
    )
    candidate = (
        select(row.id).where(due).order_by(row.try_at).limit(1).with_for_update(skip_locked=True)
    )
    row_id = session.scalar(candidate)
    if row_id is None:
        return None
    owner = secrets.token_hex(16)
    attempt = session.scalar(
        update(row)
        .where(row.id == row_id, due)
        .values(state=RUNNING, attempt=row.attempt + 1, owner=owner, lease_until=now + lease)
        .returning(row.attempt)
        .execution_options(synchronize_session=False)
    )
    return Claimed(row, row_id, owner, attempt) if attempt is not None else None


def finish(session: Session, claimed: Claimed, **values: Any) -> bool:
    """Mark the work done if it is still held; False when somebody else took it over."""
    return _settle(session, claimed, state=DONE, error=None, **values)


def fail(session: Session, claimed: Claimed, error: str, try_at: datetime) -> bool:
    """Put the work back for `try_at`, or into quarantine when its attempts are used up."""
    state = QUARANTINED if claimed.attempt >= ATTEMPTS else QUEUED
    return _settle(session, claimed, state=state, error=error, try_at=try_at)


def abandon(session: Session, row: type[Any], now: datetime) -> int:
    """Quarantine the rows of `row` whose last attempt died with its worker; return how many."""
    result = session.execute(
        update(row)
        .where(row.state == RUNNING, row.lease_until <= now, row.attempt >= ATTEMPTS)
        .values(state=QUARANTINED, owner=None, lease_until=None, error="pekerja mati saat bekerja")
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount


def retry(session: Session, row: type[Any], now: datetime) -> int:
    """Queue what was quarantined anew, with all its attempts; return how many rows."""
    result = session.execute(
        update(row)
        .where(row.state == QUARANTINED)
        .values(state=QUEUED, attempt=0, try_at=now, owner=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount


def waiting(session: Session, row: type[Any]) -> int:
    """Count the rows of `row` that are not finished yet."""
    count = select(func.count()).where(row.state.in_((QUEUED, RUNNING)))
    return session.scalar(count) or 0


def _settle(session: Session, claimed: Claimed, **values: Any) -> bool:
    row = claimed.row
    result = session.execute(
        update(row)
        .where(row.id == claimed.id, row.owner == claimed.owner, row.state == RUNNING)
        .values(owner=None, lease_until=None, **values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1
