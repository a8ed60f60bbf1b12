"""The kinds of naskah dinas, declared as data in config/naskah.yaml."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import ROOT
from kimweb import db
from kimweb.documents import fields, office
from kimweb.documents.fields import BLANK, Field, FieldError
from kimweb.documents.models import OwnKind
from kimweb.documents.office import Office
from kimweb.sop.reading import Entry, FileError, open_file
from kimweb.sop.steps import LANES, MAX_PARAFS

FILE = ROOT / "config" / "naskah.yaml"
SHAPES = ("korespondensi", "judul", "lembar")
# Kinds that the office put together itself live in the database.
OWN, FIXED = "own-", "fixed"
DRAFT, READY, RETIRED = "draft", "ready", "retired"
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
    # Of a kind that the office put together itself: what it prints, in order, and the declared
    # kind whose numbers it carries.
    parts: tuple[Mapping[str, str], ...] = ()
    numbered_as: str = ""

    @property
    def template(self) -> str:
        """The file of templates/naskah that sets it."""
        return f"{f'own_{self.shape}' if self.parts else self.key}.typ"

    @property
    def pattern(self) -> str:
        """The key under which office.yaml keeps the pattern of its numbers."""
        return self.numbered_as or self.key


def sheet(key: str, title: str, *fields: Field, signer: str = "staf") -> Kind:
    """Return a sheet that the program fills by itself: it has no number and no parafs."""
    return Kind(
        key=key,
        title=title,
        shape="lembar",
        book=None,
        signer=signer,
        parafs=(),
        addressed=False,
        letter=False,
        fields=fields,
    )


class Declared(NamedTuple):
    """What naskah.yaml says: the kinds, the fields that every letter of a shape has, the facts."""

    kinds: Mapping[str, Kind]
    bases: Mapping[str, tuple[Field, ...]]
    facts: frozenset[str]


@cache
def declared() -> Declared:
    """Return what naskah.yaml declares; KindsError when it is not sound."""
    return load(FILE, office.current())


def all_kinds() -> Mapping[str, Kind]:
    """Return every declared kind by its key."""
    return declared().kinds


def kind(key: str) -> Kind:
    """Return one kind, declared or the office's own; KeyError when there is none of this key."""
    if key.startswith(OWN):
        row = db.session.get(OwnKind, int(key.removeprefix(OWN)))
        if row is None:
            raise KeyError(key)
        return own(row)
    return all_kinds()[key]


def own(row: OwnKind) -> Kind:
    """Return a kind that the office put together, with the head that its shape has."""
    model = all_kinds()[row.numbered_as]
    made = [_own_part(n, part) for n, part in enumerate(row.parts, start=1)]
    return Kind(
        key=f"{OWN}{row.id}",
        title=row.title,
        shape=row.shape,
        book=model.book,
        signer=model.signer,
        parafs=model.parafs,
        addressed=row.shape == SHAPES[0],
        letter=True,
        fields=(*declared().bases[row.shape], *(field for _, field in made if field)),
        parts=tuple(part for part, _ in made),
        numbered_as=row.numbered_as,
    )


def _own_part(n: int, part: Mapping[str, Any]) -> tuple[dict[str, str], Field | None]:
    """Return what the template prints, and the field that asks for it (None: a fixed text)."""
    if part["type"] == FIXED:
        return {"type": FIXED, "text": part["text"]}, None
    field = Field(
        name=f"isian_{n}",
        label=part["label"],
        type=part["type"],
        required=bool(part["required"]),
        default=tuple(str(part["text"]).splitlines()),
        columns=tuple(part["columns"]),
    )
    return {"type": field.type, "name": field.name, "label": field.label}, field


def choosable(session: Session) -> tuple[Kind, ...]:
    """Return the kinds that can be chosen as letters: the declared ones, then the office's own."""
    ready = select(OwnKind).where(OwnKind.state == READY).order_by(OwnKind.title)
    return (*letters(), *(own(row) for row in session.scalars(ready)))


def letters() -> tuple[Kind, ...]:
    """Return the declared kinds that can be chosen as letters (step 3), in their order."""
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


def load(path: Path, house: Office) -> Declared:
    """Read the declared kinds; raises KindsError with every mistake, its file and line."""
    root = open_file(path, "daftar naskah", KindsError)
    top = root.fields(("facts", "kinds", "bases"))
    facts = {*top["facts"].texts(), *house.facts}
    found = [_kind(entry, house, facts) for entry in top["kinds"].items("jenis naskah")]
    bases = {
        shape: tuple(_field(item, house, facts) for item in entry.items("isian"))
        for shape, entry in top["bases"].fields(SHAPES[:2]).items()
    }
    root.refuse_if_wrong(KindsError)
    return Declared({kind.key: kind for kind in found}, bases, frozenset(facts))


def _kind(entry: Entry, house: Office, facts: set[str]) -> Kind:
    parts = entry.fields(
        ("key", "title", "shape", "signer", "fields"), ("book", "parafs", "addressed", "letter")
    )
    key, book = parts["key"].text(), parts["book"]
    _check_parafs(parts["parafs"])
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


def _check_parafs(entry: Entry) -> None:
    ranks = [LANES.index(lane.word(LANES)) for lane in entry.items()] if not entry.is_empty else []
    if len(ranks) > MAX_PARAFS or ranks != sorted(set(ranks)):
        entry.refuse(f"Paling banyak {MAX_PARAFS} pejabat memaraf, jabatan tertinggi di atas.")


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
