"""Numbers of letters: one counter per book and year, raised under its own row's lock.

A number is taken in the transaction of the signature: if that fails, the number is free again,
so two signatures at once neither share nor skip one. Years begin on 1 January of the office's
own zone.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kimweb.documents import kinds, office
from kimweb.documents.models import Document, Number

_NEXT = text(
    "INSERT INTO number_book (book, year, last) VALUES (:book, :year, 1) "
    "ON CONFLICT (book, year) DO UPDATE SET last = number_book.last + 1 RETURNING last"
)


def take(session: Session, document: Document, *, on: date, by: int, now: datetime) -> Number:
    """Give `document` the next number of its kind's book for the year of `on`."""
    kind = kinds.kind(document.kind)
    assert kind.book is not None, f"{kind.key} carries no number"
    n = session.scalar(_NEXT, {"book": kind.book, "year": on.year})
    assert n is not None
    number = Number(
        book=kind.book,
        year=on.year,
        n=n,
        text=office.current().number(document.kind, n, on, document.fields),
        document_id=document.id,
        dated_on=on,
        taken_by=by,
        taken_at=now,
    )
    session.add(number)
    document.number, document.dated_on = number.text, on
    return number
