"""Correction notes on a naskah that is under review: written, taken back, opened anew."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.cases.situations import Situation
from kimweb.documents import corrections
from kimweb.documents.fields import FieldError
from kimweb.documents.models import Correction, Document
from kimweb.pages import htmx, papers, standing
from kimweb.pages.documents import find, here_of
from kimweb.pages.guard import me

bp = Blueprint(
    "corrections", __name__, url_prefix="/cases/<int:case_id>/documents/<int:document_id>/notes"
)

FRAGMENT = "documents/_corrections.html"
NOT_YOURS = "Catatan koreksi ditulis oleh pemeriksa naskah ini, pada langkahnya."


@bp.post("")
def create(case_id: int, document_id: int) -> AnyResponse:
    """Attach a note to a field of the current version (SOP steps that may send back)."""
    find(case_id, document_id)
    name, text = request.form.get("field", ""), request.form.get("text", "")
    try:
        with db.writing() as session:
            here, document = reviewed(session, case_id, document_id)
            corrections.ask(
                session, document, name, text, lane=str(here.lane), by=me().id, now=here.now
            )
    except FieldError as wrong:
        return _answer(case_id, document_id, 422, wrong=str(wrong), field=name, text=text)
    return _answer(case_id, document_id)


@bp.post("/<int:note_id>/withdrawals")
def withdraw(case_id: int, document_id: int, note_id: int) -> AnyResponse:
    """Take back a note of one's own that nobody has ticked off."""
    find(case_id, document_id)
    with db.writing() as session:
        note = _note(session, case_id, document_id, note_id)
        if note.person_id != me().id or note.done_at is not None:
            abort(403, "Hanya catatan Anda sendiri yang belum dikerjakan dapat dicabut.")
        session.delete(note)
    return _answer(case_id, document_id)


@bp.post("/<int:note_id>/reopenings")
def reopen(case_id: int, document_id: int, note_id: int) -> AnyResponse:
    """Say that what was ticked off is not done yet."""
    find(case_id, document_id)
    with db.writing() as session:
        corrections.untick(_note(session, case_id, document_id, note_id))
    return _answer(case_id, document_id)


def reviewed(session: Session, case_id: int, document_id: int) -> tuple[Situation, Document]:
    """Return the document to be judged, its stage locked; 403 unless the person judges it now."""
    here = here_of(session, case_id)
    document = next((paper for paper in here.papers if paper.id == document_id), None)
    if here.lane is None or document is None or not here.step.returns:
        abort(403, NOT_YOURS)
    return here, document


def _note(session: Session, case_id: int, document_id: int, note_id: int) -> Correction:
    _, document = reviewed(session, case_id, document_id)
    return corrections.find(session, document, note_id) or abort(404)


def _answer(case_id: int, document_id: int, status: int = 200, **refused: str) -> AnyResponse:
    """Answer with the notes of the document and what now stands against handing it on."""
    if not htmx.wanted():
        if refused:
            flash(refused["wrong"], "late")
        return redirect(url_for("cases.show", case_id=case_id, _anchor="letters"), 303)
    case, document = find(case_id, document_id)
    context = standing.of(case) | {
        "paper": papers.of_document(db.session(), document),
        "refused_note": refused,
    }
    return htmx.show(standing.PAGE, FRAGMENT, "cases/_reasons.html", status=status, **context)
