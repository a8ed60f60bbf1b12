"""The address book from a file: each row is judged alone before anything is written.

A row becomes an Entry or a sentence that says what is wrong with it and what to do. A recipient
that stands in the book already is changed, not doubled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from kimweb.dispatch import columns, recipients
from kimweb.dispatch.models import Recipient
from kimweb.dispatch.recipients import AREAS, Entry, EntryError
from kimweb.documents.sheets import Cells

NEW, CHANGED, SAME, WRONG = "new", "changed", "same", "wrong"
OUTCOMES = {NEW: "Baru", CHANGED: "Diperbarui", SAME: "Tidak berubah", WRONG: "Perlu diperbaiki"}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: what was typed, and what it is; `sentence` only when it is WRONG."""

    row: int
    cells: Cells
    outcome: str
    entry: Entry | None = None
    own: Recipient | None = None
    sentence: str = ""


def examine(session: Session, rows: Iterable[tuple[int, Cells]]) -> list[Line]:
    """Judge every row against the rules of the address book, the book itself, and each other."""
    book = _Book(session)
    seen: dict[tuple[str, ...], int] = {}
    return [_judged(n, cells, book, seen) for n, cells in rows]


def write(session: Session, lines: Iterable[Line]) -> int:
    """Write the rows that are new or changed; return how many were written.

    `lines` were judged in this transaction: nobody is asked for once more, row by row.
    """
    written = 0
    for line in lines:
        if line.entry and line.outcome in (NEW, CHANGED):
            recipient = line.own or Recipient()
            recipients.fill(recipient, line.entry)
            session.add(recipient)
            written += 1
    session.flush()
    return written


def _judged(n: int, cells: Cells, book: _Book, seen: dict[tuple[str, ...], int]) -> Line:
    try:
        entry = recipients.read(columns.form(cells))
    except EntryError as wrong:
        return Line(n, cells, WRONG, sentence=f"Baris {n}: {wrong}")
    identity = (entry.name.casefold(), entry.title.casefold(), entry.region)
    if identity in seen:
        double = f"Baris {n}: sama dengan baris {seen[identity]}. Hapus salah satunya."
        return Line(n, cells, WRONG, sentence=double)
    seen[identity] = n
    own = book.same(entry)
    if own is None:
        return Line(n, cells, NEW, entry)
    if own.id in book.taken:
        double = (
            f"Baris {n}: penerima yang sama sudah diubah oleh baris {book.taken[own.id]}. "
            "Hapus salah satunya."
        )
        return Line(n, cells, WRONG, sentence=double)
    book.taken[own.id] = n
    unchanged = all(getattr(own, name) == value for name, value in asdict(entry).items())
    return Line(n, cells, SAME if unchanged else CHANGED, entry, own)


class _Book:
    """The address book in memory: a file of a thousand rows asks the database once."""

    def __init__(self, session: Session) -> None:
        self.taken: dict[int, int] = {}
        self._by_words: dict[tuple[str, str, str], Recipient] = {}
        self._by_email: dict[str, list[Recipient]] = {}
        self._by_area: dict[tuple[str, str], list[Recipient]] = {}
        for one in recipients.standing(session):
            self._by_words[one.name.casefold(), one.title.casefold(), one.region] = one
            self._by_email.setdefault(one.email, []).append(one)
            self._by_area.setdefault((one.kind, one.region), []).append(one)

    def same(self, entry: Entry) -> Recipient | None:
        """Return who is meant: the same words, the only head of the area, or the same address."""
        words = (entry.name.casefold(), entry.title.casefold(), entry.region)
        if found := self._by_words.get(words):
            return found
        if entry.kind in AREAS:
            heads = self._by_area.get((entry.kind, entry.region), [])
            return heads[0] if len(heads) == 1 else None
        owners = self._by_email.get(entry.email, []) if entry.email else []
        return owners[0] if len(owners) == 1 and owners[0].kind == entry.kind else None
