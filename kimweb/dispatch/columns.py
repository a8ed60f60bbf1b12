"""The columns of the address book as a file: what offices write above and in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from sqlalchemy.orm import Session

from kimweb.dispatch import recipients
from kimweb.dispatch.models import Recipient
from kimweb.dispatch.recipients import CHANNELS, KINDS, EntryError
from kimweb.documents import office, regions, tables
from kimweb.documents.regions import Region
from kimweb.documents.tables import Row, TableError

Cells = Mapping[str, str]

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
_ALIASES = {
    "jenispenerima": "kind",
    "kategori": "kind",
    "namalengkap": "name",
    "namapenerima": "name",
    "kec": "district",
    "desa": "village",
    "kelurahan": "village",
    "desakel": "village",
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
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_AREA_WORDS = re.compile(r"^(kecamatan|kec\.?|desa|kelurahan|kel\.?)\s+", re.IGNORECASE)


def cells_of(rows: Sequence[Row]) -> list[tuple[int, Cells]]:
    """Return the rows below the headings by our names; TableError when headings are missing."""
    if not rows:
        raise TableError("Berkas ini tidak berisi baris. Isi dahulu menurut contohnya.")
    (_, head), *body = rows
    known = {_plain(words): name for name, words in HEADINGS.items()} | _ALIASES
    places = {known[_plain(words)]: at for at, words in enumerate(head) if _plain(words) in known}
    if missing := [HEADINGS[name] for name in ("kind", "name") if name not in places]:
        raise TableError(
            f"Kolom {' dan '.join(missing)} tidak ditemukan pada baris pertama. "
            "Pakai judul kolom seperti pada berkas contoh."
        )
    if not body:
        raise TableError("Di bawah judul kolom belum ada satu baris pun. Isi dahulu penerimanya.")
    return [
        (n, {name: row[at] if at < len(row) else "" for name, at in places.items()})
        for n, row in body
    ]


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
        "kind": _choice(cells.get("kind", ""), KINDS, {}),
        "name": cells.get("name", ""),
        "title": cells.get("title", ""),
        "place": cells.get("place", ""),
        "region": _region(cells.get("district", ""), cells.get("village", "")),
        "email": email,
        "phone": phone,
        "channel": _choice(cells.get("channel", ""), CHANNELS, _CHANNEL_WORDS)
        or ("email" if email else "caraka"),
    }


def _choice(typed: str, choices: Mapping[str, str], others: Mapping[str, str]) -> str:
    """Return the key that is meant by its words or their beginning; what fits nothing stays."""
    plain = _plain(typed)
    for key, words in choices.items():
        if plain and plain in (_plain(key), _plain(words), _plain(words.partition("(")[0])):
            return key
    return others.get(plain, typed)


def _phone(typed: str) -> str:
    """Spreadsheets drop the nought at the beginning of 0812: it is put back."""
    return f"0{typed}" if re.fullmatch(r"8\d{7,12}", typed) else typed


def _region(district: str, village: str) -> str:
    """Return the code of the named area, empty when none is named; EntryError says which name."""
    inside = _named(district, regions.districts(), "Kecamatan") if district else None
    if not village:
        return inside.code if inside else ""
    around = [inside] if inside else regions.districts()
    return _named(village, [v for d in around for v in regions.villages(d.code)], "Desa").code


def _named(typed: str, areas: Sequence[Region], what: str) -> Region:
    name = _plain(_AREA_WORDS.sub("", typed.strip()))
    found = [area for area in areas if typed == area.code or _plain(area.name) == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise EntryError({"region": f"Ada beberapa {typed}. Isi juga kecamatannya."})
    names = {_plain(area.name): area.title for area in areas}
    close = [names[key] for key in get_close_matches(name, names, n=1)]
    meant = f" Mungkin maksudnya {close[0]}?" if close else ""
    raise EntryError({"region": f"{what} “{typed}” tidak ada dalam daftar wilayah.{meant}"})


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


def _plain(words: str) -> str:
    return _NOT_LETTERS.sub("", words.casefold())


def _example(
    kind: str, title: str, district: str = "", village: str = "", email: str = ""
) -> tuple[str, ...]:
    place = village or district or office.current().town
    channel = "Pos-el" if email else "Caraka"
    return (kind, "Nama, gelar", title, district, village, place, email, "", channel)


def _head_kind(village: Region) -> str:
    return KINDS["lurah" if village.kind == "Kelurahan" else "kepala_desa"]
