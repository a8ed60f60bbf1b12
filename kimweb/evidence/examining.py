"""Checking the chain within the office: each day, and whenever an administrator asks.

It says what `flask audit verify` says, and no more: whoever can change the database can change
this answer too. Proof are the checkpoints in other hands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.audit import verify
from kimweb.audit.models import Entry
from kimweb.audit.verify import Checked, Finding
from kimweb.documents import signatures
from kimweb.documents.signing import witness
from kimweb.evidence.models import Examination

ROWS_AT_ONCE = 1_000
MOST_FINDINGS = 50


def ask(session: Session, person_id: int | None, now: datetime) -> Examination:
    """Let the chain be examined; one that waits already serves everybody."""
    if waiting := pending(session):
        return waiting
    asked = Examination(asked_by=person_id, asked_at=now, findings=[])
    session.add(asked)
    session.flush()
    return asked


def pending(session: Session) -> Examination | None:
    """Return the examination that was asked for and has not ended."""
    return session.scalar(select(Examination).where(Examination.ended_at.is_(None)).limit(1))


def last(session: Session) -> Examination | None:
    """Return the last examination that has ended."""
    ended = select(Examination).where(Examination.ended_at.is_not(None))
    return session.scalar(ended.order_by(Examination.id.desc()).limit(1))


def settle(examination: Examination, checked: Checked, now: datetime) -> None:
    """Write down what an examination found."""
    examination.entries, examination.checkpoints = checked.entries, checked.checkpoints
    examination.findings = [finding.text for finding in checked.findings[:MOST_FINDINGS]]
    examination.ended_at = now


def check(session: Session, folder: Path, keys: Collection[str] = ()) -> Checked:
    """Check every entry, and the checkpoints in `folder`; `keys` are public keys of before."""
    own = witness.public_key(signatures.folder())
    return verify.check(entries(session), verify.read_checkpoints(folder), [own, *keys])


def examine(session: Session, folder: Path) -> Checked:
    """Check as `check` does; a checkpoint that cannot be read is a finding too."""
    try:
        return check(session, folder)
    except (OSError, ValueError, KeyError, TypeError) as failure:
        return Checked(0, 0, [Finding(0, f"Titik periksa tidak dapat dibaca: {failure}")])


def entries(session: Session) -> Iterator[dict[str, Any]]:
    """Yield the whole chain as the stand-alone verifier reads it."""
    columns = [getattr(Entry, name) for name in verify.COLUMNS]
    query = select(*columns).order_by(Entry.seq).execution_options(yield_per=ROWS_AT_ONCE)
    for row in session.execute(query):
        yield dict(zip(verify.COLUMNS, row, strict=True))
