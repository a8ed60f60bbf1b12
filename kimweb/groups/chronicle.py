"""What is recorded of a group year by year: its work by ADINDA, coaching visits, decrees.

ADINDA are the six tasks of a KIM: Akses, Diskusi, Implementasi, Networking, Diseminasi, Aspirasi.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.groups.entry import Entry
from kimweb.groups.models import Group, GroupRecord

WORK, VISIT, DECREE = "kegiatan", "pembinaan", "keputusan"
KINDS = {WORK: "Kegiatan kelompok", VISIT: "Kunjungan pembinaan", DECREE: "Surat keputusan"}
ADINDA = ("Akses", "Diskusi", "Implementasi", "Networking", "Diseminasi", "Aspirasi")
# Who confirms a group; the province asks for a decree of the highest.
LEVELS = ("Bupati", "Kepala Dinas", "Camat", "Kepala Desa/Lurah")
TOPICS = {WORK: ADINDA, VISIT: (), DECREE: LEVELS}


@dataclass(frozen=True, slots=True)
class File:
    """A file that was checked and is kept in the store."""

    sha256: str
    name: str
    media_type: str


def of_group(session: Session, group: Group) -> Sequence[GroupRecord]:
    """Return everything recorded of a group, newest day first."""
    query = select(GroupRecord).where(GroupRecord.group_id == group.id)
    return session.scalars(query.order_by(GroupRecord.on.desc(), GroupRecord.id.desc())).all()


def add(
    session: Session, group: Group, typed: Mapping[str, str], file: File | None, by: int
) -> dict[str, str]:
    """Record what happened; return a sentence per field that cannot be accepted."""
    entry = Entry(typed)
    kind = typed.get("kind", "")
    if kind not in KINDS:
        entry.refuse("kind", "Pilih apa yang dicatat.")
    topic = entry.line("topic", "Pokok", 20)
    wanted = TOPICS.get(kind, ())
    if wanted and topic not in wanted:
        entry.refuse("topic", f"Pilih salah satu: {', '.join(wanted)}.")
    text, on = entry.paragraphs("text", "Uraian", 2_000), entry.day("on", "Tanggal")
    if not text:
        what = "nomor dan perihal keputusannya" if kind == DECREE else "apa yang dikerjakan"
        entry.refuse("text", f"Tulis {what}.")
    if on is None:
        entry.refuse("on", "Isi tanggalnya, seperti 12-03-2026.")
    if entry.problems or on is None:
        return entry.problems
    session.add(
        GroupRecord(
            group_id=group.id,
            kind=kind,
            on=on,
            topic=topic if wanted else "",
            text=text,
            sha256=file.sha256 if file else None,
            name=file.name if file else "",
            media_type=file.media_type if file else "",
            by=by,
            at=clock.now(),
        )
    )
    session.flush()
    return {}


def by_year(records: Sequence[GroupRecord]) -> dict[int, Counter[str]]:
    """Return, newest year first, how often a group did what of ADINDA, and how often it was seen.

    Visits are counted under the word of their kind.
    """
    years: dict[int, Counter[str]] = {}
    for one in records:
        if one.kind != DECREE:
            years.setdefault(one.on.year, Counter())[one.topic or KINDS[VISIT]] += 1
    return dict(sorted(years.items(), reverse=True))


def confirmed_by(records: Sequence[GroupRecord]) -> str:
    """Return the highest level whose decree is recorded, empty when there is none."""
    levels = {one.topic for one in records if one.kind == DECREE}
    return next((level for level in LEVELS if level in levels), "")
