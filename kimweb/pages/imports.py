"""The address book as a file: an import that is looked at before it is written, and an export."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.dispatch import columns, imports
from kimweb.dispatch.imports import WRONG, Line
from kimweb.documents.tables import TableError
from kimweb.pages import htmx, sheets
from kimweb.pages.recipients import keepers_only

bp = Blueprint("imports", __name__, url_prefix="/recipients/imports")


@bp.url_value_preprocessor
def _allow_the_preview(endpoint: str | None, _values: object) -> None:
    # The rows that were looked at travel in the form: nothing is kept before it is confirmed.
    if endpoint == "imports.create":
        request.max_form_memory_size = sheets.MOST_FORM_BYTES


@bp.get("")
def new() -> Response:
    """Ask for the file."""
    keepers_only()
    return htmx.show("recipients/import.html", headings=columns.HEADINGS, refusal="")


@bp.post("")
def create() -> AnyResponse:
    """Show what a file would change; with `verdict` write, write the rows that are in order."""
    keepers_only()
    try:
        rows = (
            sheets.mended(columns.HEADINGS)
            if "rows" in request.form
            else columns.cells_of(sheets.uploaded())
        )
    except TableError as refusal:
        return htmx.show(
            "recipients/import.html", status=422, headings=columns.HEADINGS, refusal=str(refusal)
        )
    if request.form.get("verdict") != "write":
        return _preview(imports.examine(db.session(), rows))
    with db.writing() as session:
        lines = imports.examine(session, rows)
        written = imports.write(session, lines)
    flash(f"{written} penerima disimpan di buku alamat.", "calm")
    wrong = [line for line in lines if line.outcome == WRONG]
    return _preview(wrong) if wrong else htmx.go(url_for("recipients.index"))


@bp.get("/contoh.xlsx")
def example() -> Response:
    """Send a file to be filled in."""
    keepers_only()
    return sheets.file(columns.example(), "buku-alamat-isian.xlsx", sheets.XLSX)


@bp.get("/buku-alamat.csv")
def export() -> Response:
    """Send the whole address book."""
    keepers_only()
    return sheets.file(columns.exported(db.session()), "buku-alamat.csv", "text/csv")


def _preview(lines: Sequence[Line]) -> Response:
    told = sheets.told(lines, columns.HEADINGS)
    return htmx.show("recipients/preview.html", outcomes=imports.OUTCOMES, **told)
