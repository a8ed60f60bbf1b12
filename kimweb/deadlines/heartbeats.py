"""When the parts of the program last showed that they live."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kimweb.deadlines.models import Heartbeat

# The auditor speaks every minute; half a minute more, and nobody minds the deadlines.
WATCH_PATIENCE = timedelta(seconds=90)
WATCH = ("sweep", "auditor")


def record(session: Session, part: str, now: datetime) -> None:
    """Note that `part` lives at `now`."""
    beat = update(Heartbeat).where(Heartbeat.part == part).values(at=now)
    done = session.execute(beat)
    assert isinstance(done, CursorResult)
    if not done.rowcount:
        # Somebody else may record the very first sign of life in this moment.
        with suppress(IntegrityError), session.begin_nested():
            session.execute(insert(Heartbeat).values(part=part, at=now))


def last(session: Session) -> dict[str, datetime]:
    """Return the last sign of life of each part."""
    return {beat.part: beat.at for beat in session.scalars(select(Heartbeat))}


def watch_age(session: Session, now: datetime) -> timedelta | None:
    """Return how long ago the deadlines were last minded; None in an office that never did."""
    beats = last(session)
    return max((now - beats[part] for part in WATCH if part in beats), default=None)
