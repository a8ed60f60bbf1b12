"""The register of KIM: the list with its search, the coverage over the years, one group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.cases import attachments, pictures, queries
from kimweb.documents import files, regions, tables
from kimweb.groups import chronicle, coverage, register, sheet
from kimweb.groups.entry import EditedElsewhere, Entry
from kimweb.groups.models import STATES, Group
from kimweb.pages import htmx, sheets, worksheets
from kimweb.pages.fieldwork import EDITED_ELSEWHERE, OFFICER_FIELDS, edit_number, form_rows
from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.sop import shelf

bp = Blueprint("groups", __name__, url_prefix="/groups")

# Who keeps the register: the unit that owns the SOP, and the head of its bidang.
KEEPERS = frozenset({"staf", "kasi", "kabid"})
# Who may see personal telephone numbers: the unit, and whoever goes out for it.
UNIT = KEEPERS | {access.FIELD_LANE}
NOT_A_KEEPER = "Daftar KIM diubah oleh Staf, Kepala Seksi, atau Kepala Bidang."


@bp.get("")
def index() -> Response:
    """List the groups by area, state and name, with the coverage per kecamatan and year."""
    asked = {name: request.args.get(name, "") for name in ("text", "district", "state")}
    session = db.session()
    given: dict[str, Any] = {
        "asked": asked,
        "groups": register.search(session, **asked),
        "coverage": coverage.table(session),
        "years": coverage.years(session),
        "districts": [(area.code, area.name) for area in regions.districts()],
        "states": [(state, state.capitalize()) for state in STATES],
        "area": _area,
        "chair_of": register.chair_of,
        "members": register.members,
        "keeps": _keeps(),
    }
    return htmx.show("groups/index.html", "groups/_list.html", **given)


@bp.get("/daftar-kim.xlsx")
def workbook() -> Response:
    """Send the register and the province's table as XLSX; no telephone numbers."""
    session = db.session()
    years = coverage.years(session)
    province = [row for year, found in years for row in sheet.for_the_province(year, found)]
    groups = sheet.listed(register.search(session))
    made = tables.book(
        {
            "Cakupan": [sheet.PROVINCE, *province],
            "Daftar KIM": [list(sheet.HEADINGS.values()), *groups],
        }
    )
    return sheets.file(made, f"daftar-kim-{shelf.today()}.xlsx", sheets.XLSX)


@bp.get("/cakupan-kim.csv")
def province() -> Response:
    """Send the province's table of this year as CSV."""
    year = shelf.today().year
    rows = sheet.for_the_province(year, coverage.table(db.session()))
    made = tables.to_csv(sheet.PROVINCE, rows, delimiter=";")
    return sheets.file(made, f"cakupan-kim-{year}.csv", "text/csv")


@bp.get("/<int:group_id>")
def show(group_id: int) -> Response:
    """Show one group; telephone numbers only to the unit."""
    return _page(_found(group_id))


@bp.get("/<int:group_id>/edit")
def edit(group_id: int) -> Response:
    """Ask for what has changed about a group."""
    keepers_only()
    group = _found(group_id)
    return _form(group, worksheets.group_fields(group), worksheets.officer_rows(group))


@bp.post("/<int:group_id>/edit")
def revise(group_id: int) -> AnyResponse:
    """Change what the register knows of a group."""
    keepers_only()
    officers = form_rows(request.form, *OFFICER_FIELDS)
    typed = register.Typed(request.form, officers, edit_number())
    errors, conflict = {}, ""
    try:
        with db.writing() as session:
            errors = register.revise(session, _found(group_id), typed)
    except EditedElsewhere:
        conflict = EDITED_ELSEWHERE
    if errors or conflict:
        group, status = _found(group_id), 409 if conflict else 422
        return _form(group, request.form, officers, status, errors=errors, conflict=conflict)
    flash("Keterangan kelompok tersimpan.", "calm")
    return htmx.go(url_for("groups.show", group_id=group_id))


@bp.post("/<int:group_id>/state")
def change_state(group_id: int) -> AnyResponse:
    """Move a group to another state of its life."""
    keepers_only()
    entry = Entry(request.form)
    since = entry.day("since", "Berlaku sejak")
    state, wrong = request.form.get("state", ""), entry.problems.get("since")
    if not wrong:
        with db.writing() as session:
            wrong = register.change_state(session, _found(group_id), state, me().name, since)
    if wrong:
        return _page(_found(group_id), 422, {"state": wrong}, request.form)
    flash("Status kelompok sudah diubah.", "calm")
    return htmx.go(url_for("groups.show", group_id=group_id))


@bp.post("/<int:group_id>/records")
def record(group_id: int) -> AnyResponse:
    """Record what a group did, a visit to it, or a decree about it."""
    keepers_only()
    group = _found(group_id)
    try:
        file = _file()
    except pictures.Refused as refusal:
        return _page(group, 422, {"file": str(refusal)}, request.form)
    with db.writing() as session:
        wrong = chronicle.add(session, _found(group_id), request.form, file, me().id)
    if wrong:
        return _page(_found(group_id), 422, wrong, request.form)
    flash("Catatan kelompok tersimpan.", "calm")
    return htmx.go(url_for("groups.show", group_id=group_id, _anchor="catatan"))


@bp.get("/<int:group_id>/records/<int:record_id>")
def attached(group_id: int, record_id: int) -> AnyResponse:
    """Send the file of a record, only ever to be downloaded."""
    found = chronicle.of_group(db.session(), _found(group_id))
    one = next((one for one in found if one.id == record_id and one.sha256), None) or abort(404)
    response = sheets.file(files.store().read(one.sha256 or ""), one.name, one.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def keepers_only() -> None:
    """Let only those go on who keep the register; others get 403."""
    if not _keeps():
        abort(403, NOT_A_KEEPER)


def _page(
    group: Group,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    session = db.session()
    records = chronicle.of_group(session, group)
    return htmx.show(
        "groups/show.html",
        status=status,
        group=group,
        errors=errors or {},
        typed=typed or {},
        area=_area(group),
        members=register.members(group),
        life=register.life(group),
        records=records,
        by_year=chronicle.by_year(records),
        confirmed_by=chronicle.confirmed_by(records),
        highest=chronicle.LEVELS[0],
        kinds=list(chronicle.KINDS.items()),
        adinda=chronicle.ADINDA,
        levels=chronicle.LEVELS,
        visit=chronicle.KINDS[chronicle.VISIT],
        warnings=register.warnings(group),
        phones=bool(access.lanes_of(me(), shelf.today()) & UNIT),
        keeps=_keeps(),
        states=[(state, state.capitalize()) for state in STATES],
        case=queries.get(session, me(), group.case_id) if group.case_id else None,
    )


def _form(
    group: Group,
    fields: Mapping[str, str],
    officers: Sequence[Mapping[str, str]],
    status: int = 200,
    **told: Any,
) -> Response:
    return htmx.show(
        "groups/edit.html",
        status=status,
        known=group,
        group=fields,
        officers=officers,
        villages=[(v.code, v.title) for v in regions.villages(group.district)],
        core_roles=register.CORE_ROLES,
        phones=True,
        **({"errors": {}} | told),
    )


def _file() -> chronicle.File | None:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    taken = attachments.take_in(files.store(), sent.stream, sent.filename, attachments.MATERIAL)
    return chronicle.File(taken.sha256, taken.name, taken.media_type)


def _found(group_id: int) -> Group:
    return db.session().get(Group, group_id) or abort(404)


def _keeps() -> bool:
    return bool(access.lanes_of(me(), shelf.today()) & KEEPERS)


def _area(group: Group) -> str:
    village, district = regions.region(group.village), regions.region(group.district)
    return f"{village.title}, {district.title}"
