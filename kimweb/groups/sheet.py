"""The register as a sheet: what an import reads, and what an export hands to the province."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.documents import regions, sheets, tables
from kimweb.documents.sheets import AreaError, Cells
from kimweb.documents.tables import Row
from kimweb.groups import register
from kimweb.groups.coverage import Coverage
from kimweb.groups.entry import Entry
from kimweb.groups.models import FORMED, STATES, Group, Officer

NEW, CHANGED, SAME, WRONG = "new", "changed", "same", "wrong"
OUTCOMES = {NEW: "Baru", CHANGED: "Diperbarui", SAME: "Tidak berubah", WRONG: "Perlu diperbaiki"}
HEADINGS = {
    "name": "Nama KIM",
    "district": "Kecamatan",
    "village": "Desa/Kelurahan",
    "address": "Alamat",
    "formed_on": "Tanggal dibentuk",
    "state": "Status",
    "chair": "Ketua",
    "members_male": "Anggota L",
    "members_female": "Anggota P",
    "potential": "Potensi",
    "media": "Media",
}
_ALIASES = sheets.AREA_ALIASES | {
    "nama": "name",
    "namakelompok": "name",
    "namakim": "name",
    "kim": "name",
    "tanggalpembentukan": "formed_on",
    "tanggal": "formed_on",
    "namaketua": "chair",
    "lakilaki": "members_male",
    "perempuan": "members_female",
}
_STATES = {state: state for state in STATES}
_LATER = (
    *("name", "address", "formed_on", "members_male", "members_female"),
    *("potential", "media"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: what was typed, and what it is; `sentence` only when it is WRONG."""

    row: int
    cells: Cells
    outcome: str
    values: Mapping[str, object]
    own: Group | None = None
    sentence: str = ""


def cells_of(rows: Sequence[Row]) -> list[tuple[int, Cells]]:
    """Return the rows below the headings by our names; TableError when headings are missing."""
    return sheets.cells_of(rows, HEADINGS, _ALIASES, ("name", "village"))


def examine(session: Session, rows: Iterable[tuple[int, Cells]]) -> list[Line]:
    """Judge every row against the rules of the register, the register itself, and each other.

    A group of the same name in the same desa/kelurahan is changed, not doubled.
    """
    known = {_identity(g.name, g.village): g for g in session.scalars(select(Group))}
    seen: dict[tuple[str, str], int] = {}
    lines = []
    for n, cells in rows:
        values, problems = _read(cells)
        identity = _identity(str(values["name"]), str(values["village"]))
        if not problems and identity in seen:
            problems = [f"sama dengan baris {seen[identity]}. Hapus salah satunya."]
        if problems:
            sentence = f"Baris {n}: {' '.join(problems)}"
            lines.append(Line(n, cells, WRONG, values, sentence=sentence))
            continue
        seen[identity] = n
        own = known.get(identity)
        lines.append(Line(n, cells, _outcome(own, values), values, own))
    return lines


def write(session: Session, lines: Iterable[Line]) -> int:
    """Write the rows that are new or changed; return how many were written."""
    written = 0
    for line in lines:
        if line.outcome not in (NEW, CHANGED):
            continue
        group = line.own or Group(facts={}, edit=0, registered_at=clock.now(), officers=[])
        names = _LATER if line.own else [name for name in line.values if name != "chair"]
        told = {k: line.values[k] for k in names if line.own is None or line.values[k]}
        for name, value in told.items():
            setattr(group, name, value)
        chair = str(line.values["chair"])
        if chair and chair != register.chair_of(group):
            others = [one for one in group.officers if one.role != register.CHAIR]
            group.officers = [_chair(chair), *others]
        group.edit += 1
        session.add(group)
        written += 1
    session.flush()
    return written


def example() -> bytes:
    """Return an XLSX to be filled in: the headings with their choices, and a sheet of examples."""
    district = regions.districts()[0]
    village = regions.villages(district.code)[0].name
    row = ("KIM Contoh", district.name, village, "Balai Desa", "12-03-2024", "aktif")
    return tables.to_xlsx(
        list(HEADINGS.values()),
        choices={"Status": STATES},
        examples=[(*row, "Nama ketua", "6", "7", "Tambak udang", "Papan pengumuman")],
    )


def listed(groups: Iterable[Group]) -> list[tuple[str, ...]]:
    """Return the groups as rows of HEADINGS; telephone numbers never leave with them."""
    return [
        (
            group.name,
            regions.name(group.district),
            regions.name(group.village),
            group.address,
            f"{group.formed_on:%d-%m-%Y}" if group.formed_on else "",
            group.state,
            register.chair_of(group),
            str(group.members_male),
            str(group.members_female),
            group.potential,
            group.media,
        )
        for group in groups
    ]


def for_the_province(year: int, found: Coverage) -> list[tuple[object, ...]]:
    """Return the rows of the province's table: the kabupaten, then each kecamatan."""
    head = (
        year,
        "Seluruhnya",
        found.groups,
        found.districts,
        found.groups_percent,
        found.districts_covered,
        found.villages_covered,
    )
    rows = [
        (year, row.name, row.groups, 1, row.groups * 100, int(row.active > 0), row.villages_covered)
        for row in found.rows
    ]
    return [head, *rows]


PROVINCE = (
    "Tahun",
    "Kecamatan",
    "Jumlah KIM",
    "Jumlah Kecamatan",
    "Persentase Cakupan KIM (%)",
    "Kecamatan dengan KIM berjalan",
    "Desa/Kelurahan dengan KIM berjalan",
)


def _read(cells: Cells) -> tuple[dict[str, object], list[str]]:
    entry = Entry(cells)
    state = sheets.choice(cells.get("state", ""), _STATES, {}) or FORMED
    if state not in STATES:
        entry.refuse("state", f"Status harus salah satu dari {', '.join(STATES)}.")
    village = ""
    try:
        village = sheets.area(cells.get("district", ""), cells.get("village", ""))
    except AreaError as wrong:
        entry.refuse("village", str(wrong))
    else:
        if len(village) <= len(regions.districts()[0].code):
            entry.refuse("village", "Isi nama desa atau kelurahannya.")
    values: dict[str, object] = {
        "name": entry.line("name", "Nama KIM"),
        "village": village,
        "district": village.rpartition(".")[0],
        "address": entry.paragraphs("address", "Alamat", 1_000),
        "formed_on": entry.day("formed_on", "Tanggal dibentuk"),
        "state": state,
        "chair": entry.line("chair", "Ketua"),
        "members_male": entry.count("members_male", "Anggota L", 500),
        "members_female": entry.count("members_female", "Anggota P", 500),
        "potential": entry.paragraphs("potential", "Potensi", 2_000),
        "media": entry.paragraphs("media", "Media", 2_000),
    }
    if len(str(values["name"])) < register.MIN_NAME_LENGTH:
        entry.refuse("name", "Isi nama KIM.")
    return values, [*entry.problems.values()]


def _outcome(own: Group | None, values: Mapping[str, object]) -> str:
    if own is None:
        return NEW
    # An empty cell says nothing; what the register knows stays. The state has its own history.
    news = any(values[name] and getattr(own, name) != values[name] for name in _LATER)
    chair = values["chair"]
    return CHANGED if news or (chair and chair != register.chair_of(own)) else SAME


def _identity(name: str, village: str) -> tuple[str, str]:
    return " ".join(name.casefold().split()), village


def _chair(name: str) -> Officer:
    return Officer(position=1, role=register.CHAIR, name=name)
