"""Sheets for pen and paper: filled with what the case knows, printed and kept nowhere.

Their numbers and signatures are written by hand; a scan comes back as an attachment of the case.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from kimweb.cases import facts, fieldwork
from kimweb.cases.models import Case
from kimweb.documents import contents, kinds

BLANK_LIST = "daftar_hadir_kosong"
SHEETS = {
    "nota_dinas": "Nota dinas pengantar",
    "lembar_keberangkatan": "Lembar keberangkatan tim",
    "surat_perintah_tugas": "Surat perintah tugas tim",
    "spd": "Surat perjalanan dinas",
    BLANK_LIST: "Daftar hadir kosong",
    "daftar_hadir": "Daftar hadir terisi",
    "notulen": "Notulen",
    "berita_acara": "Berita acara pembentukan",
}
_DOTS = "." * 40
# Once a team is chosen (step 11), these name it instead of who goes usually.
_OF_THE_TEAM = ("surat_perintah_tugas", "spd")
_CHAIR = {"name": "", "nip": "", "rank": "", "position": "Ketua KIM terpilih"}


def content(
    session: Session, case: Case, sheet: str, *, phones: bool, member: int = 0
) -> tuple[str, dict[str, Any]]:
    """Return the kind of a sheet and its content; what nobody knows yet is dots to write on.

    `phones`: whether who prints may see the telephone numbers of those who came. `member` is the
    position in the team of whom a travel letter is for; 0: of all, the leader as the traveller.
    """
    key = "daftar_hadir" if sheet == BLANK_LIST else sheet
    kind = kinds.kind(key)
    known = facts.of_report(session, case)
    # Printed before the day, a sheet names the day and place that are planned.
    known["held_on"] = known["held_on"] or known["planned_on"]
    if sheet in _OF_THE_TEAM and (team := fieldwork.travellers(session, case)):
        known["team"] = team[member - 1 : member] if 0 < member <= len(team) else team
        known["planned_on"] = known["leaves_on"] or known["planned_on"]
    known["chair"] = known.get("chair") or [_CHAIR]
    fields = kinds.filled(kind, known)
    fields |= {gap.name: _DOTS for gap in kinds.missing(kind, fields) if gap.type == "line"}
    if key == "daftar_hadir":
        present = [] if sheet == BLANK_LIST else known["attendees"]
        fields["peserta"] = [[*who, phone if phones else ""] for *who, phone in present]
    return key, contents.by_hand(session, key, fields)
