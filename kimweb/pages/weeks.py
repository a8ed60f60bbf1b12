"""The weeks of the office by name: which hours are kept on which weekday."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb.documents import dates
from kimweb.groups.entry import Entry, one_line
from kimweb.pages import calendar, hours, htmx
from kimweb.pages.guard import admin_only
from kimweb.sop import revising, shelf

bp = Blueprint("weeks", __name__, url_prefix="/calendar/weeks")


@bp.get("/new")
@admin_only
def new() -> Response:
    """Show an empty week."""
    return _page("", {}, {})


@bp.get("/<week>")
@admin_only
def show(week: str) -> Response:
    """Show one week with the form that changes it."""
    found = shelf.office_calendar().hours.weeks.get(week) or abort(404)
    typed = [hours.typed(day, f"_{n}") for n, day in enumerate(found)]
    return _page(week, {key: value for day in typed for key, value in day.items()}, {})


@bp.post("/new")
@admin_only
def add() -> AnyResponse:
    """Show what a new week would move; with a confirmation, add it."""
    name = one_line(request.form.get("name", ""))[:40]
    facts, wrong = read(request.form)
    if not calendar.NAME.fullmatch(name):
        wrong["name"] = "Isi nama jam kerja itu dengan huruf dan angka, misalnya biasa 2027."
    elif name in shelf.office_calendar().hours.weeks:
        wrong["name"] = "Jam kerja dengan nama ini sudah ada. Beri nama yang lain."
    return _decided("", name, facts, wrong)


@bp.post("/<week>")
@admin_only
def change(week: str) -> AnyResponse:
    """Show what changing a week would move; with a confirmation, do it."""
    if week not in shelf.office_calendar().hours.weeks:
        abort(404)
    return _decided(week, week, *read(request.form))


def read(form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the facts of a week as typed, and a sentence for every field that is not right."""
    entry = Entry(form)
    week = tuple(hours.windows(entry, form, f"_{n}") for n, _ in enumerate(dates.DAYS))
    source = entry.line("source", "Dasar", 200)
    if not source:
        entry.refuse("source", "Isi dasarnya, misalnya nomor peraturan atau surat edaran.")
    if not any(week) and not entry.problems:
        entry.refuse("open_0", "Isi jam kerja sedikitnya satu hari.")
    return revising.week_facts(week, source), entry.problems


def _decided(page: str, name: str, facts: dict[str, Any], wrong: dict[str, str]) -> AnyResponse:
    """Ask for a confirmation, or show the form of `page` ("" for a new week) again."""
    if wrong:
        return _page(page, request.form, wrong, 422)
    back = url_for(".show", week=page) if page else url_for(".new")
    return calendar.decide(revising.week_subject(name), facts, back, shelf.today().year)


def _page(
    name: str, typed: Mapping[str, str], wrong: dict[str, str], status: int = 200
) -> Response:
    return htmx.show(
        "calendar/week.html", status=status, name=name, typed=typed, errors=wrong, days=dates.DAYS
    )
