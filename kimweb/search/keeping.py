"""Keeping the entries true: what a transaction changes is found anew from its commit on.

The database's triggers note each change (search_due), whatever way it was made; just before the
commit the entries follow, so nothing that was written down can be missed by a search.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, event, insert, or_, select
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.search import composing
from kimweb.search.models import KINDS, Due, Entry, Word

AT_ONCE = 500
# Asked before every commit: bare, for hardly ever is there anything.
_DUE = "SELECT id, kind, thing FROM search_due ORDER BY id"
_SHOWN = ("case_id", "year", "title", "text", "words")


def keep(session: Session) -> int:
    """Bring every entry up to date whose thing was changed; return how many things that were."""
    due = session.connection().exec_driver_sql(_DUE).all()
    changed: defaultdict[str, set[int]] = defaultdict(set)
    for _, kind, thing in due:
        changed[kind].add(thing)
    words: set[str] = set()
    for kind in sorted(changed):
        for ids in _slices(sorted(changed[kind])):
            words |= _renew(session, kind, ids)
    _learn(session, words)
    for ids in _slices([row.id for row in due]):
        session.execute(delete(Due).where(Due.id.in_(ids)))
    return sum(map(len, changed.values()))


def rebuild(session: Session) -> int:
    """Make every entry anew; return how many things were looked at."""
    session.execute(delete(Due))
    session.execute(delete(Entry))
    session.execute(delete(Word))
    for kind in KINDS:
        for ids in _slices(composing.all_ids(session, kind)):
            session.execute(insert(Due), [{"kind": kind, "thing": thing} for thing in ids])
    return keep(session)


def _renew(session: Session, kind: str, ids: Sequence[int]) -> set[str]:
    """Make the entries of these things anew; return the plain words in them."""
    rows = list(composing.entries(session, kind, ids))
    gone = set(ids) - {row["thing"] for row in rows}
    if gone:
        session.execute(delete(Entry).where(Entry.kind == kind, Entry.thing.in_(gone)))
    if not rows:
        return set()
    added = db.INSERT[session.get_bind().dialect.name](Entry)
    fresh = {name: added.excluded[name] for name in _SHOWN}
    is_other = or_(*(getattr(Entry, name).is_distinct_from(fresh[name]) for name in _SHOWN))
    session.execute(
        added.on_conflict_do_update(index_elements=["kind", "thing"], set_=fresh, where=is_other),
        rows,
    )
    return {word for row in rows for word in row["words"].split() if word.isalnum()}


def _learn(session: Session, words: set[str]) -> None:
    """Add words never seen before: last and in order, so that no two writers block each other."""
    known: set[str] = set()
    for some in _slices(sorted(words)):
        known.update(session.scalars(select(Word.word).where(Word.word.in_(some))))
    if new := [{"word": word} for word in sorted(words - known)]:
        added = db.INSERT[session.get_bind().dialect.name](Word)
        session.execute(added.on_conflict_do_nothing(), new)


def _slices(every: Sequence[Any]) -> list[Sequence[Any]]:
    return [every[first : first + AT_ONCE] for first in range(0, len(every), AT_ONCE)]


# Before the chain is linked: its head is the last thing that a transaction may wait for.
@event.listens_for(db.session.session_factory, "before_commit", insert=True)
def _keep(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    keep(session)
