"""The address book as a file: an import that is looked at before it is written, and an export."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.dispatch import columns, imports
from kimweb.dispatch.columns import Cells
from kimweb.dispatch.imports import WRONG, Line
from kimweb.documents import tables
from kimweb.documents.tables import TableError
from kimweb.pages import htmx
from kimweb.pages.recipients import keepers_only

bp = Blueprint("imports", __name__, url_prefix="/recipients/imports")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_FORM_BYTES = 8 * tables.MEGABYTE
# So many rows are shown to be read; the wrong ones that can be mended in place are few as well.
MOST_SHOWN, MOST_MENDED = 100, 25


@bp.url_value_preprocessor
def _allow_the_preview(endpoint: str | None, _values: object) -> None:
    # The rows that were looked at travel in the form: nothing is kept before it is confirmed.
    if endpoint == "imports.create":
        request.max_form_memory_size = MOST_FORM_BYTES


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
        rows = _mended(_carried()) if "rows" in request.form else _uploaded()
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
    return _file(columns.example(), "buku-alamat-isian.xlsx", XLSX)


@bp.get("/buku-alamat.csv")
def export() -> Response:
    """Send the whole address book."""
    keepers_only()
    return _file(columns.exported(db.session()), "buku-alamat.csv", "text/csv")


def _uploaded() -> list[tuple[int, Cells]]:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise TableError("Pilih dahulu berkas CSV atau XLSX.")
    return columns.cells_of(tables.read(file.stream.read(tables.MOST_BYTES + 1)))


def _carried() -> list[tuple[int, Cells]]:
    """Return the rows that the preview sent back; TableError when they are not what it sent."""
    try:
        rows: list[tuple[int, Cells]] = [
            (int(n), {name: str(cells[name]) for name in columns.HEADINGS if name in cells})
            for n, cells in json.loads(request.form["rows"])
        ]
    except (ValueError, TypeError, KeyError) as failure:
        raise TableError(
            "Pratinjau ini tidak utuh lagi. Unggah berkasnya sekali lagi."
        ) from failure
    if len(rows) > tables.MOST_ROWS:
        raise TableError(f"Paling banyak {tables.MOST_ROWS} baris. Bagi menjadi beberapa berkas.")
    return rows


def _mended(rows: Sequence[tuple[int, Cells]]) -> list[tuple[int, Cells]]:
    """Return the rows with what was typed into the wrong ones; those struck out are left out."""
    typed = request.form
    return [
        (n, {**cells, **{x: typed[f"{x}-{n}"] for x in columns.HEADINGS if f"{x}-{n}" in typed}})
        for n, cells in rows
        if f"drop-{n}" not in typed
    ]


def _preview(lines: Sequence[Line]) -> Response:
    counts = Counter(line.outcome for line in lines)
    wrong = [line for line in lines if line.outcome == WRONG]
    right = [line for line in lines if line.outcome != WRONG]
    carried = [(line.row, line.cells) for line in lines if line.outcome != imports.SAME]
    told: dict[str, Any] = {
        "counts": counts,
        "outcomes": imports.OUTCOMES,
        "ready": counts[imports.NEW] + counts[imports.CHANGED],
        "wrong": wrong,
        "mended": {line.row for line in wrong[:MOST_MENDED]},
        "right": right[:MOST_SHOWN],
        "more": max(0, len(right) - MOST_SHOWN),
        "headings": columns.HEADINGS,
        "rows": json.dumps(carried, ensure_ascii=False, separators=(",", ":")),
    }
    return htmx.show("recipients/preview.html", **told)


def _file(data: bytes, name: str, media_type: str) -> Response:
    response = Response(data, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
