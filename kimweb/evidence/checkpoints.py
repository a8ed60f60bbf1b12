"""Checkpoints: how long the chain was and how it ended, signed, filed and mailed.

Whoever can change the database can also write the chain anew. What lies in other hands, in the
mailboxes of Kadis and the administrators, he cannot.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from config.settings import Settings
from kimweb import bell
from kimweb.audit import verify
from kimweb.audit.models import Checkpoint, Entry
from kimweb.cases import closing
from kimweb.dispatch import letters, staff
from kimweb.documents import signatures
from kimweb.documents.signing import witness
from kimweb.people import roster
from kimweb.people.models import Person
from kimweb.sop import shelf

FOLDER = "checkpoints"
DISPATCH = "tasks.dispatch.drain"


def make_if_due(session: Session, now: datetime) -> Checkpoint | None:
    """Make a checkpoint on every day with something new, and whenever a case was closed."""
    last = session.scalar(select(Checkpoint).order_by(Checkpoint.seq.desc()).limit(1))
    newest = session.scalar(select(func.max(Entry.seq)))
    if newest is None or (last and last.seq >= newest):
        return None
    if last and _day(last.at) == shelf.local(now).date() and not _closed_since(session, last.seq):
        return None
    return make(session, newest, now)


def make(session: Session, seq: int, now: datetime) -> Checkpoint:
    """Sign how the chain stands at entry `seq`, and mail it to Kadis and the administrators."""
    folder = signatures.folder()
    words = {
        "at": now.isoformat(timespec="seconds"),
        "chain": session.get_one(Entry, 1).hash,
        "hash": session.get_one(Entry, seq).hash,
        "key": witness.public_key(folder),
        "seq": seq,
    }
    signature = witness.sign(folder, verify.canonical(words).encode())
    told = verify.canonical(words | {"signature": signature})
    point = Checkpoint(seq=seq, at=words["at"], words=told)
    session.add(point)
    for person in _audience(session, now):
        letter = letters.titik_periksa(to_name=person.name, seq=seq, at=now, words=told)
        key = f"checkpoint-{seq}-{person.id}"
        staff.tell(session, key, "titik_periksa", letter, person, now)
    bell.after_commit(session, tasks=[DISPATCH])
    return point


def last_at(session: Session) -> datetime | None:
    """Return when the last checkpoint was made; None before the first."""
    at = session.scalar(select(Checkpoint.at).order_by(Checkpoint.seq.desc()).limit(1))
    return datetime.fromisoformat(at) if at else None


def file_all(session: Session) -> int:
    """Write into the data folder the checkpoints that are not there yet; return how many."""
    office: Settings = current_app.config["OFFICE"]
    folder = office.data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    there = {file.name for file in folder.glob("*.json")}
    points = session.execute(select(Checkpoint.seq, Checkpoint.words)).all()
    missing = [(f"{seq:09}.json", words) for seq, words in points]
    missing = [(name, words) for name, words in missing if name not in there]
    for name, words in missing:
        _write(folder / name, words)
    return len(missing)


def _day(at: str) -> date:
    return shelf.local(datetime.fromisoformat(at)).date()


def _closed_since(session: Session, seq: int) -> bool:
    closed = exists().where(Entry.seq > seq, Entry.action.in_(closing.ENDINGS)).select()
    return bool(session.scalar(closed))


def _audience(session: Session, now: datetime) -> list[Person]:
    """Who heads the office, and the administrators: whoever of them has an address."""
    head = roster.holders(session, shelf.sop().first.lane, shelf.local(now).date())
    told = {person.id: person for person in (*head, *roster.administrators(session))}
    return [person for person in told.values() if person.email]


def _write(file: Path, words: str) -> None:
    """Appear whole or not at all, and last through a power cut."""
    new = file.with_suffix(".new")
    with new.open("w", encoding="utf-8") as writer:
        writer.write(words + "\n")
        writer.flush()
        os.fsync(writer.fileno())
    new.replace(file)
