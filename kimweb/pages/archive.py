"""Step 17: filing the finished case, and fetching its bundle."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.cases import archive, bundle
from kimweb.documents import files
from kimweb.pages import htmx
from kimweb.pages.fieldwork import found, sheet, working_on

bp = Blueprint("archive", __name__, url_prefix="/cases/<int:case_id>/archive")

WORK = "archive"
PAGE = "archive/show.html"
FORM = "cases/work/archive.html"


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
