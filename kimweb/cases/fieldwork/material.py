"""Step 13: what the report is made of; most of it gathers itself from step 12."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from kimweb.cases import attachments
from kimweb.cases.fieldwork.activity import activity_of, attendance, twins, write
from kimweb.cases.models import Activity, Case
from kimweb.groups.entry import Entry

MATERIAL_FIELDS = {
    "costs": "Biaya",
    "obstacles": "Kendala",
    "suggestions": "Saran",
}


def save_material(
    session: Session, case: Case, typed: Mapping[str, str], edit: int
) -> dict[str, str]:
    """Write down costs, obstacles and suggestions; what is unfinished is saved too.

    Returns a sentence per field that was not understood, and then saves nothing. Raises
    EditedElsewhere when somebody else saved since `edit`.
    """
    entry = Entry(typed)
    values = {name: entry.paragraphs(name, label) for name, label in MATERIAL_FIELDS.items()}
    return entry.problems or write(session, case, values, edit)


def material_gaps(session: Session, case: Case) -> list[str]:
    """Return what the report still lacks (SOP step 13)."""
    activity = activity_of(session, case) or Activity()
    photos = attachments.of_case(session, case.id, attachments.PHOTO)
    gaps = []
    if not attendance(session, case).total:
        gaps.append("Daftar hadir masih kosong.")
    if twins(session, case):
        gaps.append("Ada nama yang mungkin tercatat dua kali. Putuskan pada lembar kertas.")
    if not photos:
        gaps.append("Belum ada foto kegiatan.")
    for name, label in MATERIAL_FIELDS.items():
        if not getattr(activity, name):
            gaps.append(f'{label} belum diisi. Tulis "tidak ada" bila memang tidak ada.')
    return gaps


def material_warnings(session: Session, case: Case) -> list[str]:
    """Return what would make the report better; nothing that blocks."""
    photos = attachments.of_case(session, case.id, attachments.PHOTO)
    bare = sum(not photo.caption for photo in photos)
    return [f"{bare} foto belum diberi keterangan."] if bare else []
