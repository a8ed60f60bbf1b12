"""Attempts to log in: each wrong one makes the next wait longer, and nobody is locked out.

An attempt is counted before the password is looked at, so guesses sent at once count too. What
strangers do to an account slows strangers only: a device on which its owner has logged in before
is counted by itself (OWASP Authentication Cheat Sheet, device cookies; ASVS 6.3.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.people.models import Attempt

# So long after the last wrong attempt it is forgotten.
FORGOTTEN = timedelta(hours=1)
LONGEST = timedelta(minutes=15)


class Source(NamedTuple):
    """Where attempts come from or go to, and how many wrong ones are free of any wait.

    A login that succeeds forgives what was wrong before, but not to a network address: an
    attacker's own account must not wipe his traces away.
    """

    key: str
    free: int
    forgives: bool = True


def account(username: str) -> Source:
    """The account as strangers try it, whether or not there is one of this name."""
    return Source(f"account:{username.strip().lower()}", free=5)


def device(token: str) -> Source:
    """A device on which the account's owner has logged in before."""
    return Source(f"device:{token}", free=5)


def code(person_id: int) -> Source:
    """The second factor of somebody whose password was right."""
    return Source(f"code:{person_id}", free=5)


def address(ip: str) -> Source:
    """A network address; a whole office may stand behind one."""
    return Source(f"address:{ip}", free=30, forgives=False)


def begin(session: Session, sources: Sequence[Source], now: datetime) -> timedelta:
    """Count an attempt and return zero; or count none and return how long it still has to wait."""
    keys = {_digest(source.key): source for source in sources}
    insert = db.INSERT[session.get_bind().dialect.name](Attempt).on_conflict_do_nothing()
    session.execute(insert, [{"key": key, "failures": 0, "last_at": now} for key in sorted(keys)])
    query = select(Attempt).where(Attempt.key.in_(keys)).order_by(Attempt.key)
    # Locked: of guesses that are sent at once each sees the one before it.
    found = session.scalars(query.with_for_update()).all()
    if wait := max(_wait(attempt, keys[attempt.key].free, now) for attempt in found):
        return wait
    for attempt in found:
        is_old = now - attempt.last_at >= FORGOTTEN
        attempt.failures = 1 if is_old else attempt.failures + 1
        attempt.last_at = now
    return timedelta()


def succeeded(session: Session, sources: Sequence[Source]) -> None:
    """Take back what `begin` counted: whoever came in has not guessed."""
    for source in sources:
        its_own = Attempt.key == _digest(source.key)
        if source.forgives:
            session.execute(delete(Attempt).where(its_own))
        else:
            session.execute(update(Attempt).where(its_own).values(failures=Attempt.failures - 1))


def tidy(session: Session, now: datetime) -> int:
    """Remove what is forgotten anyway; return how many."""
    old = delete(Attempt).where(Attempt.last_at < now - FORGOTTEN)
    return len(session.execute(old.returning(Attempt.key)).all())


def _wait(attempt: Attempt, free: int, now: datetime) -> timedelta:
    """From the first wrong attempt beyond the free ones: 1, 2, 4 ... seconds, LONGEST at most."""
    beyond = attempt.failures - free
    if beyond < 0 or now - attempt.last_at >= FORGOTTEN:
        return timedelta()
    wait = min(timedelta(seconds=2 ** min(beyond, 20)), LONGEST)
    return max(attempt.last_at + wait - now, timedelta())


def _digest(key: str) -> str:
    """Names that strangers type, and addresses, are nobody's to read in a backup."""
    return hashlib.sha256(key.encode()).hexdigest()
