"""Sheets of a case for pen and paper, as PDF."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, abort, request

from kimweb import db
from kimweb.cases import printouts
from kimweb.documents import rendering
from kimweb.pages import standing
from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.sop import shelf

bp = Blueprint("printouts", __name__, url_prefix="/cases/<int:case_id>/printouts")


@bp.get("/<sheet>.pdf")
def show(case_id: int, sheet: str) -> Response:
    """Send a sheet as it stands now; 404 for one that nobody prints, 422 when it cannot be set."""
    case = standing.find(case_id)
    if sheet not in printouts.SHEETS:
        abort(HTTPStatus.NOT_FOUND)
    phones = bool(access.lanes_of(me(), shelf.today()))
    try:
        member = request.args.get("member", 0, int)
        given = printouts.content(db.session(), case, sheet, phones=phones, member=member)
        made = rendering.pdf(*given)
    except rendering.RenderingError as failure:
        abort(HTTPStatus.UNPROCESSABLE_ENTITY, str(failure))
    response = Response(made, mimetype="application/pdf")
    name = f"{sheet.replace('_', '-')}-{case.id}.pdf"
    response.headers.set("Content-Disposition", "inline", filename=name)
    return response
