"""A letter and SRIKANDI: its file for there, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.cases.models import Case
from kimweb.documents import contents, docx, kinds, srikandi
from kimweb.documents.models import LETTERS, Document
from kimweb.documents.srikandi import SrikandiError
from kimweb.groups.entry import Entry
from kimweb.pages import htmx, papers
from kimweb.pages.documents import find
from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.people.models import Person
from kimweb.sop import shelf

bp = Blueprint(
    "srikandi", __name__, url_prefix="/cases/<int:case_id>/documents/<int:document_id>/srikandi"
)

# Who carries letters over to SRIKANDI and writes down what it said.
KEEPERS = frozenset({"staf", "kasi"})
NOT_A_KEEPER = "Catatan SRIKANDI diisi oleh Staf, Kepala Seksi, atau administrator."
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@bp.get("")
def show(case_id: int, document_id: int) -> Response:
    """Show what SRIKANDI said of the letter so far."""
    return _page(*_letter(case_id, document_id), {}, {})


@bp.get("/letter.docx")
def export(case_id: int, document_id: int) -> AnyResponse:
    """Send the letter as .docx with the placeholders of SRIKANDI."""
    _, document = _letter(case_id, document_id)
    made = docx.write(document.kind, contents.draft(db.session(), document))
    name = papers.file_name(document, None).replace("-pratinjau.pdf", "-srikandi.docx")
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made, mimetype=DOCX, headers=disposition)


@bp.post("")
def report(case_id: int, document_id: int) -> AnyResponse:
    """Write down number, date and state as SRIKANDI shows them."""
    case, document = _letter(case_id, document_id)
    if not _keeps():
        abort(403, NOT_A_KEEPER)
    entry = Entry(request.form)
    said: dict[str, Any] = {
        "state": request.form.get("state", ""),
        "number": entry.line("number", "Nomor", 150),
        "dated_on": entry.day("dated_on", "Tanggal"),
        "note": entry.paragraphs("note", "Catatan", 2_000),
    }
    if entry.problems:
        return _page(case, document, request.form, entry.problems, status=422)
    try:
        with db.writing() as session:
            found = session.get_one(Document, document_id)
            srikandi.report(session, found, **said, by=me().id, now=clock.now())
    except SrikandiError as wrong:
        return _page(case, document, request.form, wrong.errors, status=422)
    flash("Catatan SRIKANDI tersimpan.", "calm")
    return htmx.go(url_for(".show", case_id=case_id, document_id=document_id))


def _letter(case_id: int, document_id: int) -> tuple[Case, Document]:
    case, document = find(case_id, document_id)
    if document.papers != LETTERS or not docx.can_write(document.kind):
        abort(404)
    return case, document


def _page(
    case: Case,
    document: Document,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    status: int = 200,
) -> Response:
    session: Session = db.session()
    reports = srikandi.reports(session, document)
    return htmx.show(
        "srikandi/show.html",
        status=status,
        case=case,
        document=document,
        kind=kinds.kind(document.kind),
        reports=[(one, session.get_one(Person, one.by)) for one in reports],
        states=srikandi.STATES,
        placeholders=list(docx.PLACEHOLDERS.values()),
        keeps=_keeps(),
        typed=typed,
        errors=errors,
    )


def _keeps() -> bool:
    return me().is_admin or bool(access.lanes_of(me(), shelf.today()) & KEEPERS)
