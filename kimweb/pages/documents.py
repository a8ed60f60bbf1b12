"""The papers of a case: choosing letters (step 3), writing them, taking one back, reading PDFs."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.cases import facts, queries, situations
from kimweb.cases.models import FORWARD, Case, Stage
from kimweb.cases.situations import Situation, Stale
from kimweb.documents import corrections, drafts, kinds
from kimweb.documents.fields import columns as columns_of
from kimweb.documents.kinds import FormError
from kimweb.documents.models import LETTERS, Document
from kimweb.pages import decisions, editing, htmx, papers, standing
from kimweb.pages.guard import me
from kimweb.sop import shelf

bp = Blueprint("documents", __name__, url_prefix="/cases/<int:case_id>/documents")
bp.add_app_template_global(columns_of, "columns_of")
bp.add_app_template_global(lambda paper: editing.form(db.session(), paper.document), "form_of")

PAGE = "documents/edit.html"
FRAGMENTS = ("documents/_editor.html", "documents/_head.html")
READ_ONLY = (
    "Naskah ini tidak dapat diubah pada langkah yang sedang berjalan. "
    "Bila ada yang keliru, kembalikan kegiatannya ke langkah yang mengubah naskah."
)

CLOSED = "Kegiatan ini sudah selesai; tidak ada lagi yang diubah padanya."


@bp.post("")
def start(case_id: int) -> AnyResponse:
    """Begin a letter of each chosen kind, filled with what the case already knows."""
    standing.find(case_id)
    chosen = request.form.getlist("kind")
    with db.writing() as session:
        here = choosing(session, case_id)
        choosable = {kind.key for kind in kinds.choosable(session)}
        if not chosen or not choosable.issuperset(chosen):
            flash("Pilih paling sedikit satu jenis naskah dari daftar.", "soon")
            return standing.answer(case_id)
        known = facts.of(session, here.case)
        for kind in chosen:
            drafts.start(
                session, case_id=case_id, papers=LETTERS, kind=kind, facts=known, now=here.now
            )
    flash(f"{len(chosen)} konsep naskah disiapkan. Periksa isinya satu per satu.", "calm")
    return standing.answer(case_id)


@bp.get("/<int:document_id>")
def show(case_id: int, document_id: int) -> Response:
    """Show a document: its form for who may write it now, else what it says."""
    case, document = find(case_id, document_id)
    return htmx.show(PAGE, *FRAGMENTS, **_context(case, document))


@bp.post("/<int:document_id>")
def save(case_id: int, document_id: int) -> AnyResponse:
    """Save what was typed; hand the work on as well when asked to (`then`)."""
    case, document = find(case_id, document_id)
    kind = kinds.kind(document.kind)
    typed = editing.typed_into(kind)
    try:
        with db.writing() as session:
            its = writable(session, case_id, document_id)
            undecided = write(session, its, kinds.parse(kind, typed))
    except FormError as wrong:
        return _again(case, document, 422, typed, errors=wrong.errors)
    except Forbidden:
        if htmx.wanted():  # What was typed stands on the screen still.
            raise
        return _again(case, document, 403, typed, refused=READ_ONLY)
    if undecided:
        named = [field for field in kind.fields if field.name in undecided]
        return _again(*find(case_id, document_id), 409, typed, undecided=named)
    return _saved(case_id, document_id)


@bp.post("/<int:document_id>/withdrawals")
def withdraw(case_id: int, document_id: int) -> AnyResponse:
    """Take a letter out of the case while letters are being chosen."""
    find(case_id, document_id)
    with db.writing() as session:
        choosing(session, case_id)
        document = writable(session, case_id, document_id)
        drafts.withdraw(document, clock.now())
        subject = document.subject
    flash(f"{subject} tidak jadi dibuat.", "soon")
    return standing.answer(case_id)


def find(case_id: int, document_id: int) -> tuple[Case, Document]:
    """Return the case and one of its documents as far as the person may see them, else 404."""
    case = standing.find(case_id)
    return case, _of(db.session(), case_id, document_id)


def write(session: Session, document: Document, values: dict[str, Any]) -> list[str]:
    """Save what the form says; return the fields that somebody else has changed meanwhile."""
    values, hand = editing.choose(session, document, values, editing.hand())
    _tick(session, document)
    return drafts.save(session, document, values, hand, clock.now())


def _tick(session: Session, document: Document) -> None:
    """Tick a correction off, or open it again, when the form was sent by its button."""
    number, _, done = request.form.get("tick", "").partition(":")
    note = corrections.find(session, document, int(number)) if number.isdecimal() else None
    if note and done:
        corrections.tick(note, me().id, clock.now())
    elif note:
        corrections.untick(note)


def writable(session: Session, case_id: int, document_id: int) -> Document:
    """Return the document to be changed, its stage locked; 403 when it is not to be written now."""
    here = here_of(session, case_id)
    document = _of(session, case_id, document_id)
    if here.lane is None or not _is_written_at(here.case, here.stage, document):
        abort(403, READ_ONLY)
    return document


def choosing(session: Session, case_id: int) -> Situation:
    """Return where the case stands, locked; 403 unless the person chooses its letters now."""
    here = here_of(session, case_id)
    if here.lane is None or here.step.work != "concept":
        abort(403, "Naskah dipilih oleh pelaksana langkah konsep, bukan pada langkah ini.")
    return here


def may_write(case: Case, document: Document) -> bool:
    """Tell whether the person who asks may write in the document now."""
    stage = queries.open_stage(db.session(), case.id)
    return (
        stage is not None
        and queries.may_work(me(), case, stage)
        and _is_written_at(case, stage, document)
    )


def here_of(session: Session, case_id: int) -> Situation:
    """Return where the case stands, its stage locked.

    403 when it is closed, 409 when somebody moved it meanwhile.
    """
    stage = queries.open_stage(session, case_id) or abort(403, CLOSED)
    try:
        return situations.find(session, case_id, stage.id, me())
    except Stale:
        abort(409)


def _is_written_at(case: Case, stage: Stage, document: Document) -> bool:
    step = shelf.sop(case.sop).step(stage.step)
    return step.edits and step.papers == document.papers


def _of(session: Session, case_id: int, document_id: int) -> Document:
    documents = drafts.of_case(session, case_id)
    return next((d for d in documents if d.id == document_id), None) or abort(404)


def _saved(case_id: int, document_id: int) -> AnyResponse:
    then = request.form.get("then", "")
    if then == FORWARD:
        return decisions.decide(case_id, FORWARD)
    if not request.form.get("choose") and not request.form.get("tick"):
        flash("Naskah tersimpan.", "calm")
    if then == "case" or (not then and request.form.get("home")):
        return htmx.go(url_for("cases.show", case_id=case_id))
    case, document = find(case_id, document_id)
    url = url_for("documents.show", case_id=case_id, document_id=document_id)
    return htmx.answer(url, PAGE, *FRAGMENTS, **_context(case, document))


def _again(
    case: Case, document: Document, status: int, typed: Mapping[str, str], **more: Any
) -> Response:
    form = editing.form(db.session(), document, typed)
    if status != HTTPStatus.CONFLICT:
        form = editing.unsaved(form, typed)
    context = _context(case, document) | {"form": form} | more
    response = htmx.show(PAGE, *FRAGMENTS, status=status, **context)
    response.headers["HX-Reswap"] = standing.SHOW_STEP
    return response


def _context(case: Case, document: Document) -> dict[str, Any]:
    session = db.session()
    kind = kinds.kind(document.kind)
    stage = queries.open_stage(session, case.id)
    sop = shelf.sop(case.sop)
    return {
        "case": case,
        "stage": stage,
        "step": sop.step(stage.step) if stage else None,
        "paper": papers.of_document(session, document),
        "document": document,
        "kind": kind,
        "errors": {},
        "may_write": may_write(case, document),
        "form": editing.form(session, document),
    }
