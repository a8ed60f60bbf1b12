"""What changed between two versions of a naskah, field by field and word by word."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from kimweb.documents import dates, fields
from kimweb.documents.fields import Field
from kimweb.documents.kinds import Kind

SAME, ADDED, REMOVED = "same", "added", "removed"
_WORDS = re.compile(r"\n|[^\s]+ *")
# What a version says around its fields, and what it is called.
_AROUND = ("number", "dated_on", "signer", "recipients")
_LABELS = {
    "number": "Nomor",
    "dated_on": "Tanggal naskah",
    "signer": "Penanda tangan",
    "recipients": "Penerima",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that stayed, was added or was removed, as `how` says."""

    how: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changed; `pieces` in order make up both its texts."""

    name: str
    label: str
    pieces: Sequence[Piece]


def between(kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return the fields in which two contents of a version differ, in the order of the form."""
    texts = [
        (field.name, field.label, _shown(field, before), _shown(field, after))
        for field in kind.fields
    ]
    texts += [(n, _LABELS[n], _around(n, before), _around(n, after)) for n in _AROUND]
    return [Change(name, label, pieces(old, new)) for name, label, old, new in texts if old != new]


def pieces(before: str, after: str) -> list[Piece]:
    """Return two texts as one: words that stayed, words that went, words that came.

    Spaces alone make no difference; a line break does.
    """
    found: list[Piece] = []
    for how, text in _runs(_WORDS.findall(before), _WORDS.findall(after)):
        if found and found[-1].how == how:
            found[-1] = Piece(how, found[-1].text + text)
        elif text:
            found.append(Piece(how, text))
    return found


def _runs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (how, text) in order; the space behind a change is not struck out or underlined."""
    matcher = SequenceMatcher(a=_keys(old), b=_keys(new), autojunk=False)
    for tag, a, to_a, b, to_b in matcher.get_opcodes():
        removed, added = "".join(old[a:to_a]), "".join(new[b:to_b])
        if tag == "equal":
            yield SAME, added
            continue
        yield REMOVED, removed.rstrip(" ")
        yield ADDED, added.rstrip(" ")
        yield SAME, " " if (added or removed).endswith(" ") else ""


def _keys(words: Sequence[str]) -> list[str]:
    return [word.rstrip(" ") for word in words]


def _shown(field: Field, content: Mapping[str, Any]) -> str:
    """Return a value in the words that a reader knows it by."""
    value = content["fields"].get(field.name)
    if field.type == "date":
        return _day(value)
    if field.type == "choice":
        return dict(field.options).get(str(value or ""), str(value or ""))
    return fields.text(field, value)


def _around(name: str, content: Mapping[str, Any]) -> str:
    value = content.get(name)
    if name == "dated_on":
        return _day(value)
    if name == "signer":
        signer = value or {}
        title = " ".join(filter(None, (signer.get("prefix"), signer.get("title"))))
        return ", ".join(filter(None, (title, signer.get("name"))))
    if name == "recipients":
        lines = ([to["name"], to["title"], to["place"]] for to in value or [])
        return "\n".join(", ".join(filter(None, line)) for line in lines)
    return str(value or "")


def _day(iso: str | None) -> str:
    return dates.long_date(dt.date.fromisoformat(iso)) if iso else ""
