"""One blank of a naskah: what may be typed into it, and how typed text becomes a value and back.

Values are plain JSON: text, ISO dates, "09:30", lists of text, people as objects, table rows as
lists of cells, photos as objects with the SHA-256 and caption.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from typing import Any

from kimweb.documents import dates

TYPES = (
    "line",
    "text",
    "paragraphs",
    "list",
    "choice",
    "date",
    "time",
    "people",
    "table",
    "photos",
)
BLANK = "........"
MAX_CHARACTERS = 20_000
MAX_ROWS = 500
MAX_PHOTOS = 12
_MANY = ("paragraphs", "list")
# Marks that turn the reading direction around could make a letter show what it does not say.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = ("Cc", "Cs", "Co")
# A writer's own "1." or "-" would print beside the number that the template gives.
_BULLET = re.compile(r"(?:\d{1,2}[.)]|[a-z][.)]|[-•*])\s+")


class FieldError(ValueError):
    """What was typed does not fit the field; the message is an Indonesian sentence naming it."""


@dataclass(frozen=True)
class Person:
    """One row of a people field, typed as "Nama | NIP | Pangkat | Jabatan"."""

    name: str
    nip: str = ""
    rank: str = ""
    position: str = ""


@dataclass(frozen=True)
class Field:
    """One declared blank; `default` may hold case facts in braces, `fill` names a fact taken whole.

    `options` are (value, label) pairs: a choice must be one of them, a list may be.
    """

    name: str
    label: str
    type: str
    required: bool = False
    help: str = ""
    fill: str = ""
    default: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()


PERSON_COLUMNS = ("Nama", "NIP", "Pangkat", "Jabatan")
_PERSON_KEYS = tuple(part.name for part in fields(Person))
PHOTO_COLUMNS = ("Foto", "Keterangan")
_PHOTO_KEYS = ("sha256", "caption")
_COLUMNS = {"people": PERSON_COLUMNS, "photos": PHOTO_COLUMNS}
_KEYS = {"people": _PERSON_KEYS, "photos": _PHOTO_KEYS}
_SHA256 = re.compile(r"[0-9a-f]{64}")


def columns(field: Field) -> tuple[str, ...]:
    """Return the headings of a people, photos or table field, in typing order."""
    return _COLUMNS.get(field.type, field.columns)


def parse(field: Field, typed: str) -> Any:
    """Return the value of typed text; an empty one is "" or []; raises FieldError."""
    if len(typed) > MAX_CHARACTERS:
        raise FieldError(
            f"{field.label} terlalu panjang ({len(typed)} huruf). "
            f"Ringkaslah menjadi paling banyak {MAX_CHARACTERS} huruf."
        )
    text = clean(typed)
    if field.type == "text":
        return text.strip()
    if field.type in _MANY:
        return _items(field, text)
    if field.type in ("people", "table", "photos"):
        return _rows(field, text)
    line = " ".join(text.split())
    if not line or field.type == "line":
        return line
    return _READERS[field.type](field, line)


def text(field: Field, value: Any) -> str:
    """Return a value as the text that `parse` reads back to the same value."""
    if field.type == "paragraphs":
        return "\n\n".join(value or [])
    if field.type == "list":
        return "\n".join(value or [])
    if keys := _KEYS.get(field.type):
        return "\n".join(_joined([row.get(key, "") for key in keys]) for row in value or [])
    if field.type == "table":
        return "\n".join(_joined(row) for row in value or [])
    return str(value or "")


def is_open(value: Any) -> bool:
    """Tell whether a value still has to be written: empty, or with dots where a fact belongs."""
    if isinstance(value, dict):
        return any(is_open(part) for part in value.values() if part)
    if isinstance(value, list):
        return not value or any(is_open(part) for part in value if part)
    return not value or BLANK in str(value)


def clean(typed: str) -> str:
    """Drop what cannot be printed (control and half characters, turns); keep line ends as \\n."""
    if typed.isascii() and typed.isprintable():  # most of what is typed
        return typed
    lines = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        letter
        for letter in lines.replace("\t", " ")
        if letter == "\n"
        or (letter not in _TURNS and unicodedata.category(letter) not in _UNPRINTABLE)
    )


def _choice(field: Field, line: str) -> str:
    if line not in (value for value, _ in field.options):
        names = ", ".join(value for value, _ in field.options)
        raise FieldError(f"{field.label} tertulis “{line}”. Pilih salah satu: {names}.")
    return line


def _date(field: Field, line: str) -> str:
    try:
        return dates.read_date(line).isoformat()
    except ValueError:
        raise FieldError(
            f"{field.label} tertulis “{line}”, bukan tanggal yang dikenal. "
            "Tulis seperti contoh: 25 November 2026."
        ) from None


def _time(field: Field, line: str) -> str:
    try:
        return dates.read_time(line).isoformat("minutes")
    except ValueError:
        raise FieldError(
            f"{field.label} tertulis “{line}”, bukan jam yang dikenal. Tulis seperti contoh: 09.30."
        ) from None


_READERS = {"choice": _choice, "date": _date, "time": _time}


def _items(field: Field, typed: str) -> list[str]:
    lines = [" ".join(line.split()) for line in typed.split("\n")]
    if field.type == "list":
        lines = [_BULLET.sub("", line, count=1) if _BULLET.match(line) else line for line in lines]
    return _few([line for line in lines if line], field)


def _rows(field: Field, typed: str) -> list[Any]:
    heads = columns(field)
    rows = []
    for n, line in enumerate(typed.split("\n"), 1):
        cells = [" ".join(cell.split()) for cell in line.split("|")]
        if not any(cells):
            continue
        if len(cells) > len(heads) or not cells[0]:
            raise FieldError(
                f"{field.label} baris {n}: tulis “{' | '.join(heads)}”, dipisahkan garis tegak, "
                f"paling banyak {len(heads)} bagian dan bagian pertama tidak kosong."
            )
        cells += [""] * (len(heads) - len(cells))
        keys = _KEYS.get(field.type)
        rows.append(dict(zip(keys, cells, strict=True)) if keys else cells)
    if field.type == "photos":
        _check_photos(field, rows)
    return _few(rows, field)


def _check_photos(field: Field, rows: list[Any]) -> None:
    if len(rows) > MAX_PHOTOS:
        raise FieldError(f"{field.label} memuat {len(rows)} foto. Paling banyak {MAX_PHOTOS} foto.")
    if not all(_SHA256.fullmatch(row["sha256"]) for row in rows):
        raise FieldError(f"{field.label} memuat foto yang tidak dikenal. Muat ulang halaman ini.")


def _few(rows: list[Any], field: Field) -> list[Any]:
    if len(rows) > MAX_ROWS:
        raise FieldError(f"{field.label} memuat {len(rows)} baris. Paling banyak {MAX_ROWS} baris.")
    return rows


def _joined(cells: list[str]) -> str:
    return " | ".join(cells).rstrip(" |")
