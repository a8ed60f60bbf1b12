"""Numbers of letters: one counter per book and year, raised under its own row's lock.

A number is taken in the transaction of the signature: if that fails, the number is free again,
so two signatures at once neither share nor skip one. Years begin on 1 January of the office's
own zone. A number may be reserved for a letter to come, or put in between for a day that is
past; both ask for a reason, and so does voiding one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kimweb.documents import dates, kinds, office
from kimweb.documents.models import RESERVED, USED, VOID, Document, Number, NumberBook
from kimweb.sop import shelf

MOST_AT_ONCE = 20
FARTHEST = timedelta(days=90)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class NumberingError(Exception):
    """A number cannot be had this way: the wrong field of the form, and a sentence on it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.errors = {field: sentence}


def take(session: Session, document: Document, *, on: date, by: int, now: datetime) -> Number:
    """Give `document` its number: the one that waits for it, else the next of its kind's book.

    A reserved number brings its own date; the next one is dated `on`.
    """
    kind = kinds.kind(document.kind)
    assert kind.book is not None, f"{kind.key} carries no number"
    number = waiting_for(session, document) or _next(
        session, kind.book, on=on, by=by, now=now, state=USED
    )
    number.state, number.document_id = USED, document.id
    number.text = office.current().number(
        kind.pattern, number.n, number.dated_on, document.fields, number.suffix
    )
    document.number, document.dated_on = number.text, number.dated_on
    return number


def waiting_for(session: Session, document: Document) -> Number | None:
    """Return the reserved number that waits for `document`, locked."""
    query = select(Number).where(Number.document_id == document.id, Number.state == RESERVED)
    return session.scalars(query.with_for_update(of=Number)).first()


def reserve(
    session: Session, book: str, *, count: int, on: date, reason: str, by: int, now: datetime
) -> list[Number]:
    """Set the next `count` numbers of `book` aside for letters dated `on`; NumberingError."""
    today = shelf.local(now).date()
    _need_reason(reason)
    if not 1 <= count <= MOST_AT_ONCE:
        raise NumberingError("count", f"Pesan 1 sampai {MOST_AT_ONCE} nomor sekaligus.")
    if on < today:
        raise NumberingError(
            "dated_on",
            "Tanggal itu sudah lewat. Untuk tanggal yang lewat, ambil nomor sisipan.",
        )
    if on > today + FARTHEST:
        raise NumberingError("dated_on", f"Paling jauh {FARTHEST.days} hari ke depan.")
    return [
        _next(session, book, on=on, by=by, now=now, state=RESERVED, reason=reason)
        for _ in range(count)
    ]


def insert(session: Session, book: str, *, on: date, reason: str, by: int, now: datetime) -> Number:
    """Put a number for the past day `on` behind the last one of that day: 012.a after 012.

    It is reserved until a letter takes it. Raises NumberingError.
    """
    _need_reason(reason)
    if on >= shelf.local(now).date():
        raise NumberingError(
            "dated_on", "Nomor sisipan hanya untuk tanggal yang sudah lewat. Pesan nomor biasa."
        )
    _lock(session, book, on.year)
    own = (Number.book == book, Number.year == on.year)
    n = session.scalar(select(func.max(Number.n)).where(*own, Number.dated_on <= on))
    if n is None:
        raise NumberingError(
            "dated_on",
            f"Belum ada nomor di buku ini sampai {dates.long_date(on)}. Pilih tanggal sesudahnya.",
        )
    put_in = session.scalar(
        select(func.count()).select_from(Number).where(*own, Number.n == n, Number.suffix != "")
    )
    if (put_in or 0) >= len(_LETTERS):
        raise NumberingError("dated_on", "Sisipan pada tanggal itu sudah habis. Pilih hari lain.")
    suffix = f".{_LETTERS[put_in or 0]}"
    return _add(session, book, n, suffix, on=on, by=by, now=now, state=RESERVED, reason=reason)


def assign(session: Session, number: Number, document: Document | None) -> None:
    """Let a reserved number wait for `document`, or for any (None); NumberingError."""
    _reserved_only(number)
    if document is not None:
        if document not in open_letters(session, number):
            raise NumberingError("document", "Pilih naskah dari daftar.")
        if (other := waiting_for(session, document)) and other is not number:
            raise NumberingError("document", f"Naskah itu sudah menunggu nomor {other.text}.")
    number.document_id = document.id if document else None


def open_letters(session: Session, number: Number) -> Sequence[Document]:
    """Return the letters that may take a reserved number: of its book, not signed yet."""
    every = (*kinds.all_kinds().values(), *kinds.choosable(session))
    own = {kind.key for kind in every if kind.book == number.book}
    query = select(Document).where(
        Document.kind.in_(own), Document.number.is_(None), Document.withdrawn_at.is_(None)
    )
    return session.scalars(query.order_by(Document.id.desc())).all()


def use_outside(number: Number, *, subject: str, recipient: str) -> None:
    """Note that a reserved number stands on a letter written outside the program."""
    _reserved_only(number)
    if not subject:
        raise NumberingError("subject", "Isi perihal surat yang memakai nomor ini.")
    number.state, number.document_id = USED, None
    number.subject, number.recipient = subject, recipient


def void(number: Number, *, reason: str, by: int, now: datetime) -> None:
    """Void a number for good, with a reason; a letter that carries it is withdrawn by that."""
    if number.state == VOID:
        raise NumberingError("reason", "Nomor ini sudah dibatalkan.")
    _need_reason(reason)
    if number.state == RESERVED:
        number.document_id = None
    number.state, number.void_reason = VOID, reason
    number.voided_by, number.voided_at = by, now


def carry_on(session: Session, book: str, year: int, last: int) -> None:
    """Let a book that nobody has begun go on after number `last` of the paper book."""
    if not 1 <= last <= 99_999:
        raise NumberingError("last", "Isi nomor terakhir di buku kertas, paling sedikit 1.")
    counter = _lock(session, book, year)
    if counter.last:
        raise NumberingError("last", "Buku ini sudah berjalan, jadi urutannya tidak dapat diubah.")
    counter.last = counter.on_paper = last


def _next(session: Session, book: str, *, on: date, **how: Any) -> Number:
    """Raise the counter of the book and add the number that it gives."""
    begun = _dialect(session)(NumberBook).values(book=book, year=on.year, last=1)
    raised = begun.on_conflict_do_update(
        index_elements=["book", "year"], set_={"last": NumberBook.last + 1}
    )
    n: int = session.scalars(raised.returning(NumberBook.last)).one()
    return _add(session, book, n, "", on=on, **how)


def _add(
    session: Session,
    book: str,
    n: int,
    suffix: str,
    *,
    on: date,
    by: int,
    now: datetime,
    **how: Any,
) -> Number:
    number = Number(
        book=book,
        year=on.year,
        n=n,
        suffix=suffix,
        text=office.current().counted(n, suffix),
        dated_on=on,
        taken_by=by,
        taken_at=now,
        **how,
    )
    session.add(number)
    session.flush()
    return number


def _lock(session: Session, book: str, year: int) -> NumberBook:
    """Return the counter of a book and year, begun if need be, locked."""
    begun = _dialect(session)(NumberBook).values(book=book, year=year)
    session.execute(begun.on_conflict_do_nothing())
    return session.get_one(NumberBook, (book, year), with_for_update=True, populate_existing=True)


def _dialect(session: Session) -> Callable[..., Any]:
    return _INSERT[session.get_bind().dialect.name]


def _reserved_only(number: Number) -> None:
    if number.state != RESERVED:
        raise NumberingError("number", "Nomor ini sudah dipakai atau dibatalkan.")


def _need_reason(reason: str) -> None:
    if not reason:
        raise NumberingError("reason", "Tulis alasannya; alasan tercetak di buku agenda.")
