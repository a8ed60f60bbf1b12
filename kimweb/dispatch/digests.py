"""Notices folded into one mail: once a day for who wants that, and when too many come at once.

A notice that waits to be folded is GATHERED, out of the workers' reach, and it is folded in one
transaction, so it is in the one mail or goes by itself: a double notice is harmless, a missed
one is not.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kimweb.dispatch import letters, outbox
from kimweb.dispatch.models import FOLDED, GATHERED, NOTICE, QUEUED, Message
from kimweb.people.models import DAILY, Person
from kimweb.sop import shelf

# So many notices in so short a time reach a person one by one; with the next they are folded.
MOST, WITHIN = 10, timedelta(minutes=1)
DIGEST_AT = time(7, 0)
# What can wait for the morning. Deadlines, escalations and vacancies never wait.
PATIENT = frozenset({"tugas_baru", "dikembalikan", "laporan_ke_kasi", "titik_periksa"})
DIGEST = "ringkasan"

log = logging.getLogger(__name__)


def waits_until(wish: str, letter: str, now: datetime) -> datetime | None:
    """Return when a notice of this kind is folded for a person with this wish; None: at once.

    On the morning of a day on which the office opens: nobody reads about work on a holiday.
    """
    if wish != DAILY or letter not in PATIENT:
        return None
    local = shelf.local(now)
    first = local.date() if local.time() < DIGEST_AT else local.date() + timedelta(days=1)
    opens = shelf.office_calendar().next_open(datetime.combine(first, time(), local.tzinfo))
    return datetime.combine(shelf.local(opens).date(), DIGEST_AT, local.tzinfo)


def fold(session: Session, now: datetime) -> int:
    """Gather what comes too fast and fold what has waited long enough; return how many mails."""
    _gather(session, now)
    due = select(Message.person_id).where(Message.state == GATHERED, Message.try_at <= now)
    people = session.scalars(due.distinct()).all()
    return sum(_fold_for(session, session.get_one(Person, number), now) for number in people)


def _gather(session: Session, now: datetime) -> None:
    """Take back what is queued for a person to whom more than MOST came WITHIN the last while."""
    waiting = (Message.policy == NOTICE, Message.state == QUEUED, Message.attempt == 0)
    queued = select(Message.person_id).where(*waiting, Message.letter != DIGEST).distinct()
    crowd = (
        select(Message.person_id)
        .where(
            Message.person_id.in_(queued),
            Message.dated_at > now - WITHIN,
            Message.letter != DIGEST,
            Message.state != FOLDED,
        )
        .group_by(Message.person_id)
        .having(func.count() > MOST)
    )
    for number in session.scalars(crowd).all():
        session.execute(
            update(Message)
            .where(*waiting, Message.person_id == number, Message.letter != DIGEST)
            .values(state=GATHERED, try_at=now + WITHIN)
            .execution_options(synchronize_session=False)
        )


def _fold_for(session: Session, person: Person, now: datetime) -> int:
    query = (
        select(Message)
        .where(Message.person_id == person.id, Message.state == GATHERED)
        .order_by(Message.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    gathered = session.scalars(query).all()
    if len(gathered) > 1:
        try:
            return _send_digest(session, person, gathered, now)
        except Exception:  # whatever is wrong with the digest, the notices themselves must go
            log.exception("the digest for person %s", person.id)
    for message in gathered:
        message.state, message.try_at = QUEUED, now
    session.flush()
    return len(gathered)


def _send_digest(
    session: Session, person: Person, gathered: Sequence[Message], now: datetime
) -> int:
    key = f"digest-{person.id}-{gathered[0].id}-{gathered[-1].id}"
    letter = letters.ringkasan(to_name=person.name, messages=gathered)
    outbox.queue(
        session,
        key=key,
        policy=NOTICE,
        letter=DIGEST,
        to=(person.name, gathered[-1].to_email),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        person_id=person.id,
        now=now,
    )
    for message in gathered:
        message.state, message.settled_at, message.reply = FOLDED, now, key
    session.flush()
    return 1
