"""The yearly evaluation of the SOP: a page with small charts, a table for spreadsheets, a PDF."""

from __future__ import annotations

from flask import Blueprint, Response, request

from kimweb import db
from kimweb.deadlines import evaluation
from kimweb.deadlines.evaluation import Evaluation
from kimweb.documents import dates
from kimweb.pages import guard, htmx
from kimweb.sop import shelf

bp = Blueprint("evaluation", __name__, url_prefix="/sop/evaluation")


@bp.before_request
def _readers_only() -> None:
    guard.in_office("Evaluasi SOP")


@bp.get("")
def show() -> Response:
    """Show how the steps went in a year."""
    found = _asked()
    return htmx.show(
        "evaluation/show.html",
        found=found,
        years=evaluation.years(db.session(), shelf.today()),
        in_words=evaluation.in_words,
        months=dates.MONTHS,
    )


@bp.get("/table.csv")
def spreadsheet() -> Response:
    """Send the steps of a year as CSV."""
    found = _asked()
    return _file(evaluation.csv(found), "text/csv", f"evaluasi-sop-{found.year}.csv", "attachment")


@bp.get("/print.pdf")
def printed() -> Response:
    """Send the evaluation of a year as PDF."""
    found = _asked()
    made = evaluation.pdf(found, shelf.today())
    return _file(made, "application/pdf", f"evaluasi-sop-{found.year}.pdf", "inline")


def _asked() -> Evaluation:
    today = shelf.today()
    year = request.args.get("tahun", today.year, int)
    known = evaluation.years(db.session(), today)
    return evaluation.of_year(db.session(), year if year in known else today.year)


def _file(made: bytes, media_type: str, name: str, how: str) -> Response:
    disposition = {"Content-Disposition": f'{how}; filename="{name}"'}
    return Response(made, mimetype=media_type, headers=disposition)
