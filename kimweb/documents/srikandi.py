"""SRIKANDI beside us: what the national application gave a letter, as somebody wrote it down.

The office's own number, date and signature stay what they are, so the work goes on while
SRIKANDI is away; its own number and state are kept beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.documents.models import Document, SrikandiReport

SUBMITTED, REFUSED, SIGNED, SENT = "submitted", "refused", "signed", "sent"
STATES = {
    SUBMITTED: "Diajukan",
    REFUSED: "Dikembalikan verifikator",
    SIGNED: "Ditandatangani",
    SENT: "Terkirim",
}
_NUMBERED = (SIGNED, SENT)


class SrikandiError(Exception):
    """What was typed is not enough: one sentence per wrong field in `errors`."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def reports(session: Session, document: Document) -> Sequence[SrikandiReport]:
    """Return what SRIKANDI said of a letter, newest first."""
    query = select(SrikandiReport).where(SrikandiReport.document_id == document.id)
    return session.scalars(query.order_by(SrikandiReport.id.desc())).all()


def numbers(session: Session, documents: Sequence[int]) -> dict[int, str]:
    """Return the number that SRIKANDI gave last, by document id, where it gave one."""
    query = select(SrikandiReport).where(
        SrikandiReport.document_id.in_(documents), SrikandiReport.number != ""
    )
    oldest_first = session.scalars(query.order_by(SrikandiReport.id))
    return {report.document_id: report.number for report in oldest_first}


def report(
    session: Session,
    document: Document,
    *,
    state: str,
    number: str,
    dated_on: date | None,
    note: str,
    by: int,
    now: datetime,
) -> None:
    """Write down what SRIKANDI said; a signed or sent letter has a number and a date there."""
    errors = {}
    if state not in STATES:
        errors["state"] = "Pilih keadaan naskah di SRIKANDI."
    if state in _NUMBERED and not number:
        errors["number"] = "Isi nomor yang diberikan SRIKANDI."
    if state in _NUMBERED and dated_on is None:
        errors["dated_on"] = "Isi tanggal naskah di SRIKANDI."
    if state == REFUSED and not note:
        errors["note"] = "Tulis alasan naskah dikembalikan."
    if errors:
        raise SrikandiError(errors)
    session.add(
        SrikandiReport(
            document_id=document.id,
            state=state,
            number=number,
            dated_on=dated_on,
            note=note,
            by=by,
            at=now,
        )
    )
    session.flush()
