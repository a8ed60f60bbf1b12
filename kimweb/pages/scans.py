"""The scan of a letter signed with a pen: sent in while the letters are received (step 9)."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.cases import pictures, queries, scans
from kimweb.documents import drafts, files
from kimweb.documents.models import LETTERS, Document, Signature
from kimweb.pages import papers, standing
from kimweb.pages.guard import me
from kimweb.sop import shelf

bp = Blueprint("scans", __name__, url_prefix="/cases/<int:case_id>/documents/<int:document_id>")


@bp.post("/scan")
def add(case_id: int, document_id: int) -> AnyResponse:
    """Keep the chosen PDF as the scan of a letter; refused files are named with the reason."""
    standing.find(case_id)
    try:
        with db.writing():
            _receiving(case_id)
            document, signature = _signed(case_id, document_id)
            scans.keep(files.store(), signature, _chosen().stream)
            subject = document.subject
    except pictures.Refused as refusal:
        return standing.page(case_id, 422, scan_refused=str(refusal))
    flash(f"Hasil pindai {subject} tersimpan.", "calm")
    return standing.answer(case_id)


@bp.get("/scan.pdf")
def show(case_id: int, document_id: int) -> Response:
    """Send the scan of a letter."""
    standing.find(case_id)
    document, signature = _signed(case_id, document_id)
    response = Response(
        files.store().read(signature.scan_hash or abort(404)), mimetype="application/pdf"
    )
    name = papers.file_name(document, None).replace("pratinjau", "pindai")
    # A file of somebody's own is never opened inside our pages.
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _receiving(case_id: int) -> None:
    case = standing.find(case_id)
    stage = queries.open_stage(db.session(), case_id)
    step = shelf.sop(case.sop).step(stage.step) if stage else None
    if stage is None or step is None or (step.work, step.papers) != ("receive", LETTERS):
        abort(403, "Hasil pindai diunggah pada langkah penerimaan naskah, sebelum didistribusikan.")
    if not queries.may_work(me(), case, stage):
        abort(403)


def _signed(case_id: int, document_id: int) -> tuple[Document, Signature]:
    letters = drafts.of_case(db.session(), case_id, LETTERS)
    found = scans.by_pen(db.session(), letters)
    return next((pair for pair in found if pair[0].id == document_id), None) or abort(404)


def _chosen() -> FileStorage:
    file = request.files.get("scan")
    if file is None or not file.filename:
        raise pictures.Refused("Pilih dahulu berkas hasil pindai.")
    return file
