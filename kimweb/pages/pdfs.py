"""The PDFs of a case's papers: each version as it was frozen, and the present draft."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from kimweb import claims, clock, db
from kimweb.documents import contents, files, reading, rendering
from kimweb.documents.models import Document, Version
from kimweb.pages import papers
from kimweb.pages.documents import find
from kimweb.pages.guard import me

bp = Blueprint("pdfs", __name__, url_prefix="/cases/<int:case_id>/documents/<int:document_id>")

NOT_MADE = {
    claims.QUARANTINED: "PDF naskah ini gagal dibuat. Beri tahu administrator.",
    claims.QUEUED: "PDF naskah ini masih dalam antrean. Tunggu sebentar, lalu muat ulang.",
    claims.RUNNING: "PDF naskah ini sedang dibuat. Tunggu sebentar, lalu muat ulang.",
}


@bp.get("/versions/<int:n>.pdf")
def version(case_id: int, document_id: int, n: int) -> AnyResponse:
    """Send the PDF of one version; 404 with the reason until it is made."""
    _, document = find(case_id, document_id)
    found = next((version for version in document.versions if version.n == n), None)
    if found is None:
        abort(404)
    if found.pdf_hash is None:
        abort(404, NOT_MADE.get(found.state))
    _note_seen(found.id)
    response = _pdf(files.store().read(found.pdf_hash), document, found)
    response.set_etag(found.pdf_hash)
    response.cache_control.private = True
    response.cache_control.no_cache = True
    return response.make_conditional(request)


@bp.get("/file-copy.pdf")
def file_copy(case_id: int, document_id: int) -> Response:
    """Send the office's own copy of a finished paper, with the grid of parafs; else 404."""
    _, document = find(case_id, document_id)
    final = papers.of_document(db.session(), document).current
    if final is None or not final.content.get("parafs"):
        abort(404, "Pertinggal dengan kotak paraf baru ada sesudah naskah selesai diparaf.")
    response = _pdf(files.file_copy(final), document, final)
    name = papers.file_name(document, final).replace(".pdf", "-pertinggal.pdf")
    response.headers.set("Content-Disposition", "inline", filename=name)
    return response


@bp.get("/preview.pdf")
def preview(case_id: int, document_id: int) -> Response:
    """Send the present draft as it would be printed; 422 when it cannot be typeset."""
    _, document = find(case_id, document_id)
    try:
        made = rendering.pdf(
            document.kind, files.illustrated(contents.draft(db.session(), document))
        )
    except rendering.RenderingError as failure:
        abort(422, str(failure))
    return _pdf(made, document, None)


def _note_seen(version_id: int) -> None:
    """A version counts as read once its page was opened: later ones are compared with it."""
    if not reading.has_seen(db.session(), me().id, version_id):
        with db.writing() as session:
            reading.note(session, me().id, [version_id], clock.now())


def _pdf(data: bytes, document: Document, made_from: Version | None) -> Response:
    response = Response(data, mimetype="application/pdf")
    name = papers.file_name(document, made_from)
    response.headers.set("Content-Disposition", "inline", filename=name)
    return response
