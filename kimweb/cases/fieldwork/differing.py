"""Two texts for one field of the fieldwork, from two devices: both wait until somebody chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.cases.models import Case, FieldRival
from kimweb.people.models import Person

NOTES, GROUP = "notes", "group"
LABELS = {
    "held_on": "Tanggal kegiatan",
    "place": "Tempat",
    "minutes": "Notulen",
    "decisions": "Keputusan",
    "group_name": "Nama kelompok",
    "village": "Desa/kelurahan",
    "address": "Alamat sekretariat",
    "formed_on": "Tanggal dibentuk",
    "officers": "Pengurus",
    "members_male": "Anggota laki-laki",
    "members_female": "Anggota perempuan",
    "potential": "Potensi",
    "media": "Media",
}


def of(session: Session, case: Case) -> Sequence[FieldRival]:
    """Return the texts that wait for a choice, oldest first."""
    waiting = select(FieldRival).where(FieldRival.case_id == case.id).order_by(FieldRival.id)
    return session.scalars(waiting).all()


def get(session: Session, case: Case, rival_id: int) -> FieldRival | None:
    """Return one text that waits, None when it was chosen or dropped before."""
    rival = session.get(FieldRival, rival_id)
    return rival if rival is not None and rival.case_id == case.id else None


def keep(session: Session, case: Case, by: Person, part: str, texts: Mapping[str, str]) -> None:
    """Let `texts` wait for a choice; a newer text of the same person replaces the older one."""
    older = delete(FieldRival).where(
        FieldRival.case_id == case.id,
        FieldRival.person_id == by.id,
        FieldRival.part == part,
        FieldRival.field.in_(texts),
    )
    session.execute(older)
    session.add_all(
        FieldRival(
            case_id=case.id, part=part, field=field, text=text, person_id=by.id, at=clock.now()
        )
        for field, text in texts.items()
    )
    session.flush()


def gaps(session: Session, case: Case) -> list[str]:
    """Return a sentence for each field that has two texts."""
    return [
        f"Ada dua tulisan pada {LABELS[rival.field]}. Pilih yang dipakai."
        for rival in of(session, case)
    ]
