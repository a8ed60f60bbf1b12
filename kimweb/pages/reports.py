"""The report of a dispatch to Kasi (SOP step 10): what became of every letter, as page and PDF."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response

from kimweb import db
from kimweb.dispatch import outbox, report, results, states
from kimweb.dispatch.results import Results
from kimweb.documents import drafts
from kimweb.documents.models import LETTERS, Document
from kimweb.pages import dispatch, htmx
from kimweb.sop import shelf

bp = Blueprint("reports", __name__, url_prefix="/cases/<int:case_id>/dispatches/report")


@bp.get("")
def show(case_id: int) -> Response:
    """Show numbers, exceptions and every recipient; before the end it says what is missing."""
    case = dispatch.found(case_id)
    letters, became = _became(case_id)
    return htmx.show(
        "dispatch/report.html",
        case=case,
        became=became,
        missing=outbox.missing(db.session(), letters),
        label=states.label,
        tone=states.tone,
        channels=states.CHANNELS,
    )


@bp.get("/print.pdf")
def printed(case_id: int) -> Response:
    """Send the report as PDF."""
    case = dispatch.found(case_id)
    letters, became = _became(case_id)
    missing = outbox.missing(db.session(), letters)
    made = report.pdf(case.subject, became, missing, shelf.today())
    response = Response(made, mimetype="application/pdf")
    name = f"laporan-distribusi-kegiatan-{case.id}.pdf"
    response.headers.set("Content-Disposition", "inline", filename=name)
    return response


def _became(case_id: int) -> tuple[Sequence[Document], Results]:
    letters = drafts.of_case(db.session(), case_id, LETTERS)
    return letters, results.of(letters, outbox.letters_of(db.session(), letters))
