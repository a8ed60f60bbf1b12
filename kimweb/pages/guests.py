"""The QR on the wall of the hall, and the page to which it leads guests without an account."""

from __future__ import annotations

import io
import secrets

import segno
from flask import Blueprint, Response, abort, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.cases.fieldwork import guests
from kimweb.cases.models import Case
from kimweb.documents import regions
from kimweb.pages import htmx
from kimweb.pages.fieldwork import found, sheet, working_on
from kimweb.pages.guard import me

bp = Blueprint("guests", __name__)

CLOSED = "Pendaftaran hadir ini sudah ditutup. Tanyakan kepada tim yang bertugas."
PAGE = "guests/show.html"


@bp.post("/cases/<int:case_id>/activity/door")
def open_door(case_id: int) -> AnyResponse:
    """Let guests write themselves down from now on."""
    with working_on(case_id, "activity") as (session, case):
        guests.open_door(session, case, me())
    return _panel(case_id)


@bp.post("/cases/<int:case_id>/activity/door/end")
def close_door(case_id: int) -> AnyResponse:
    """Let nobody write themselves down any more."""
    with working_on(case_id, "activity") as (session, case):
        guests.close_door(session, case)
    return _panel(case_id)


@bp.get("/hadir/<code>")
def show(code: str) -> Response:
    """Ask a guest for name and origin."""
    return _page(_case(code), code, {}, {})


@bp.post("/hadir/<code>")
def enter(code: str) -> Response:
    """Write the guest down."""
    _case(code)
    with db.writing() as session:
        case = guests.find(session, code) or abort(404, CLOSED)
        wrong = guests.enter(session, case, request.form)
    if wrong:
        status = 429 if guests.CROWDED in wrong.values() else 422
        return _page(_case(code), code, wrong, request.form, status)
    return htmx.show(PAGE, case=_case(code), area=_area(case), done=request.form["name"])


def picture(code: str) -> Markup:
    """Return the QR that leads to the guests' page, as SVG."""
    # The address by which this phone reaches the office is one that works on this network.
    address = url_for("guests.show", code=code, _external=True)
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=2, light="white", xmldecl=False, svgns=False, omitsize=True
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn here, from an address of ours


bp.add_app_template_global(picture, "door_picture")


def _case(code: str) -> Case:
    return guests.find(db.session(), code) or abort(404, CLOSED)


def _area(case: Case) -> str:
    return f"{regions.region(case.village).title}, {regions.region(case.district).title}"


def _page(
    case: Case, code: str, wrong: dict[str, str], typed: dict[str, str], status: int = 200
) -> Response:
    return htmx.show(
        PAGE,
        status=status,
        case=case,
        code=code,
        area=_area(case),
        errors=wrong,
        typed=typed,
        key=typed.get("key") or secrets.token_urlsafe(18),
    )


def _panel(case_id: int) -> AnyResponse:
    if not htmx.wanted():
        return htmx.go(url_for("fieldwork.activity", case_id=case_id, _anchor="tamu"))
    given = sheet("activity", found(case_id))
    return htmx.show("fieldwork/activity.html", "fieldwork/_guests.html", **given)
