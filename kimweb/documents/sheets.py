"""Reading filled-in sheets: columns by what offices write above them, areas by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from kimweb.documents import regions
from kimweb.documents.regions import Region
from kimweb.documents.tables import Row, TableError

Cells = Mapping[str, str]

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_AREA_WORDS = re.compile(r"^(kecamatan|kec\.?|desa|kelurahan|kel\.?)\s+", re.IGNORECASE)
# Other words that offices write above the columns of an area.
AREA_ALIASES = {
    "kec": "district",
    "desa": "village",
    "kelurahan": "village",
    "desakel": "village",
}


class AreaError(Exception):
    """An area cannot be found by its name; the message says which, and what may be meant."""


def plain(words: str) -> str:
    """Return `words` as they are compared: letters and digits alone."""
    return _NOT_LETTERS.sub("", words.casefold())


def cells_of(
    rows: Sequence[Row],
    headings: Mapping[str, str],
    aliases: Mapping[str, str],
    needed: Sequence[str],
) -> list[tuple[int, Cells]]:
    """Return the rows below the headings by our names; TableError when one of `needed` is not."""
    if not rows:
        raise TableError("Berkas ini tidak berisi baris. Isi dahulu menurut contohnya.")
    (_, head), *body = rows
    known = {plain(words): name for name, words in headings.items()} | dict(aliases)
    places = {known[plain(words)]: at for at, words in enumerate(head) if plain(words) in known}
    if missing := [headings[name] for name in needed if name not in places]:
        raise TableError(
            f"Kolom {' dan '.join(missing)} tidak ditemukan pada baris pertama. "
            "Pakai judul kolom seperti pada berkas contoh."
        )
    if not body:
        raise TableError("Di bawah judul kolom belum ada satu baris pun. Isi dahulu barisnya.")
    return [
        (n, {name: row[at] if at < len(row) else "" for name, at in places.items()})
        for n, row in body
    ]


def choice(typed: str, choices: Mapping[str, str], others: Mapping[str, str]) -> str:
    """Return the key that is meant by its words or their beginning; what fits nothing stays."""
    words = plain(typed)
    for key, label in choices.items():
        if words and words in (plain(key), plain(label), plain(label.partition("(")[0])):
            return key
    return others.get(words, typed)


def area(district: str, village: str) -> str:
    """Return the code of the named area, empty when none is named; AreaError says which name."""
    inside = _named(district, regions.districts(), "Kecamatan") if district else None
    if not village:
        return inside.code if inside else ""
    around = [inside] if inside else regions.districts()
    return _named(village, [v for d in around for v in regions.villages(d.code)], "Desa").code


def _named(typed: str, areas: Sequence[Region], what: str) -> Region:
    name = plain(_AREA_WORDS.sub("", typed.strip()))
    found = [one for one in areas if typed == one.code or plain(one.name) == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise AreaError(f"Ada beberapa {typed}. Isi juga kecamatannya.")
    names = {plain(one.name): one.title for one in areas}
    close = [names[key] for key in get_close_matches(name, names, n=1)]
    meant = f" Mungkin maksudnya {close[0]}?" if close else ""
    raise AreaError(f"{what} “{typed}” tidak ada dalam daftar wilayah.{meant}")
