"""When the parts of the program last showed that they live."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Executable, bindparam, select
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.deadlines.models import Heartbeat

# The auditor speaks every minute; half a minute more, and nobody minds the deadlines.
WATCH_PATIENCE = timedelta(seconds=90)
WATCH = ("sweep", "auditor")


def _beat(database: str) -> Executable:
    beat = db.INSERT[database](Heartbeat).values(part=bindparam("part"), at=bindparam("at"))
    said: Executable = beat.on_conflict_do_update(
        index_elements=[Heartbeat.part], set_={"at": beat.excluded.at}
    )
    return said


_BEATS = select(Heartbeat.part, Heartbeat.at)
_BEAT = {database: _beat(database) for database in db.INSERT}


def record(session: Session, part: str, now: datetime) -> None:
    """Note that `part` lives at `now`."""
    db.run(session, _BEAT[session.get_bind().dialect.name], part=part, at=now)


def last(session: Session) -> dict[str, datetime]:
    """Return the last sign of life of each part."""
    return {beat.part: beat.at for beat in db.run(session, _BEATS)}


def watch_age(session: Session, now: datetime) -> timedelta | None:
    """Return how long ago the deadlines were last minded; None in an office that never did."""
    beats = last(session)
    return max((now - beats[part] for part in WATCH if part in beats), default=None)
