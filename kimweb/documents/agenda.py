"""Buku agenda keluar: every number of a book and year, with what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from kimweb.documents import dates, kinds, office, rendering, srikandi
from kimweb.documents.fields import Field
from kimweb.documents.models import RESERVED, USED, VOID, Addressee, Document, Number, NumberBook
from kimweb.sop import shelf

PAGE_ROWS = 50
STATES = {USED: "Dipakai", RESERVED: "Dipesan", VOID: "Dibatalkan"}
_NAMED = 2
_COLUMNS = ("No.", "Nomor Surat", "Tanggal", "Perihal", "Tujuan", "Keterangan")
_SHEET = kinds.sheet(
    "buku_agenda",
    "Buku Agenda",
    Field("tentang", "Buku", "line"),
    Field("keterangan", "Keterangan", "line"),
    Field("baris", "Baris", "table", columns=_COLUMNS),
    signer="sekdis",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One number of the book in words; `recipient` and `remark` may be empty."""

    number: Number
    subject: str
    kind: str
    recipient: str
    remark: str

    @property
    def count(self) -> str:
        """The bare count: "012", "012.a"."""
        return office.current().counted(self.number.n, self.number.suffix)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a book is asked for; `words` are looked for in numbers and subjects."""

    book: str
    year: int
    words: str = ""


def years(session: Session) -> list[int]:
    """Return the years that have a book, newest first, the present one always among them."""
    begun = session.scalars(select(NumberBook.year).distinct())
    return sorted({*begun, shelf.today().year}, reverse=True)


def page(session: Session, wanted: Wanted, n: int) -> tuple[list[Line], int]:
    """Return the lines of page `n` (from 1), newest number first, and how many lines there are."""
    query = select(Number).where(*_within(wanted))
    count = session.scalar(select(func.count()).select_from(Number).where(*_within(wanted))) or 0
    query = query.order_by(Number.n.desc(), Number.suffix.desc())
    rows = session.scalars(query.limit(PAGE_ROWS).offset((n - 1) * PAGE_ROWS))
    return lines(session, rows.all()), count


def notes(session: Session, book: str, year: int) -> list[str]:
    """Return what explains a book whose count does not begin with one, or has holes."""
    counter = session.get(NumberBook, (book, year))
    if counter is None:
        return []
    said = []
    counted = office.current().counted
    if counter.on_paper:
        last = counted(counter.on_paper)
        said.append(f"Nomor {counted(1)} sampai {last} tercatat di buku kertas.")
    if holes := _holes(session, counter):
        numbers = ", ".join(counted(n) for n in holes)
        said.append(f"Nomor {numbers} tidak tercatat. Beri tahu administrator.")
    return said


def pdf(session: Session, wanted: Wanted, today: date) -> bytes:
    """Return the book as it is printed: landscape, oldest number first."""
    query = select(Number).where(*_within(wanted)).order_by(Number.n, Number.suffix)
    only = f"Hanya yang memuat “{wanted.words}”." if wanted.words else ""
    content = {
        "status": "signed_wet",
        "dated_on": today.isoformat(),
        "fields": {
            "tentang": f"{office.current().books[wanted.book]} Tahun {wanted.year}",
            "keterangan": " ".join([*notes(session, wanted.book, wanted.year), only]).strip(),
            "baris": [_row(one) for one in lines(session, session.scalars(query).all())],
        },
    }
    return rendering.pdf(_SHEET, content)


def _within(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Number.book == wanted.book, Number.year == wanted.year]
    for word in wanted.words.split():
        like = f"%{word.replace('/', '//').replace('%', '/%').replace('_', '/_')}%"
        own = (Number.text, Number.subject, Number.recipient, Number.reason, Number.void_reason)
        about = select(Document.id).where(Document.subject.ilike(like, escape="/"))
        names = (Addressee.name, Addressee.title)
        sent = select(Addressee.document_id).where(
            or_(*(column.ilike(like, escape="/") for column in names))
        )
        found.append(
            or_(
                *(column.ilike(like, escape="/") for column in own),
                Number.document_id.in_(about),
                Number.document_id.in_(sent),
            )
        )
    return found


def _holes(session: Session, counter: NumberBook) -> Sequence[int]:
    query = select(Number.n).where(
        Number.book == counter.book, Number.year == counter.year, Number.suffix == ""
    )
    return sorted({*range(counter.on_paper + 1, counter.last + 1)} - {*session.scalars(query)})


def lines(session: Session, numbers: Sequence[Number]) -> list[Line]:
    """Return numbers in words."""
    elsewhere = srikandi.numbers(session, [n.document_id for n in numbers if n.document_id])
    return [_line(number, elsewhere.get(number.document_id or 0, "")) for number in numbers]


def _line(number: Number, elsewhere: str) -> Line:
    letter = number.document
    remarks = (_remark(number), f"Nomor SRIKANDI: {elsewhere}" if elsewhere else "")
    return Line(
        number=number,
        subject=letter.subject if letter else number.subject,
        kind=kinds.kind(letter.kind).title if letter else "",
        recipient=_recipients(letter) if letter else number.recipient,
        remark=". ".join(filter(None, remarks)),
    )


def _recipients(letter: Document) -> str:
    names = [to.title or to.name for to in letter.addressees]
    rest = len(names) - _NAMED
    return "; ".join(names[:_NAMED]) + (f"; dan {rest} lainnya" if rest > 0 else "")


def _remark(number: Number) -> str:
    if number.state == VOID and number.voided_at:
        on = dates.short_date(shelf.local(number.voided_at).date())
        return f"Dibatalkan {on}: {number.void_reason}"
    if number.suffix:
        return f"Nomor sisipan: {number.reason}"
    return f"Dipesan: {number.reason}" if number.reason else ""


def _row(line: Line) -> list[str]:
    number = line.number
    subject = f"{line.kind}: {line.subject}" if line.kind else line.subject
    full = "" if number.state != USED and not number.document else number.text
    return [
        line.count,
        full,
        f"{number.dated_on:%d-%m-%Y}",
        subject,
        line.recipient,
        line.remark,
    ]
