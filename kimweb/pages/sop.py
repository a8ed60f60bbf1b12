"""The SOP as the office signed it."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.sop import book, chart, shelf

bp = Blueprint("sop", __name__)


@bp.get("/sop")
def show() -> Response:
    """Show the edition that new cases begin with."""
    sop = shelf.sop()
    page = render_template(
        "sop/show.html",
        sop=sop,
        chart=chart.pages(sop),
        oddities=book.warnings(sop),
        sees_all=access.sees_all_cases(me(), shelf.today()),
    )
    return make_response(page)
