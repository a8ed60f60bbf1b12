"""What the administrators are told when mail cannot leave: once, and it stands in the log too."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.dispatch import letters, staff
from kimweb.dispatch.models import Message
from kimweb.people.models import Person

log = logging.getLogger(__name__)


def channel_paused(session: Session, reason: str, now: datetime) -> None:
    """Tell that the channel for mail rests, and why; the mail itself leaves when it works again."""
    log.error("mail is paused: %s", reason)
    for person in administrators(session):
        letter = letters.pengiriman_berhenti(to_name=person.name, reason=reason, now=now)
        key = f"paused-{now.isoformat()}-{person.id}"
        staff.tell(session, key, "pengiriman_berhenti", letter, person, now)


def altered(session: Session, message: Message, reason: str, now: datetime) -> None:
    """Tell that a letter was kept in the house because its file is not what was signed."""
    log.error("message %s is held: %s", message.id, reason)
    for person in administrators(session):
        letter = letters.surat_ditahan(to_name=person.name, message=message, reason=reason)
        key = f"altered-{message.id}-{message.attempt}-{person.id}"
        staff.tell(session, key, "surat_ditahan", letter, person, now)


def administrators(session: Session) -> list[Person]:
    """Return who looks after the program and can be reached by mail."""
    query = select(Person).where(Person.is_admin, Person.disabled_at.is_(None), Person.email != "")
    return list(session.scalars(query.order_by(Person.id)))
