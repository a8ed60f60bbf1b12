"""Units with working weeks of their own: which positions, and which hours they keep instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from kimweb.deadlines import revisions
from kimweb.documents import office
from kimweb.groups.entry import Entry, one_line
from kimweb.pages import calendar, htmx
from kimweb.pages.guard import admin_only
from kimweb.sop import revising, shelf
from kimweb.sop.office_hours import NORMAL, Unit

bp = Blueprint("units", __name__, url_prefix="/calendar/units")


@bp.get("/new")
@admin_only
def new() -> Response:
    """Show an empty unit."""
    return _page("", MultiDict(), {})


@bp.get("/<unit>")
@admin_only
def show(unit: str) -> Response:
    """Show one unit with the form that changes it."""
    found = calendar.unit_called(unit) or abort(404)
    fields = [(field, found.weeks.get(usual, usual)) for field, usual in usual_weeks(found)]
    return _page(unit, MultiDict([("lanes", lane) for lane in found.lanes] + fields), {})


@bp.post("/new")
@admin_only
def add() -> AnyResponse:
    """Show what a new unit would move; with a confirmation, add it."""
    name = one_line(request.form.get("name", ""))[:40]
    facts, wrong = read(name, request.form)
    if not calendar.NAME.fullmatch(name):
        wrong["name"] = "Isi nama bagian itu dengan huruf dan angka, misalnya Tim lapangan."
    elif calendar.unit_called(name):
        wrong["name"] = "Bagian dengan nama ini sudah ada. Beri nama yang lain."
    return _decided("", name, facts, wrong)


@bp.post("/<unit>")
@admin_only
def change(unit: str) -> AnyResponse:
    """Show what changing or removing a unit would move; with a confirmation, do it."""
    calendar.unit_called(unit) or abort(404)
    if request.form.get("off"):
        after = {"off": True} if revisions.written(revising.unit_subject(unit)) else {}
        return _decided(unit, unit, after, {})
    return _decided(unit, unit, *read(unit, request.form))


def read(name: str, form: MultiDict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the facts of a unit as typed, and a sentence for every field that is not right."""
    entry = Entry(form)
    lanes = tuple(lane for lane in office.current().lanes if lane in form.getlist("lanes"))
    source = entry.line("source", "Dasar", 200)
    if not lanes:
        entry.refuse("lanes", "Pilih sedikitnya satu jabatan.")
    for lane, other in _elsewhere(name).items():
        if lane in lanes:
            title = office.current().lane_title(lane)
            entry.refuse("lanes", f"{title} sudah masuk bagian {other}. Pilih jabatan yang lain.")
    own = _own_weeks(entry, form, calendar.unit_called(name))
    if not source:
        entry.refuse("source", "Isi dasarnya, misalnya nomor keputusan atau surat edaran.")
    return revising.unit_facts(Unit(name, lanes, own), source), entry.problems


def usual_weeks(unit: Unit | None) -> list[tuple[str, str]]:
    """Return the weeks in whose place a unit may keep another, each after the name of its field.

    They are those that the office keeps at some time of the year, and those the unit replaces.
    """
    hours = shelf.office_calendar().hours
    kept = {NORMAL, *(period.hours for period in hours.periods), *(unit.weeks if unit else ())}
    return [(f"own_{n}", week) for n, week in enumerate(hours.weeks) if week in kept]


def _own_weeks(entry: Entry, form: MultiDict[str, str], unit: Unit | None) -> dict[str, str]:
    """Return the weeks that are not the office's, by the usual one whose place they take."""
    typed = {usual: (field, form.get(field, "")) for field, usual in usual_weeks(unit)}
    for field, own in typed.values():
        if own not in shelf.office_calendar().hours.weeks:
            entry.refuse(field, "Pilih jam kerja.")
    others = {usual: own for usual, (_, own) in typed.items() if own != usual}
    if not others:
        entry.refuse(
            typed[NORMAL][0],
            "Semua jam kerjanya sama dengan kantor. Pilih sedikitnya satu yang lain.",
        )
    return others


def _elsewhere(name: str) -> dict[str, str]:
    """Return the units that lanes belong to, that called `name` left out."""
    units: Iterable[Unit] = shelf.office_calendar().hours.units
    return {lane: unit.name for unit in units if unit.name != name for lane in unit.lanes}


def _decided(page: str, name: str, facts: dict[str, Any], wrong: dict[str, str]) -> AnyResponse:
    """Ask for a confirmation, or show the form of `page` ("" for a new unit) again."""
    if wrong:
        return _page(page, request.form, wrong, 422)
    back = url_for(".show", unit=page) if page else url_for(".new")
    return calendar.decide(revising.unit_subject(name), facts, back, shelf.today().year)


def _page(
    name: str, typed: MultiDict[str, str], wrong: dict[str, str], status: int = 200
) -> Response:
    elsewhere = _elsewhere(name)
    lanes = [
        (lane, held.title, f"Sudah masuk bagian {elsewhere[lane]}" if lane in elsewhere else "")
        for lane, held in office.current().lanes.items()
    ]
    weeks = list(shelf.office_calendar().hours.weeks)
    return htmx.show(
        "calendar/unit.html",
        status=status,
        name=name,
        typed=typed,
        chosen=typed.getlist("lanes"),
        errors=wrong,
        lanes=lanes,
        fields=[
            (field, usual, [(usual, "Sama dengan kantor"), *_choices(weeks, usual)])
            for field, usual in usual_weeks(calendar.unit_called(name))
        ],
    )


def _choices(weeks: list[str], usual: str) -> list[tuple[str, str]]:
    return [(week, week.capitalize()) for week in weeks if week != usual]
