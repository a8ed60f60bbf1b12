"""The files of the office, looked at each night: whole, and wanted by some row.

A file is named by its hash, so a look tells whether it is still what was stored. What no row
names was left by a move that was refused after its upload, and goes after some days.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Session

from kimweb import bell, db
from kimweb.cases.models import Addendum, Archive, Attachment
from kimweb.dispatch import letters, staff
from kimweb.documents.models import Signature, Version
from kimweb.documents.store import Store, StoreError
from kimweb.groups.models import GroupRecord
from kimweb.people import roster
from kimweb.sop import shelf

# Every column that names a file which must be there.
WANTED = (
    Version.pdf_hash,
    Signature.scan_hash,
    Attachment.sha256,
    Attachment.thumbnail,
    Archive.bundle_hash,
    Addendum.sha256,
    GroupRecord.sha256,
)
# Whoever uploads has long finished by then, and a restored backup has its rows.
LEFT_ALONE = timedelta(days=7)
# After so long it is time again; an office that never closes is looked at in working hours too.
EVERY, AT_LATEST = timedelta(hours=20), timedelta(hours=48)
STAMP = "files-checked"
DISPATCH = "tasks.dispatch.drain"
_SHA = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: how many files, and the hashes that are damaged or missing."""

    files: int
    damaged: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return not (self.damaged or self.missing)


def is_due(data_dir: Path, now: datetime) -> bool:
    """Tell whether it is time to look: once a night, or when nights were missed."""
    try:
        last = datetime.fromisoformat((data_dir / STAMP).read_text())
    except (FileNotFoundError, ValueError):
        return True
    is_night = not shelf.office_calendar().is_open(now)
    return now - last >= (EVERY if is_night else AT_LATEST)


def note_look(data_dir: Path, now: datetime) -> None:
    """Write down when the files were looked at."""
    (data_dir / STAMP).write_text(now.isoformat())


def look(session: Session, store: Store) -> Found:
    """Read every stored file and compare it with its name; nothing is changed."""
    there = {file.name: file for file in _kept(store)}
    damaged = tuple(sha for sha in sorted(there) if not _is_whole(store, sha))
    wanted = {sha for column in WANTED for sha in session.scalars(select(column).distinct()) if sha}
    return Found(len(there), damaged, tuple(sorted(wanted - there.keys())))


def collect(session: Session, store: Store) -> int:
    """Remove the files that no row names and that have lain for some days; return how many."""
    # Files carry the machine's own time, whatever the office's clock says.
    before = time.time() - LEFT_ALONE.total_seconds()
    old = {file.name: file for file in _kept(store) if file.stat().st_mtime < before}
    unnamed = old.keys() - _named(session) if old else set()
    for sha in unnamed:
        old[sha].unlink(missing_ok=True)
    return len(unnamed)


def tell(session: Session, found: Found, now: datetime) -> None:
    """Tell the administrators which files are not sound, once a day."""
    day = shelf.local(now).date()
    for person in roster.administrators(session):
        if person.email:
            letter = letters.berkas_rusak(
                to_name=person.name, damaged=found.damaged, missing=found.missing
            )
            key = f"files-{day}-{person.id}"
            staff.tell(session, key, "berkas_rusak", letter, person, now)
    bell.after_commit(session, tasks=[DISPATCH])


def _kept(store: Store) -> Iterator[Path]:
    return (file for file in store.folder.glob("??/*") if _SHA.fullmatch(file.name))


def _is_whole(store: Store, sha: str) -> bool:
    try:
        store.read(sha)
    except (StoreError, OSError):
        return False
    return True


def _named(session: Session) -> set[str]:
    """Every hash that stands in any row: also those in lists and texts, and of tables to come."""
    named: set[str] = set()
    for table in db.Base.metadata.sorted_tables:
        # JSON too is kept as text, and may name files.
        columns = [c for c in table.columns if _may_name(c.type)]
        if columns:
            for row in session.execute(select(*columns)).yield_per(500):
                named.update(sha for cell in row if cell for sha in _SHA.findall(str(cell)))
    return named


def _may_name(kind: object) -> bool:
    if isinstance(kind, String) and not isinstance(kind, Text):
        return kind.length is not None and kind.length >= 64
    return isinstance(kind, Text) or type(kind).__name__ in ("JSON", "JSONB", "Variant")
