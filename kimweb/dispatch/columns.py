"""The columns of the address book as a file: what offices write above and in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy.orm import Session

from kimweb.dispatch import recipients
from kimweb.dispatch.models import Recipient
from kimweb.dispatch.recipients import CHANNELS, KINDS, EntryError
from kimweb.documents import office, regions, sheets, tables
from kimweb.documents.regions import Region
from kimweb.documents.sheets import AreaError, Cells
from kimweb.documents.tables import Row

HEADINGS = {
    "kind": "Jenis",
    "name": "Nama",
    "title": "Jabatan",
    "district": "Kecamatan",
    "village": "Desa/Kelurahan",
    "place": "Tempat",
    "email": "Pos-el",
    "phone": "Telepon",
    "channel": "Cara kirim",
}
# Other words that offices write above these columns.
_ALIASES = sheets.AREA_ALIASES | {
    "jenispenerima": "kind",
    "kategori": "kind",
    "namalengkap": "name",
    "namapenerima": "name",
    "alamat": "place",
    "email": "email",
    "surel": "email",
    "alamatposel": "email",
    "alamatemail": "email",
    "nohp": "phone",
    "nomorhp": "phone",
    "hp": "phone",
    "notelepon": "phone",
    "nomortelepon": "phone",
    "saluran": "channel",
    "carapengiriman": "channel",
}
_CHANNEL_WORDS = {"email": "email", "posel": "email", "wa": "wa", "kurir": "caraka"}


def cells_of(rows: Sequence[Row]) -> list[tuple[int, Cells]]:
    """Return the rows below the headings by our names; TableError when headings are missing."""
    return sheets.cells_of(rows, HEADINGS, _ALIASES, ("kind", "name"))


def exported(session: Session) -> bytes:
    """Return the whole address book as CSV, in the columns that an import reads."""
    return tables.to_csv(
        list(HEADINGS.values()), map(_exported, recipients.standing(session)), delimiter=";"
    )


def example() -> bytes:
    """Return an XLSX to be filled in: the headings with their choices, and a sheet of examples."""
    kinds = list(KINDS.values())
    channels = [words.partition(" (")[0] for words in CHANNELS.values()]
    district = regions.districts()[0]
    village = regions.villages(district.code)[0]
    head = f"{village.head} {village.name}"
    return tables.to_xlsx(
        list(HEADINGS.values()),
        choices={"Jenis": kinds, "Cara kirim": channels},
        examples=[
            _example("Camat", f"Camat {district.name}", district.name, email="camat@contoh.go.id"),
            _example(_head_kind(village), head, district.name, village.name),
            _example("Narasumber", "Dosen", email="nama@contoh.go.id"),
        ],
    )


def form(cells: Cells) -> dict[str, str]:
    """Return a row as the form of the address book would send it; EntryError for its area."""
    email, phone = cells.get("email", ""), _phone(cells.get("phone", ""))
    return {
        "kind": sheets.choice(cells.get("kind", ""), KINDS, {}),
        "name": cells.get("name", ""),
        "title": cells.get("title", ""),
        "place": cells.get("place", ""),
        "region": _region(cells.get("district", ""), cells.get("village", "")),
        "email": email,
        "phone": phone,
        "channel": sheets.choice(cells.get("channel", ""), CHANNELS, _CHANNEL_WORDS)
        or ("email" if email else "caraka"),
    }


def _phone(typed: str) -> str:
    """Spreadsheets drop the nought at the beginning of 0812: it is put back."""
    return f"0{typed}" if re.fullmatch(r"8\d{7,12}", typed) else typed


def _region(district: str, village: str) -> str:
    """Return the code of the named area, empty when none is named; EntryError says which name."""
    try:
        return sheets.area(district, village)
    except AreaError as wrong:
        raise EntryError({"region": str(wrong)}) from wrong


def _exported(one: Recipient) -> Sequence[str]:
    area = regions.region(one.region) if one.region else None
    is_district = area is not None and area.kind == "Kecamatan"
    district = (
        regions.name(one.region[: one.region.rindex(".")]) if area and not is_district else ""
    )
    return (
        KINDS[one.kind],
        one.name,
        one.title,
        area.name if area and is_district else district,
        area.name if area and not is_district else "",
        one.place,
        one.email,
        one.phone,
        CHANNELS[one.channel].partition(" (")[0],
    )


def _example(
    kind: str, title: str, district: str = "", village: str = "", email: str = ""
) -> tuple[str, ...]:
    place = village or district or office.current().town
    channel = "Pos-el" if email else "Caraka"
    return (kind, "Nama, gelar", title, district, village, place, email, "", channel)


def _head_kind(village: Region) -> str:
    return KINDS["lurah" if village.kind == "Kelurahan" else "kepala_desa"]
