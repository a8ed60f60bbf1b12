"""The register of KIM from a file: looked at before it is written."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.documents.tables import TableError
from kimweb.groups import sheet
from kimweb.groups.sheet import WRONG, Line
from kimweb.pages import htmx, sheets
from kimweb.pages.groups import keepers_only

bp = Blueprint("group_imports", __name__, url_prefix="/groups/imports")


@bp.url_value_preprocessor
def _allow_the_preview(endpoint: str | None, _values: object) -> None:
    if endpoint == "group_imports.create":
        request.max_form_memory_size = sheets.MOST_FORM_BYTES


@bp.get("")
def new() -> Response:
    """Ask for the file."""
    keepers_only()
    return htmx.show("groups/import.html", headings=sheet.HEADINGS, refusal="")


@bp.post("")
def create() -> AnyResponse:
    """Show what a file would change; with `verdict` write, write the rows that are in order."""
    keepers_only()
    try:
        if "rows" in request.form:
            rows = sheets.mended(sheet.HEADINGS)
        else:
            rows = sheet.cells_of(sheets.uploaded())
    except TableError as refusal:
        told = {"headings": sheet.HEADINGS, "refusal": str(refusal)}
        return htmx.show("groups/import.html", status=422, **told)
    if request.form.get("verdict") != "write":
        return _preview(sheet.examine(db.session(), rows))
    with db.writing() as session:
        lines = sheet.examine(session, rows)
        written = sheet.write(session, lines)
    flash(f"{written} kelompok disimpan di daftar KIM.", "calm")
    wrong = [line for line in lines if line.outcome == WRONG]
    return _preview(wrong) if wrong else htmx.go(url_for("groups.index"))


@bp.get("/contoh.xlsx")
def example() -> Response:
    """Send a file to be filled in."""
    keepers_only()
    return sheets.file(sheet.example(), "daftar-kim-isian.xlsx", sheets.XLSX)


def _preview(lines: Sequence[Line]) -> Response:
    told = sheets.told(lines, sheet.HEADINGS)
    return htmx.show("groups/preview.html", outcomes=sheet.OUTCOMES, **told)
