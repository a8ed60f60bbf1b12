"""The team (step 11), the village on a phone (12), the report material (13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.cases import fieldwork, queries
from kimweb.cases.models import Case, Stage
from kimweb.groups import register
from kimweb.groups.entry import EditedElsewhere
from kimweb.pages import htmx, worksheets
from kimweb.pages.guard import me
from kimweb.sop import shelf

bp = Blueprint("fieldwork", __name__, url_prefix="/cases/<int:case_id>")

NOT_YOUR_TURN = (
    "Isian ini hanya dapat diubah oleh pelaksana langkah yang sedang berjalan. "
    "Buka kegiatan ini untuk melihat langkahnya sekarang."
)
EDITED_ELSEWHERE = (
    "Isian ini baru saja diubah di perangkat lain, jadi belum disimpan. Isian Anda masih ada di "
    "bawah ini; bandingkan dengan yang tersimpan, lalu simpan lagi."
)
# What changes with every save besides the form itself.
ALONGSIDE = ("fieldwork/_gaps.html", "fieldwork/_warnings.html")
WHOLE_TEAM = "cases/work/team.html"
SAVED = "Tersimpan."
OFFICER_FIELDS = ("officer_role", "officer_name", "officer_sex", "officer_phone")
Problems = Mapping[str, str]


def context(case: Case, stage: Stage) -> dict[str, Any]:
    """Return the worksheet that the template of the stage's step in cases/work prints."""
    return _worksheet(shelf.sop(case.sop).step(stage.step).work, case, stage)


def found(case_id: int) -> Case:
    """Return the case as far as the person may see it, else 404."""
    return queries.get(db.session(), me(), case_id) or abort(404)


@contextmanager
def working_on(case_id: int, *works: str) -> Iterator[tuple[Session, Case]]:
    """A writing transaction on a case whose open step asks for one of `works`; else 404 or 403."""
    with db.writing() as session:
        case = found(case_id)
        stage = queries.open_stage(session, case.id)
        if not stage or shelf.sop(case.sop).step(stage.step).work not in works:
            abort(403, NOT_YOUR_TURN)
        if not queries.may_work(me(), case, stage):
            abort(403, NOT_YOUR_TURN)
        yield session, case


def sheet(work: str, case: Case, **kept: Any) -> dict[str, Any]:
    """Return what a page of its own needs: the case and its worksheet, with what was typed."""
    stage = queries.open_stage(db.session(), case.id)
    return {"case": case, "work": _worksheet(work, case, stage) | kept}


def form_rows(form: MultiDict[str, str], *names: str) -> list[dict[str, str]]:
    """Return the rows of a form whose fields `role_name` repeat, one dict per row."""
    columns = [form.getlist(name) for name in names]
    keys = [name.split("_", 1)[1] for name in names]
    return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=False)]


@bp.get("/team")
def team(case_id: int) -> AnyResponse:
    """Show the team and its departure."""
    return htmx.show("fieldwork/team.html", **sheet("team", found(case_id)))


@bp.post("/team")
def save_team(case_id: int) -> AnyResponse:
    """Save the team and its departure as typed."""
    people = [
        {"person": number, "role": request.form.get(f"role-{number}", "")}
        for number in request.form.getlist("person")
    ]
    guests = form_rows(request.form, "outside_name", "outside_title", "outside_role")
    ready = request.form.getlist("equipment")
    with working_on(case_id, "team") as (session, case):
        errors = fieldwork.save_team(session, case, request.form, [*people, *guests], ready)
    kept = worksheets.typed_team(request.form, people, guests, ready) if errors else {}
    return _settled("team", case_id, errors, WHOLE_TEAM, kept)


@bp.get("/team/keberangkatan.ics")
def departure(case_id: int) -> Response:
    """Send the journey as a file for calendars."""
    case = found(case_id)
    response = Response(fieldwork.calendar_file(db.session(), case), mimetype="text/calendar")
    response.headers.set("Content-Disposition", "attachment", filename="keberangkatan.ics")
    return response


@bp.get("/activity")
def activity(case_id: int) -> AnyResponse:
    """Show the record of the activity, made for a phone."""
    return htmx.show("fieldwork/activity.html", **sheet("activity", found(case_id)))


@bp.post("/activity")
def save_notes(case_id: int) -> AnyResponse:
    """Save date, place, minutes and decisions."""
    errors, stale = _saved(
        case_id,
        "activity",
        lambda session, case: fieldwork.save_notes(session, case, request.form, edit_number()),
    )
    kept = {"notes": request.form} if errors or stale else {}
    return _settled("activity", case_id, errors, "fieldwork/_notes.html", kept, stale=stale)


@bp.post("/activity/attendees")
def add_attendee(case_id: int) -> AnyResponse:
    """Write down one more person who was there."""
    with working_on(case_id, "activity") as (session, case):
        known = len(fieldwork.attendees(session, case))
        who, errors = fieldwork.record_attendee(session, case, request.form)
        doubled = who is not None and len(fieldwork.attendees(session, case)) == known
        name = who.name if who else ""
    kept: dict[str, Any] = {"attendee": request.form} if errors else {}
    if doubled:
        kept["doubled"] = name
    if not errors:
        # The next name is typed at once, and mostly comes from the same place.
        kept["next"] = True
        kept["origin"] = request.form.get("origin", "")
    return _settled("activity", case_id, errors, "fieldwork/_attendance.html", kept, "daftar-hadir")


@bp.post("/activity/attendees/<int:attendee_id>/delete")
def drop_attendee(case_id: int, attendee_id: int) -> AnyResponse:
    """Take somebody off the attendance list."""
    with working_on(case_id, "activity") as (session, case):
        fieldwork.drop_attendee(session, case, attendee_id)
    return _settled("activity", case_id, {}, "fieldwork/_attendance.html", {}, "daftar-hadir")


@bp.post("/activity/group")
def save_group(case_id: int) -> AnyResponse:
    """Save the group that was formed."""
    officers = form_rows(request.form, *OFFICER_FIELDS)
    typed = register.Typed(request.form, officers, edit_number())
    errors, stale = _saved(
        case_id,
        "activity",
        lambda session, case: register.form(
            session, register.Place(case.id, case.district, case.village), typed
        ),
    )
    kept = {"group": request.form, "officers": officers} if errors or stale else {}
    part = "fieldwork/_group.html"
    return _settled("activity", case_id, errors, part, kept, "kelompok", stale=stale)


@bp.get("/material")
def material(case_id: int) -> AnyResponse:
    """Show what the report is made of."""
    return htmx.show("fieldwork/material.html", **sheet("material", found(case_id)))


@bp.post("/material")
def save_material(case_id: int) -> AnyResponse:
    """Save costs, obstacles and suggestions."""
    errors, stale = _saved(
        case_id,
        "material",
        lambda session, case: fieldwork.save_material(session, case, request.form, edit_number()),
    )
    kept = {"notes": request.form} if errors or stale else {}
    return _settled("material", case_id, errors, "fieldwork/_material.html", kept, stale=stale)


def _worksheet(work: str, case: Case, stage: Stage | None) -> dict[str, Any]:
    open_here = stage is not None and shelf.sop(case.sop).step(stage.step).work == work
    editable = open_here and queries.may_work(me(), case, stage)
    return worksheets.SHEETS[work](db.session(), case, me(), editable=editable)


def _saved(
    case_id: int, work: str, act: Callable[[Session, Case], Problems]
) -> tuple[Problems, bool]:
    """Save through `act`; return its problems, and whether another device saved before."""
    try:
        with working_on(case_id, work) as here:
            return act(*here), False
    except EditedElsewhere:
        return {}, True


def _settled(
    work: str,
    case_id: int,
    errors: Problems,
    part: str,
    kept: dict[str, Any],
    anchor: str = "",
    *,
    stale: bool = False,
) -> AnyResponse:
    """Answer a saved, refused (422) or outdated (409) form; what was typed stays on the page."""
    fragments = [part] if part == WHOLE_TEAM else [part, *ALONGSIDE]
    page = f"fieldwork/{work}.html"
    if errors or stale:
        given = sheet(work, found(case_id), errors=errors, part=part, **kept)
        given["work"]["conflict"] = EDITED_ELSEWHERE if stale else ""
        return htmx.show(page, *fragments, status=409 if stale else 422, **given)
    if not htmx.wanted():
        flash(SAVED, "calm")
        url = url_for(f"fieldwork.{work}", case_id=case_id, _anchor=anchor or None)
        return htmx.go(url)
    given = sheet(work, found(case_id), saved=part, **kept)
    answer = htmx.show(page, *fragments, **given)
    answer.headers["HX-Trigger"] = "work-saved"
    return answer


def edit_number() -> int:
    """Return which edit the form was opened on; something else than a number is none."""
    number = request.form.get("edit", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 9 else -1
