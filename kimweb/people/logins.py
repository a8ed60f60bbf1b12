"""Logins: one row for each browser in which somebody is logged in.

The browser keeps a random token, the office its digest only: who reads a backup is not let in.
A login ends with the working day, after IDLE without any use, and at once when whoever it is of
leaves, is disabled, or gets another password or post (ASVS 7.3.1, 7.3.2, 7.4.1, 7.4.2).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, select, update
from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.people.models import Login, Person

WORKING_DAY = timedelta(hours=12)
IDLE = timedelta(hours=4)
# That it is in use is noted no more often than this.
SEEN_EVERY = timedelta(minutes=5)
KEPT = timedelta(days=30)
MOST_SHOWN = 20

# Bound by `given`: the one login that carries a token, as long as it holds.
HOLDS = and_(
    Login.token_hash == bindparam("token_hash"),
    Login.ended_at.is_(None),
    Login.opened_at > bindparam("opened_after"),
    Login.seen_at > bindparam("seen_after"),
)
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def begin(session: Session, person: Person, device: str, now: datetime) -> str:
    """Open a login of `person` in the browser that `device` describes; return its token."""
    token = secrets.token_urlsafe(32)
    row = Login(
        token_hash=_digest(token),
        person_id=person.id,
        device=device,
        opened_at=now,
        seen_at=now,
    )
    session.add(row)
    return token


def given(token: str, now: datetime) -> dict[str, Any]:
    """Return what HOLDS is bound to."""
    return {
        "token_hash": _digest(token),
        "opened_after": now - WORKING_DAY,
        "seen_after": now - IDLE,
    }


def holds(session: Session, token: str, now: datetime) -> bool:
    """Tell whether the login with this token still lets in."""
    return session.scalar(select(Login.id).where(HOLDS), given(token, now)) is not None


def of_person(session: Session, person: Person, now: datetime) -> Sequence[Login]:
    """Return the logins that let `person` in now, the one used last on top, MOST_SHOWN at most."""
    query = select(Login).where(
        Login.person_id == person.id,
        Login.ended_at.is_(None),
        Login.opened_at > now - WORKING_DAY,
        Login.seen_at > now - IDLE,
    )
    return session.scalars(query.order_by(Login.seen_at.desc(), Login.id).limit(MOST_SHOWN)).all()


def is_due(login: Login, now: datetime) -> bool:
    """Tell whether it is time to note again that the login is in use."""
    return now - login.seen_at >= SEEN_EVERY


def see(session: Session, login_id: int, now: datetime) -> None:
    """Note that a login is in use."""
    session.execute(update(Login).where(Login.id == login_id).values(seen_at=now))


def end(session: Session, login_id: int, now: datetime) -> None:
    """End one login."""
    session.execute(
        update(Login).where(Login.id == login_id, Login.ended_at.is_(None)).values(ended_at=now)
    )


def end_all(session: Session, person: Person, besides: int | None = None) -> None:
    """End every login of `person`, but for the one numbered `besides`."""
    others = update(Login).where(Login.person_id == person.id, Login.ended_at.is_(None))
    if besides is not None:
        others = others.where(Login.id != besides)
    session.execute(others.values(ended_at=clock.now()))


def end_everybodys(session: Session, now: datetime) -> None:
    """End all logins there are: in a restored office those of long ago would come back."""
    session.execute(update(Login).where(Login.ended_at.is_(None)).values(ended_at=now))


def tidy(session: Session, now: datetime) -> int:
    """Remove logins that were opened more than KEPT ago; return how many."""
    old = delete(Login).where(Login.opened_at < now - KEPT)
    return len(session.execute(old.returning(Login.id)).all())


def in_words(user_agent: str) -> str:
    """Return browser and system as somebody knows them: "Chrome di Windows"."""
    browser = _named(_BROWSERS, user_agent, r"\b{}[A-Za-z]*/\d") or "Peramban"
    system = _named(_SYSTEMS, user_agent, r"\b{}\b")
    return f"{browser} di {system}" if system else browser


def _named(words: Sequence[tuple[str, str]], text: str, pattern: str) -> str:
    found = (name for mark, name in words if re.search(pattern.format(re.escape(mark)), text))
    return next(found, "")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
