"""Sheets for pen and paper: filled with what the case knows, printed and kept nowhere.

Their numbers and signatures are written by hand; a scan comes back as an attachment of the case.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from kimweb.cases import facts
from kimweb.cases.models import Case
from kimweb.documents import contents, kinds

BLANK_LIST = "daftar_hadir_kosong"
SHEETS = {
    "nota_dinas": "Nota dinas pengantar",
    BLANK_LIST: "Daftar hadir kosong",
    "daftar_hadir": "Daftar hadir terisi",
    "notulen": "Notulen",
    "berita_acara": "Berita acara pembentukan",
}
_DOTS = "." * 40
_CHAIR = {"name": "", "nip": "", "rank": "", "position": "Ketua KIM terpilih"}


def content(
    session: Session, case: Case, sheet: str, *, phones: bool
) -> tuple[str, dict[str, Any]]:
    """Return the kind of a sheet and its content; what nobody knows yet is dots to write on.

    `phones`: whether who prints may see the telephone numbers of those who came.
    """
    key = "daftar_hadir" if sheet == BLANK_LIST else sheet
    kind = kinds.kind(key)
    known = facts.of_report(session, case)
    # Printed before the day, a sheet names the day and place that are planned.
    known["held_on"] = known["held_on"] or known["planned_on"]
    known["chair"] = known.get("chair") or [_CHAIR]
    fields = kinds.filled(kind, known)
    fields |= {gap.name: _DOTS for gap in kinds.missing(kind, fields) if gap.type == "line"}
    if key == "daftar_hadir":
        present = [] if sheet == BLANK_LIST else known["attendees"]
        fields["peserta"] = [[*who, phone if phones else ""] for *who, phone in present]
    return key, contents.by_hand(session, key, fields)
