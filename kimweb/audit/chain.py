"""Writing the chain: what is noted during a transaction is linked to it just before its commit.

The head of the chain is locked last of all, so nobody waits for anybody's work, only for commits,
and no two transactions can wait for each other.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import event, insert, select, text
from sqlalchemy.orm import Session, SessionTransaction

from kimweb import clock, db
from kimweb.audit.models import Entry

BEGINNING = "0" * 64
BEGUN = "chain.begun"
# What an entry's hash covers; `salt` and `payload` are covered by the digest.
SEALED = (
    *("seq", "at", "actor", "capacity", "case_id", "stage_id"),
    *("action", "payload_digest", "prev"),
)
_NOTED, _BY = "audit_noted", "audit_by"
# Any number will do, as long as nothing else in this database locks it.
_LOCK = text("SELECT pg_advisory_xact_lock(172018)")
_LAST = select(Entry.seq, Entry.hash).order_by(Entry.seq.desc()).limit(1)
_LINK = insert(Entry)
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)


class _Note(NamedTuple):
    entry: dict[str, Any]
    savepoint: SessionTransaction | None


def note(
    session: Session,
    action: str,
    *,
    at: datetime | None = None,
    actor: int | None = None,
    capacity: str = "",
    case_id: int | None = None,
    stage_id: int | None = None,
    facts: dict[str, Any],
) -> None:
    """Let `action` be part of the chain, if and when the present transaction is committed.

    Who is not named is whoever the request came from (see `comes_from`).
    """
    by, ip = session.info.get(_BY, (None, ""))
    salt = secrets.token_hex(16)
    payload = canonical({**facts, "ip": ip} if ip else facts)
    moment = (at or clock.now()).astimezone(UTC).replace(tzinfo=None)
    entry = {
        "at": moment.isoformat(timespec="microseconds") + "Z",
        "actor": by if actor is None else actor,
        "capacity": capacity,
        "case_id": case_id,
        "stage_id": stage_id,
        "action": action,
        "payload_digest": digest(salt + payload),
        "salt": salt,
        "payload": payload,
    }
    noted = session.info.setdefault(_NOTED, [])
    noted.append(_Note(entry, session.get_nested_transaction()))


def comes_from(session: Session, person_id: int | None, ip: str) -> None:
    """Say who works in this session from now on, and from which address."""
    session.info[_BY] = (person_id, ip)


def erase(session: Session, seq: int) -> None:
    """Take out what entry `seq` says in detail; that it was there and when stays provable."""
    entry = session.get_one(Entry, seq)
    entry.salt = entry.payload = None
    note(session, "payload.erased", facts={"seq": seq})


def canonical(value: Any) -> str:
    """Return `value` as the one JSON text that everybody gets who writes it."""
    return _JSON.encode(value)


def digest(words: str) -> str:
    """Return the SHA-256 of `words` in UTF-8, in hex."""
    return hashlib.sha256(words.encode()).hexdigest()


@event.listens_for(db.session.session_factory, "before_commit")
def _link(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()  # what is flushed only now has its notes too
    noted: list[_Note] = session.info.pop(_NOTED, [])
    if not noted:
        return
    if session.get_bind().dialect.name == "postgresql":
        db.run(session, _LOCK)
    last = db.run(session, _LAST).first()
    entries = [item.entry for item in noted]
    if last is None:
        entries.insert(0, _begun(entries[0]["at"]))
    seq, prev = last or (0, BEGINNING)
    for entry in entries:
        seq += 1
        entry |= {"seq": seq, "prev": prev}
        prev = entry["hash"] = digest(canonical({name: entry[name] for name in SEALED}))
    session.connection().execute(_LINK, entries)


def _begun(at: str) -> dict[str, Any]:
    """The first entry: what it says is random, so no two offices have the same chain."""
    salt, payload = secrets.token_hex(16), canonical({"office": secrets.token_hex(16)})
    empty = dict.fromkeys(("actor", "case_id", "stage_id"))
    told = {"at": at, "capacity": "", "action": BEGUN, "salt": salt, "payload": payload}
    return {**empty, **told, "payload_digest": digest(salt + payload)}


@event.listens_for(db.session.session_factory, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    """What was rolled back did not happen; with a savepoint only what was noted within it."""
    noted: list[_Note] = session.info.get(_NOTED, [])
    session.info[_NOTED] = [n for n in noted if ended.nested and n.savepoint is not ended]
