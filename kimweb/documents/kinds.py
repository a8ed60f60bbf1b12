"""The kinds of naskah dinas, declared as data in config/naskah.yaml."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from config.settings import ROOT
from kimweb.documents import fields, office
from kimweb.documents.fields import BLANK, Field, FieldError
from kimweb.documents.office import Office
from kimweb.sop.reading import Entry, FileError, open_file
from kimweb.sop.steps import LANES

FILE = ROOT / "config" / "naskah.yaml"
SHAPES = ("korespondensi", "judul", "lembar")
_LISTS = ("options", "columns", "default")
_FIELD = ("required", "help", "fill", *_LISTS)


class KindsError(FileError):
    """The declared kinds were refused; `problems` says everything that must be mended."""


class FormError(Exception):
    """Typed text that does not fit: one Indonesian sentence per field name, all of them at once."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("\n".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class Kind:
    """A kind of naskah: its shape, its number book (None: no number), who signs, what it asks.

    `parafs` are the lanes of the printed grid, highest first; `letter` says that it can be chosen
    among the letters of step 3; `addressed` that it goes to recipients.
    """

    key: str
    title: str
    shape: str
    book: str | None
    signer: str
    parafs: tuple[str, ...]
    addressed: bool
    letter: bool
    fields: tuple[Field, ...]


@cache
def all_kinds() -> Mapping[str, Kind]:
    """Return every kind by its key; KindsError when the declaration is not sound."""
    return {kind.key: kind for kind in load(FILE, office.current())}


def kind(key: str) -> Kind:
    """Return one kind; KeyError when there is none of this key."""
    return all_kinds()[key]


def letters() -> tuple[Kind, ...]:
    """Return the kinds that can be chosen as letters (step 3), in the declared order."""
    return tuple(kind for kind in all_kinds().values() if kind.letter)


def missing(kind: Kind, values: Mapping[str, Any]) -> list[Field]:
    """Return the required fields that are empty, and every field where dots wait for a fact."""
    return [
        field
        for field in kind.fields
        if fields.is_open(values.get(field.name)) and (field.required or values.get(field.name))
    ]


def parse(kind: Kind, form: Mapping[str, str]) -> dict[str, Any]:
    """Turn a posted form into values for every field; raises FormError naming all wrong ones.

    The caller still holds `form`, so nothing typed is lost.
    """
    values, errors = read(kind, form)
    if errors:
        raise FormError(errors)
    return values


def read(kind: Kind, form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of the fields that can be read, and a sentence for each that cannot."""
    values, errors = {}, {}
    for field in kind.fields:
        try:
            values[field.name] = fields.parse(field, form.get(field.name, ""))
        except FieldError as wrong:
            errors[field.name] = str(wrong)
    return values, errors


def text(kind: Kind, values: Mapping[str, Any]) -> dict[str, str]:
    """Return values as editable form text; `parse` turns it back into the same values."""
    return {field.name: fields.text(field, values.get(field.name)) for field in kind.fields}


def filled(kind: Kind, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first draft: facts of the case and the office in the default texts.

    A fact that is not known yet leaves dots, which `missing` reports.
    """
    known = office.current().facts | dict(facts)
    return {field.name: _first_value(field, known) for field in kind.fields}


def _first_value(field: Field, known: Mapping[str, Any]) -> Any:
    if known.get(field.fill):
        return _as_value(field, known[field.fill])
    written = [line for default in field.default for line in _told(default, known)]
    return fields.parse(field, "\n".join(written))


def _as_value(field: Field, fact: Any) -> Any:
    """Bring a fact into the shape of the field: days as ISO text, prose as paragraphs."""
    if isinstance(fact, dt.date | dt.time):
        return fact.isoformat()
    return fields.parse(field, fact) if isinstance(fact, str) else list(fact)


def _told(default: str, known: Mapping[str, Any]) -> Iterable[str]:
    """Put the facts into one default line; a line that is one list fact becomes its items."""
    whole = known.get(default[1:-1]) if default[:1] + default[-1:] == "{}" else None
    if isinstance(whole, list | tuple):
        return [str(item) for item in whole]
    return [default.format_map({name: known.get(name) or BLANK for name in office.braces(default)})]


def load(path: Path, house: Office) -> list[Kind]:
    """Read the declared kinds; raises KindsError with every mistake, its file and line."""
    root = open_file(path, "daftar naskah", KindsError)
    top = root.fields(("facts", "kinds"))
    facts = {*top["facts"].texts(), *house.facts}
    found = [_kind(entry, house, facts) for entry in top["kinds"].items("jenis naskah")]
    root.refuse_if_wrong(KindsError)
    return found


def _kind(entry: Entry, house: Office, facts: set[str]) -> Kind:
    parts = entry.fields(
        ("key", "title", "shape", "signer", "fields"), ("book", "parafs", "addressed", "letter")
    )
    key, book = parts["key"].text(), parts["book"]
    if not book.is_empty and key not in house.patterns:
        book.refuse(f"Pola nomor untuk “{key}” belum ada di office.yaml. Tambahkan pada patterns.")
    return Kind(
        key=key,
        title=parts["title"].text(),
        shape=parts["shape"].word(SHAPES),
        book=None if book.is_empty else book.word(tuple(house.books)),
        signer=parts["signer"].word(LANES),
        parafs=tuple(lane.word(LANES) for lane in parts["parafs"].items()),
        addressed=_flag(parts["addressed"]),
        letter=_flag(parts["letter"]),
        fields=tuple(_field(item, house, facts) for item in parts["fields"].items("isian")),
    )


def _field(entry: Entry, house: Office, facts: set[str]) -> Field:
    parts = entry.fields(("name", "label", "type"), _FIELD)
    field = Field(
        name=parts["name"].text(),
        label=parts["label"].text(),
        type=parts["type"].word(fields.TYPES),
        required=_flag(parts["required"]),
        help=_optional(parts["help"]),
        fill=_optional(parts["fill"]),
        default=tuple(line.text() for line in _lines(parts["default"])),
        columns=tuple(line.text() for line in _lines(parts["columns"])),
        options=_options(parts["options"], house),
    )
    if field.fill and field.fill not in facts:
        parts["fill"].refuse(f"Keterangan “{field.fill}” tidak ada dalam daftar facts.")
    for line in _lines(parts["default"]):
        if unknown := office.braces(line.text()) - facts:
            line.refuse(f"Keterangan {', '.join(sorted(unknown))} tidak ada dalam daftar facts.")
    if (field.type == "table") != bool(field.columns):
        entry.refuse("Isian jenis table memerlukan columns, jenis lain tidak memakainya.")
    if field.type == "choice" and not field.options:
        entry.refuse("Isian jenis choice memerlukan options.")
    return field


def _options(entry: Entry, house: Office) -> tuple[tuple[str, str], ...]:
    """Read a list of words, or the name of a list that the office keeps in office.yaml."""
    kept = {
        "sifat": [(name, name) for name in house.sifat],
        "derajat": [(name, name) for name in house.derajat],
        "units": [(name, name) for name in house.units],
        "classifications": [(c.code, f"{c.code} {c.name}") for c in house.classifications],
    }
    if entry.is_empty:
        return ()
    if isinstance(entry.node, yaml.SequenceNode):
        return tuple((word, word) for word in entry.texts())
    return tuple(kept.get(entry.word(tuple(kept)), ()))


def _lines(entry: Entry) -> list[Entry]:
    """One written text or a list of them; nothing when not written."""
    if entry.is_empty:
        return []
    return entry.items() if isinstance(entry.node, yaml.SequenceNode) else [entry]


def _flag(entry: Entry) -> bool:
    return not entry.is_empty and entry.flag()


def _optional(entry: Entry) -> str:
    return "" if entry.is_empty else entry.text()
