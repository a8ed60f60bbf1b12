"""Step 17: filing the finished case, and fetching its bundle."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import bell, db
from kimweb.cases import addenda, archive, attachments, bundle, pictures
from kimweb.documents import files
from kimweb.pages import htmx, worksheets
from kimweb.pages.fieldwork import found, sheet, working_on
from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.sop import shelf

bp = Blueprint("archive", __name__, url_prefix="/cases/<int:case_id>/archive")

WORK = "archive"
PAGE = "archive/show.html"
FORM = "cases/work/archive.html"
NOT_A_KEEPER = "Tambahan pada arsip dicatat oleh Staf, Kepala Seksi, atau Kepala Bidang."


@bp.get("")
def show(case_id: int) -> Response:
    """Show how the case is filed, and its bundle once it is made."""
    return htmx.show(PAGE, "archive/_bundle.html", **sheet(WORK, found(case_id)))


@bp.post("")
def save(case_id: int) -> AnyResponse:
    """Save classification, the place of the paper and the note."""
    with working_on(case_id, WORK) as (session, case):
        errors = archive.order(session, case, request.form)
    if errors:
        refused = sheet(WORK, found(case_id), filed=request.form, errors=errors)
        return htmx.show(PAGE, FORM, status=422, **refused)
    if not htmx.wanted():
        flash("Tersimpan.", "calm")
        return htmx.go(url_for("archive.show", case_id=case_id))
    answer = htmx.show(PAGE, FORM, **sheet(WORK, found(case_id), saved=FORM))
    answer.headers["HX-Trigger"] = "work-saved"
    return answer


@bp.post("/addenda")
def add(case_id: int) -> AnyResponse:
    """Add a note, perhaps with a file, to a closed case."""
    case = found(case_id)
    if not access.lanes_of(me(), shelf.today()) & worksheets.KEEPERS:
        abort(403, NOT_A_KEEPER)
    try:
        taken = _file() if case.closed_at else None
    except pictures.Refused as refusal:
        return _refused(case_id, str(refusal))
    with db.writing() as session:
        wrong = addenda.add(session, found(case_id), request.form.get("text", ""), taken, me())
        bell.after_commit(session, tasks=["tasks.archive.drain"])
    if wrong:
        return _refused(case_id, wrong)
    flash("Tambahan dicatat. Arsip disusun lagi bersama tambahan ini.", "calm")
    return htmx.go(url_for("archive.show", case_id=case_id, _anchor="tambahan"))


@bp.get("/addenda/<int:addendum_id>")
def attached(case_id: int, addendum_id: int) -> AnyResponse:
    """Send the file of an addendum, only ever to be downloaded."""
    notes = addenda.of_case(db.session(), found(case_id).id)
    note = next((one for one in notes if one.id == addendum_id and one.sha256), None) or abort(404)
    response = Response(files.store().read(note.sha256 or ""), mimetype=note.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers.set("Content-Disposition", "attachment", filename=note.name)
    return response


def _file() -> attachments.Taken | None:
    file = request.files.get("file")
    if file is None or not file.filename:
        return None
    return attachments.take_in(files.store(), file.stream, file.filename, attachments.MATERIAL)


def _refused(case_id: int, sentence: str) -> AnyResponse:
    given = sheet(WORK, found(case_id), refused=sentence, typed=request.form.get("text", ""))
    return htmx.show(PAGE, status=422, **given)


@bp.get("/bundle")
def download(case_id: int) -> AnyResponse:
    """Send the ZIP of the closed case."""
    case = found(case_id)
    filed = archive.of_case(db.session(), case.id)
    if filed is None or filed.bundle_hash is None:
        abort(404)
    response = Response(files.store().read(filed.bundle_hash), mimetype="application/zip")
    response.set_etag(filed.bundle_hash)
    response.headers["X-Content-Type-Options"] = "nosniff"
    name = bundle.file_name(case)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.cache_control.private = True
    return response.make_conditional(request)
