"""An imported sheet between its upload and its writing: carried by the form, mended in place."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from flask import Response, request

from kimweb.documents import tables
from kimweb.documents.sheets import Cells
from kimweb.documents.tables import Row, TableError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The rows that were looked at travel in the form: nothing is kept before it is confirmed.
MOST_FORM_BYTES = 8 * tables.MEGABYTE
# So many rows are shown to be read; the wrong ones that can be mended in place are few as well.
MOST_SHOWN, MOST_MENDED = 100, 25
# What becomes of a row.
NEW, CHANGED, SAME, WRONG = "new", "changed", "same", "wrong"


class Judged(Protocol):
    """A row that was looked at."""

    @property
    def row(self) -> int: ...

    @property
    def cells(self) -> Cells: ...

    @property
    def outcome(self) -> str: ...


def uploaded() -> list[Row]:
    """Return the rows of the file that was sent; TableError when it cannot be read."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise TableError("Pilih dahulu berkas CSV atau XLSX.")
    return tables.read(file.stream.read(tables.MOST_BYTES + 1))


def mended(headings: Mapping[str, str]) -> list[tuple[int, Cells]]:
    """Return the rows that the preview sent back, with what was typed into the wrong ones.

    Those struck out are left out. TableError when they are not what the preview sent.
    """
    typed = request.form
    return [
        (n, {**cells, **{x: typed[f"{x}-{n}"] for x in headings if f"{x}-{n}" in typed}})
        for n, cells in _carried(headings)
        if f"drop-{n}" not in typed
    ]


def told(lines: Sequence[Judged], headings: Mapping[str, str]) -> dict[str, Any]:
    """Return what the preview shows of judged rows, and what it carries on."""
    counts = Counter(line.outcome for line in lines)
    wrong = [line for line in lines if line.outcome == WRONG]
    right = [line for line in lines if line.outcome != WRONG]
    carried = [(line.row, line.cells) for line in lines if line.outcome != SAME]
    return {
        "counts": counts,
        "ready": counts[NEW] + counts[CHANGED],
        "wrong": wrong,
        "mended": {line.row for line in wrong[:MOST_MENDED]},
        "right": right[:MOST_SHOWN],
        "more": max(0, len(right) - MOST_SHOWN),
        "headings": headings,
        "rows": json.dumps(carried, ensure_ascii=False, separators=(",", ":")),
    }


def file(data: bytes, name: str, media_type: str) -> Response:
    """Send a file to be kept."""
    response = Response(data, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _carried(headings: Mapping[str, str]) -> list[tuple[int, Cells]]:
    try:
        rows: list[tuple[int, Cells]] = [
            (int(n), {name: str(cells[name]) for name in headings if name in cells})
            for n, cells in json.loads(request.form["rows"])
        ]
    except (ValueError, TypeError, KeyError) as failure:
        raise TableError(
            "Pratinjau ini tidak utuh lagi. Unggah berkasnya sekali lagi."
        ) from failure
    if len(rows) > tables.MOST_ROWS:
        raise TableError(f"Paling banyak {tables.MOST_ROWS} baris. Bagi menjadi beberapa berkas.")
    return rows
