"""The closing sheet of an archive: what it holds, how long, and how the chain of evidence stood."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kimweb.audit.models import Checkpoint, Entry
from kimweb.cases import records
from kimweb.cases.models import Archive
from kimweb.documents import kinds, office, rendering
from kimweb.documents.fields import Field
from kimweb.documents.models import Document, Version
from kimweb.sop import shelf

# What of a case must be confirmed before its archive is made.
ENDINGS = ("case.closed", "case.addendum")
_SHEET = kinds.sheet(
    "lembar_penutup",
    "Lembar Penutup Arsip",
    Field("keterangan", "Keterangan", "table", columns=("Hal", "Isi")),
    Field("naskah", "Naskah", "table", columns=("Naskah", "Nomor", "Sidik SHA-256")),
    Field("titik", "Titik periksa", "table", columns=("Hal", "Isi")),
)


def checkpoint(session: Session, case_id: int) -> Checkpoint | None:
    """Return the first checkpoint that confirms the end of the case; None until it is made."""
    ends = select(func.max(Entry.seq)).where(Entry.case_id == case_id, Entry.action.in_(ENDINGS))
    last = session.scalar(ends)
    query = select(Checkpoint).where(Checkpoint.seq >= last).order_by(Checkpoint.seq).limit(1)
    return session.scalar(query) if last is not None else None


def sheet(
    filed: Archive, point: Checkpoint, papers: Sequence[tuple[Document, Version]], members: int
) -> bytes:
    """Return the closing sheet as PDF/A-2b; its QR carries the words of the checkpoint."""
    assert filed.case.closed_at is not None
    content: dict[str, Any] = {
        "fields": {
            "keterangan": [[label, words] for label, words in about(filed, members) if words],
            "naskah": [
                [paper.subject, paper.number or "", version.pdf_hash] for paper, version in papers
            ],
            "titik": _told(point),
        },
        "status": "signed_wet",
        "dated_on": shelf.local(filed.case.closed_at).date().isoformat(),
        "verify_url": point.words,
    }
    return rendering.pdf(_SHEET, content)


def about(filed: Archive, members: int) -> list[tuple[str, str]]:
    """Return what an archive says of itself: label and words."""
    case = filed.case
    kept = {one.code: one.name for one in office.current().classifications}
    unknown = "belum ditetapkan"
    return [
        ("Kegiatan", case.subject),
        ("SOP", shelf.sop(case.sop).identity.number),
        ("Dimulai", records.stamp(case.opened_at)),
        ("Selesai", records.stamp(case.closed_at)),
        (
            "Kode klasifikasi",
            f"{filed.classification} {kept.get(filed.classification, '')}".strip(),
        ),
        ("Retensi aktif", filed.active or unknown),
        ("Retensi inaktif", filed.inactive or unknown),
        ("Nasib akhir", filed.fate or unknown),
        ("Berkas kertas", filed.location),
        ("Catatan", filed.note),
        ("Banyaknya berkas", str(members)),
    ]


def _told(point: Checkpoint) -> list[list[str]]:
    words = json.loads(point.words)
    return [
        ["Nomor catatan terakhir", str(words["seq"])],
        ["Dibuat", records.stamp(datetime.fromisoformat(words["at"]))],
        ["Sidik jejak audit", words["hash"]],
        ["Kunci penanda", words["key"]],
    ]
