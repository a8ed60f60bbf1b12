"""Numbers of letters: one counter per book and year, raised under its own row's lock.

A number is taken in the transaction of the signature: if that fails, the number is free again,
so two signatures at once neither share nor skip one. Years begin on 1 January of the office's
own zone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kimweb.documents import kinds, office
from kimweb.documents.models import Document, Number, NumberBook

_INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def take(session: Session, document: Document, *, on: date, by: int, now: datetime) -> Number:
    """Give `document` the next number of its kind's book for the year of `on`."""
    kind = kinds.kind(document.kind)
    assert kind.book is not None, f"{kind.key} carries no number"
    n = _next(session, kind.book, on.year)
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


def _next(session: Session, book: str, year: int) -> int:
    insert = _INSERT[session.get_bind().dialect.name]
    begun = insert(NumberBook).values(book=book, year=year, last=1)
    raised = begun.on_conflict_do_update(
        index_elements=["book", "year"], set_={"last": NumberBook.last + 1}
    )
    n: int = session.scalars(raised.returning(NumberBook.last)).one()
    return n
