"""The register of KIM: the list with its search, the coverage, one group."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.cases import queries
from kimweb.documents import regions
from kimweb.groups import coverage, register
from kimweb.groups.models import STATES, Group
from kimweb.pages import htmx
from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.sop import shelf

bp = Blueprint("groups", __name__, url_prefix="/groups")

# Who keeps the register: the unit that owns the SOP, and the head of its bidang.
KEEPERS = frozenset({"staf", "kasi", "kabid"})
NOT_A_KEEPER = "Status kelompok diubah oleh Staf, Kepala Seksi, atau Kepala Bidang."


@bp.get("")
def index() -> Response:
    """List the groups by area, state and name, with the coverage per kecamatan."""
    asked = {name: request.args.get(name, "") for name in ("text", "district", "state")}
    given: dict[str, Any] = {
        "asked": asked,
        "groups": register.search(db.session(), **asked),
        "coverage": coverage.table(db.session()),
        "districts": [(area.code, area.name) for area in regions.districts()],
        "states": [(state, state.capitalize()) for state in STATES],
        "area": _area,
        "chair_of": register.chair_of,
        "members": register.members,
    }
    return htmx.show("groups/index.html", "groups/_list.html", **given)


@bp.get("/<int:group_id>")
def show(group_id: int) -> Response:
    """Show one group; phone numbers only to whoever holds a lane of the office."""
    return _page(_found(group_id))


@bp.post("/<int:group_id>/state")
def change_state(group_id: int) -> AnyResponse:
    """Move a group to another state of its life."""
    if not _keeps():
        abort(403, NOT_A_KEEPER)
    with db.writing() as session:
        state = request.form.get("state", "")
        wrong = register.change_state(session, _found(group_id), state, me().name)
    if wrong:
        return _page(_found(group_id), status=422, errors={"state": wrong})
    flash("Status kelompok sudah diubah.", "calm")
    return htmx.go(url_for("groups.show", group_id=group_id))


def _page(group: Group, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    session = db.session()
    return htmx.show(
        "groups/show.html",
        status=status,
        group=group,
        errors=errors or {},
        area=_area(group),
        members=register.members(group),
        life=register.life(group),
        warnings=register.warnings(group),
        phones=bool(access.lanes_of(me(), shelf.today())),
        keeps=_keeps(),
        states=[(state, state.capitalize()) for state in STATES],
        case=queries.get(session, me(), group.case_id) if group.case_id else None,
    )


def _found(group_id: int) -> Group:
    return db.session().get(Group, group_id) or abort(404)


def _keeps() -> bool:
    return bool(access.lanes_of(me(), shelf.today()) & KEEPERS)


def _area(group: Group) -> str:
    village, district = regions.region(group.village), regions.region(group.district)
    return f"{village.title}, {district.title}"
