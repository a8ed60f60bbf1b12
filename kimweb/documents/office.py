"""The office as it appears on its letters: config/office.yaml, strictly loaded.

Nothing about one office stands in the program; another office writes another file.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from config.settings import ROOT
from kimweb.documents.dates import roman
from kimweb.sop.reading import Entry, FileError, Problem, open_file
from kimweb.sop.steps import LANES

FILE = ROOT / "config" / "office.yaml"
PAPERS = ("A4", "F4")
NUMBER_TOKENS = frozenset(
    {"sifat_kode", "klasifikasi", "urut", "unit", "bulan_romawi", "bulan2", "tahun"}
)
_IDENTITY = (
    "government",
    "regency",
    "region_code",
    "name",
    "short_name",
    "town",
    "address",
    "phone",
    "postal_code",
    "site",
    "email",
)
_PARTS = (
    "identity",
    "letterhead",
    "page",
    "lanes",
    "units",
    "numbering",
    "sifat",
    "derajat",
    "copies",
    "notes",
    "kim",
    "classification",
)
_MARGINS = ("top", "bottom", "left", "right")
_NOTES = ("electronic", "test", "unsigned", "concept")
# What becomes of an archive once it need not be kept any more; empty until it is settled.
FATES = ("Musnah", "Permanen", "Dinilai kembali")
_CSV_COLUMNS = ("kode", "uraian", "retensi_aktif", "retensi_inaktif", "nasib_akhir", "keamanan")


_house: Office | None = None


class OfficeError(FileError):
    """The office's settings were refused; `problems` says everything that must be mended."""


@dataclass(frozen=True)
class Line:
    """One line of the letterhead; `size` in points."""

    text: str
    size: float
    bold: bool


@dataclass(frozen=True)
class Page:
    """The sheet a letter is set on; `size` of the body in points, margins in centimetres."""

    paper: str
    font: str
    size: float
    top: float
    bottom: float
    left: float
    right: float


@dataclass(frozen=True)
class Lane:
    """An executor's names: `title` on screen and in the paraf grid, `position` when signing."""

    title: str
    position: str


@dataclass(frozen=True)
class Classification:
    """One archive code (Permendagri 83/2022); retention and security stay empty until known."""

    code: str
    name: str
    active: str
    inactive: str
    fate: str
    security: str


@dataclass(frozen=True)
class Office:
    """Everything that distinguishes one office's letters from another's."""

    government: str
    regency: str
    region_code: str
    name: str
    short_name: str
    town: str
    address: str
    phone: str
    postal_code: str
    site: str
    email: str
    emblem: Path | None
    letterhead: tuple[Line, ...]
    page: Page
    lanes: Mapping[str, Lane]
    units: tuple[str, ...]
    unit_code: str
    digits: int
    books: Mapping[str, str]
    patterns: Mapping[str, str]
    sifat: Mapping[str, str]
    derajat: tuple[str, ...]
    copies: tuple[str, ...]
    notes: Mapping[str, str]
    # What a KIM is called in full, and how many percent of the kecamatan shall have one.
    kim_term: str
    kim_target: int
    classifications: tuple[Classification, ...]

    def lane_title(self, lane: str) -> str:
        """Return what an executor is called on screen: "Kepala Bidang"."""
        return self.lanes[lane].title

    def position(self, lane: str) -> str:
        """Return what stands above an executor's signature."""
        return self.lanes[lane].position

    def number(
        self, kind: str, n: int, on: dt.date, fields: Mapping[str, Any], suffix: str = ""
    ) -> str:
        """Return the letter's number: the pattern of `kind` with `n` and the date put in.

        `suffix` follows a number that was put in between (".a"). `fields` may carry `sifat` (its
        code is used) and `klasifikasi`. A kind without a pattern raises KeyError: kinds.load
        refuses such a kind before anybody can use it.
        """
        return self.patterns[kind].format(
            sifat_kode=self.sifat.get(
                str(fields.get("sifat") or ""), next(iter(self.sifat.values()))
            ),
            klasifikasi=fields.get("klasifikasi") or "",
            urut=self.counted(n, suffix),
            unit=self.unit_code,
            bulan_romawi=roman(on.month),
            bulan2=f"{on.month:02}",
            tahun=on.year,
        )

    def counted(self, n: int, suffix: str = "") -> str:
        """Return a bare count as numbers carry it: "012", "012.a"."""
        return f"{str(n).zfill(self.digits)}{suffix}"

    @property
    def facts(self) -> dict[str, Any]:
        """The names that default texts may use in braces, whatever the case."""
        return {
            "government": self.government,
            "regency": self.regency,
            "office": self.name,
            "short_name": self.short_name,
            "town": self.town,
            "kim_term": self.kim_term,
            "copies": list(self.copies),
            **{f"{lane}_title": names.title for lane, names in self.lanes.items()},
            **{f"{lane}_position": names.position for lane, names in self.lanes.items()},
        }


def current() -> Office:
    """Return the office of this installation; OfficeError when its file is not sound."""
    return _house or _installed()


def use(house: Office | None) -> None:
    """Write letters as `house` from now on; None goes back to the installed office."""
    global _house
    _house = house


@cache
def _installed() -> Office:
    return load(FILE)


def load(path: Path) -> Office:
    """Read the office's settings; raises OfficeError with every mistake, its file and line."""
    root = open_file(path, "pengaturan kantor", OfficeError)
    parts = root.fields(_PARTS)
    identity: dict[str, Any] = {
        key: entry.text() for key, entry in parts["identity"].fields(_IDENTITY).items()
    }
    head = parts["letterhead"].fields(("lines",), ("emblem",))
    numbering = parts["numbering"].fields(("unit", "digits", "books", "patterns"))
    kim = parts["kim"].fields(("term", "target"))
    office = Office(
        **identity,
        emblem=_emblem(head["emblem"], path.parent),
        letterhead=tuple(_line(entry, identity) for entry in head["lines"].items("baris kop")),
        page=_page(parts["page"]),
        lanes=_lanes(parts["lanes"]),
        units=parts["units"].texts(),
        unit_code=numbering["unit"].text(),
        digits=numbering["digits"].number(),
        books=_texts_by_key(numbering["books"]),
        patterns=_patterns(numbering["patterns"]),
        sifat=_sifat(parts["sifat"]),
        derajat=parts["derajat"].texts(),
        copies=parts["copies"].texts(),
        notes=MappingProxyType({k: e.text() for k, e in parts["notes"].fields(_NOTES).items()}),
        kim_term=kim["term"].text(),
        kim_target=kim["target"].number(),
        classifications=_classifications(parts["classification"], path.parent),
    )
    root.refuse_if_wrong(OfficeError)
    return office


def braces(text: str) -> set[str]:
    """Return the names in braces of a text; ValueError when the braces do not pair up."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _emblem(entry: Entry, folder: Path) -> Path | None:
    if entry.is_empty:
        return None
    file = folder / entry.text()
    if file.suffix.lower() not in (".svg", ".png") or not file.is_file():
        entry.refuse("Lambang harus berupa berkas SVG atau PNG yang ada di map config.")
    return file


def _line(entry: Entry, identity: Mapping[str, str]) -> Line:
    parts = entry.fields(("text", "size", "bold"))
    text = parts["text"].text()
    if _names_only(parts["text"], text, frozenset(identity)):
        text = text.format(**identity)
    return Line(text, _measure(parts["size"]), parts["bold"].flag())


def _page(entry: Entry) -> Page:
    parts = entry.fields(("paper", "font", "size", *_MARGINS))
    margins = {name: _measure(parts[name]) for name in _MARGINS}
    return Page(
        parts["paper"].word(PAPERS), parts["font"].text(), _measure(parts["size"]), **margins
    )


def _lanes(entry: Entry) -> Mapping[str, Lane]:
    found = {}
    for lane, names in entry.fields(LANES).items():
        parts = names.fields(("title", "position"))
        found[lane] = Lane(parts["title"].text(), parts["position"].text())
    return MappingProxyType(found)


def _texts_by_key(entry: Entry) -> Mapping[str, str]:
    """Read a mapping whose keys the office chooses itself."""
    return MappingProxyType({key: value.text() for key, value in _own_keys(entry).items()})


def _patterns(entry: Entry) -> Mapping[str, str]:
    found = {}
    for key, value in _own_keys(entry).items():
        found[key] = value.text()
        if _names_only(value, found[key], NUMBER_TOKENS) and "urut" not in braces(found[key]):
            value.refuse("Pola nomor harus memuat {urut}, agar tidak ada dua nomor yang sama.")
    return MappingProxyType(found)


def _own_keys(entry: Entry) -> dict[str, Entry]:
    pairs = getattr(entry.node, "value", [])
    keys = [str(pair[0].value) for pair in pairs if isinstance(pair, tuple)]
    return entry.fields(tuple(dict.fromkeys(keys)))


def _names_only(entry: Entry, text: str, known: frozenset[str]) -> bool:
    """Tell whether every name in braces is known; refuse the others with the line."""
    try:
        unknown = braces(text) - known
    except ValueError:
        entry.refuse("Tanda kurung kurawal tidak berpasangan. Periksa { dan }.")
        return False
    if unknown:
        wrong = ", ".join(f"{{{name}}}" for name in sorted(unknown))
        right = " ".join(f"{{{name}}}" for name in sorted(known))
        entry.refuse(f"Penanda {wrong} tidak dikenal. Yang dikenal: {right}.")
    return not unknown


def _sifat(entry: Entry) -> Mapping[str, str]:
    rows = [item.fields(("name", "code")) for item in entry.items("sifat")]
    if not rows:
        entry.refuse("Sifat naskah harus berisi paling sedikit satu butir.")
    return MappingProxyType({row["name"].text(): row["code"].text() for row in rows})


def _measure(entry: Entry) -> float:
    match = entry.matching(r"\d{1,2}([.,]\d{1,2})?", "2.5")
    return float(match[0].replace(",", ".")) if match else 0.0


def _classifications(entry: Entry, folder: Path) -> tuple[Classification, ...]:
    file = folder / entry.text()
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines)
            header = tuple(next(reader, ()))
            rows = [(reader.line_num, row) for row in reader if row]
    except (OSError, UnicodeError, csv.Error):
        entry.refuse(f"Berkas kode klasifikasi {file.name} tidak dapat dibaca. Simpan sebagai CSV.")
        return ()
    if header != _CSV_COLUMNS:
        entry.problems.append(
            Problem(str(file), 1, f"Judul kolom harus: {','.join(_CSV_COLUMNS)}.")
        )
        return ()
    for line, row in rows:
        if len(row) != len(_CSV_COLUMNS) or not re.fullmatch(r"\d+(\.\d+)*", row[0]) or not row[1]:
            reason = (
                "Baris harus berisi kode seperti 500.12, uraian, dan empat kolom yang boleh kosong."
            )
            entry.problems.append(Problem(str(file), line, reason))
        elif row[4] not in ("", *FATES):
            reason = f"Nasib akhir harus salah satu dari {', '.join(FATES)}, atau kosong."
            entry.problems.append(Problem(str(file), line, reason))
    return tuple(Classification(*row) for _, row in rows if len(row) == len(_CSV_COLUMNS))
