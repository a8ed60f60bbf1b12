"""Step 17: how the finished case is filed, and the work row of its bundle.

The row is written while the step is open and waits as a draft; once the case is closed the
worker releases it, so nothing is bundled that can still change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kimweb import claims, clock
from kimweb.cases.models import Archive, Case
from kimweb.documents import drafts, office
from kimweb.documents.models import Document, Version
from kimweb.groups.entry import Entry

WAITING_FOR_CLOSE = "draft"
MOST_UNMADE = 10
RETENTION = {"active": "Retensi aktif", "inactive": "Retensi inaktif", "fate": "Nasib akhir"}


def of_case(session: Session, case_id: int) -> Archive | None:
    """Return how the case is filed, None as long as nobody wrote it down."""
    return session.scalar(select(Archive).where(Archive.case_id == case_id))


def order(session: Session, case: Case, typed: Mapping[str, str]) -> dict[str, str]:
    """Write down classification, the place of the paper and a note (SOP step 17).

    Returns a sentence per field that cannot be accepted, and then saves nothing.
    """
    entry = Entry(typed)
    classification = entry.line("classification", "Kode klasifikasi", 40)
    if classification and classification not in classifications():
        entry.refuse("classification", "Pilih kode klasifikasi dari daftar.")
    location = entry.line("location", "Tempat simpan berkas kertas")
    note = entry.paragraphs("note", "Catatan", 4_000)
    kept = {name: entry.line(name, label, 60) for name, label in RETENTION.items()}
    if kept["fate"] and kept["fate"] not in office.FATES:
        entry.refuse("fate", "Pilih nasib akhir dari daftar.")
    if entry.problems:
        return entry.problems
    archive = of_case(session, case.id)
    if archive is None:
        archive = Archive(case_id=case.id, state=WAITING_FOR_CLOSE, try_at=clock.now())
        session.add(archive)
    archive.classification, archive.location, archive.note = classification, location, note
    usual = retention(classification)
    for name, words in kept.items():
        setattr(archive, name, words or usual[name])
    session.flush()
    return {}


def gaps(session: Session, case: Case) -> list[str]:
    """Return what is still missing before the case can be filed and closed."""
    archive = of_case(session, case.id)
    missing = []
    if archive is None or not archive.classification:
        missing.append("Kode klasifikasi arsip belum dipilih.")
    if archive is None or not archive.location:
        missing.append("Tempat simpan berkas kertas belum diisi.")
    unmade = [paper.subject for paper, version in counting(session, case.id) if not _made(version)]
    return [*missing, *(f"{subject}: PDF belum selesai dibuat." for subject in unmade)]


def counting(session: Session, case_id: int) -> list[tuple[Document, Version | None]]:
    """Return the case's papers with the version that counts: the signed one, else the last."""
    papers: Sequence[Document] = drafts.of_case(session, case_id)
    return [
        (paper, session.get(Version, number) if number else None)
        for paper in papers
        for number in [paper.signed_version_id or paper.current_version_id]
    ]


def unmade(session: Session) -> list[tuple[Case, Archive]]:
    """Return the closed cases whose bundle is not made yet, those that failed first."""
    waiting = (WAITING_FOR_CLOSE, claims.QUEUED, claims.RUNNING, claims.QUARANTINED)
    query = (
        select(Case, Archive)
        .join(Archive, Archive.case_id == Case.id)
        .where(Case.closed_at.is_not(None), Archive.state.in_(waiting))
        .order_by(Archive.state != claims.QUARANTINED, Case.id)
        .limit(MOST_UNMADE)
    )
    return [(case, row) for case, row in session.execute(query)]


def release(session: Session) -> None:
    """Let the bundles of closed cases be made."""
    closed = select(Case.id).where(Case.closed_at.is_not(None))
    session.execute(
        update(Archive)
        .where(Archive.state == WAITING_FOR_CLOSE, Archive.case_id.in_(closed))
        .values(state=claims.QUEUED, try_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def retention(code: str) -> dict[str, str]:
    """Return how long the office keeps what has this code, as far as its schedule says so."""
    found = next((one for one in office.current().classifications if one.code == code), None)
    return {name: getattr(found, name) if found else "" for name in RETENTION}


def classifications() -> dict[str, str]:
    """Return the archive codes that may be chosen, with their names (Permendagri 83/2022)."""
    return {item.code: item.name for item in office.current().classifications}


def _made(version: Version | None) -> bool:
    return version is not None and version.pdf_hash is not None
