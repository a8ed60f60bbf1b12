"""Buku ekspedisi: who got which letter, when, by which channel, and what proves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from kimweb.dispatch import report, states
from kimweb.dispatch.models import ENDED, LETTER, RETURNED, SETTLED, UNDELIVERED, Message
from kimweb.documents import dates, kinds, rendering
from kimweb.documents.fields import Field
from kimweb.documents.models import Document
from kimweb.sop import shelf

PAGE_ROWS = 50
MOST_PRINTED = 2_000
ARRIVED, OPEN, LOST = "arrived", "open", "lost"
RESULTS = {ARRIVED: "Sampai", OPEN: "Belum selesai", LOST: "Tidak tersampaikan"}
_COLUMNS = ("No.", "Dikirim", "Nomor Surat", "Perihal", "Penerima", "Cara", "Hasil dan bukti")
_SHEET = kinds.sheet(
    "buku_ekspedisi",
    "Buku Ekspedisi",
    Field("tentang", "Buku", "line"),
    Field("keterangan", "Keterangan", "line"),
    Field("baris", "Baris", "table", columns=_COLUMNS),
)

Line = Row[Message, Document]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are asked for; an empty field asks for all, days are the office's own."""

    words: str = ""
    channel: str = ""
    result: str = ""
    first: date | None = None
    last: date | None = None


def page(session: Session, wanted: Wanted, n: int) -> tuple[Sequence[Line], int]:
    """Return the lines of page `n` (from 1), newest first, and how many lines there are."""
    within = _within(wanted)
    count = select(func.count()).select_from(Message).join(Document, _OF).where(*within)
    query = select(Message, Document).join(Document, _OF).where(*within)
    query = query.order_by(Message.dated_at.desc(), Message.id.desc())
    rows = session.execute(query.limit(PAGE_ROWS).offset((n - 1) * PAGE_ROWS)).all()
    return rows, session.scalar(count) or 0


def pdf(session: Session, wanted: Wanted, today: date) -> bytes:
    """Return the book as it is printed: landscape, oldest letter first, at most MOST_PRINTED."""
    query = select(Message, Document).join(Document, _OF).where(*_within(wanted))
    newest = query.order_by(Message.dated_at.desc(), Message.id.desc()).limit(MOST_PRINTED)
    lines = session.execute(newest).all()[::-1]
    content = {
        "status": "signed_wet",
        "dated_on": today.isoformat(),
        "fields": {
            "tentang": "Buku Ekspedisi",
            "keterangan": " ".join(_narrowed(wanted, len(lines))),
            "baris": [_printed(n, *line) for n, line in enumerate(lines, start=1)],
        },
    }
    return rendering.pdf(_SHEET, content)


_OF = Document.id == Message.document_id


def _within(wanted: Wanted) -> list[ColumnElement[bool]]:
    columns = (
        Message.to_name,
        Message.to_email,
        Message.proof,
        Message.received_by,
        Document.subject,
        Document.number,
    )
    found: list[ColumnElement[bool]] = [
        or_(*(column.icontains(word, autoescape=True) for column in columns))
        for word in wanted.words.split()
    ]
    found.append(Message.policy == LETTER)
    if wanted.channel:
        found.append(Message.channel == wanted.channel)
    if wanted.result:
        found.append(_RESULTS[wanted.result])
    if wanted.first:
        found.append(Message.dated_at >= _midnight(wanted.first))
    if wanted.last:
        found.append(Message.dated_at < _midnight(wanted.last + timedelta(days=1)))
    return found


_RESULTS: dict[str, ColumnElement[bool]] = {
    ARRIVED: Message.state.in_(SETTLED),
    OPEN: Message.state.not_in(ENDED),
    LOST: Message.state == UNDELIVERED,
}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), shelf.zone())


def _narrowed(wanted: Wanted, count: int) -> list[str]:
    """Say on the print which part of the book it is."""
    said = []
    if wanted.first or wanted.last:
        first = dates.long_date(wanted.first) if wanted.first else "awal"
        last = dates.long_date(wanted.last) if wanted.last else "sekarang"
        said.append(f"Surat dari {first} sampai {last}.")
    if wanted.channel:
        said.append(f"Hanya lewat {states.CHANNELS[wanted.channel]}.")
    if wanted.result:
        said.append(f"Hanya yang {RESULTS[wanted.result].lower()}.")
    if wanted.words:
        said.append(f"Hanya yang memuat “{wanted.words}”.")
    if count == MOST_PRINTED:
        said.append(f"Hanya {MOST_PRINTED} surat terakhir; cetak per bulan untuk selengkapnya.")
    return said


def why_open(message: Message) -> str:
    """Return why a letter came back or was refused, while nobody has settled it."""
    return message.reply if message.state in RETURNED else ""


def _printed(n: int, message: Message, document: Document) -> list[str]:
    local = shelf.local(message.dated_at)
    became = ". ".join(part for part in (states.label(message), report.moment(message)) if part)
    proof = message.proof or why_open(message)
    return [
        f"{n}.",
        f"{local:%d-%m-%Y}",
        document.number or "",
        document.subject,
        message.to_name,
        states.CHANNELS[message.channel],
        f"{became}. {proof}" if proof else f"{became}.",
    ]
