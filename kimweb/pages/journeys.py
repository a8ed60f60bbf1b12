"""The SOP's chart alive: where one case stands on it, or all of them, on screen and as PDF."""

from __future__ import annotations

from flask import Blueprint, Response

from kimweb import clock, db
from kimweb.cases import queries
from kimweb.cases.models import Case
from kimweb.deadlines import journeys
from kimweb.deadlines.journeys import Journey
from kimweb.pages import guard, htmx, standing
from kimweb.sop import chart, shelf
from kimweb.sop.book import Sop

bp = Blueprint("journeys", __name__)


@bp.get("/cases/<int:case_id>/journey")
def show(case_id: int) -> Response:
    """Show one case on the chart; it renews itself when the case moves."""
    case = standing.find(case_id)
    sop, journey = _of_case(case)
    return htmx.show(
        "sop/case.html", "sop/_case.html", case=case, chart=chart.pages(sop, *journey)[1:]
    )


@bp.get("/cases/<int:case_id>/journey.pdf")
def case_pdf(case_id: int) -> Response:
    """Send the chart of one case as PDF."""
    return _pdf(*_of_case(standing.find(case_id)), f"bagan-kegiatan-{case_id}.pdf")


@bp.get("/sop/live")
def everything() -> Response:
    """Show all cases on the chart of the edition in force."""
    _of_office()
    sop = shelf.sop()
    journey = journeys.of_all(db.session(), sop, clock.now())
    return htmx.show(
        "sop/live.html", "sop/_live.html", sop=sop, chart=chart.pages(sop, *journey)[1:]
    )


@bp.get("/sop/live.pdf")
def everything_pdf() -> Response:
    """Send the chart of all cases as PDF."""
    _of_office()
    sop = shelf.sop()
    return _pdf(sop, journeys.of_all(db.session(), sop, clock.now()), "bagan-sop.pdf")


def _of_office() -> None:
    guard.in_office("Bagan semua kegiatan")


def _of_case(case: Case) -> tuple[Sop, Journey]:
    stages = queries.stages(db.session(), case.id)
    return shelf.sop(case.sop), journeys.of_case(stages, clock.now())


def _pdf(sop: Sop, journey: Journey, name: str) -> Response:
    made = journeys.pdf(sop, journey, shelf.today())
    return Response(
        made,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )
