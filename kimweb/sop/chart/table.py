"""The pages of the step table: heading, grid, words, symbols and arrows."""

from __future__ import annotations

from collections.abc import Mapping

from kimweb.sop.book import LANES
from kimweb.sop.chart.drawing import MARGIN, PAGE_HEIGHT, PAGE_WIDTH, box, words
from kimweb.sop.chart.layout import HEADER, PAD, STRIP, WIDTHS, Row, Sheet, left_of, middle_of
from kimweb.sop.chart.marks import Mark
from kimweb.sop.chart.routes import Arrows
from kimweb.sop.chart.symbols import answers, arrow, legend, pentagon, symbol

_HEADINGS = {
    "number": "No.",
    "text": "Kegiatan",
    **{lane: lane.capitalize() for lane in LANES},
    "needs": "Kelengkapan",
    "time": "Waktu",
    "output": "Output",
    "note": "Keterangan",
}
_GROUPS = {"Pelaksana": LANES, "Mutu Baku": ("needs", "time", "output")}
_HEADING_SIZE = 8.0


def table_page(
    sheet: Sheet,
    arrows: Arrows,
    title: str,
    marks: Mapping[int, Mark],
    returns: Mapping[int, int],
) -> list[str]:
    """What is drawn on one page of the table."""
    drawn = [*_grid(sheet), *_heading(sheet)]
    if sheet.is_first:
        drawn.append(words((MARGIN, MARGIN + 10), f"PROSEDUR : {title}", 10.0, bold=True))
    for row in sheet.rows:
        drawn += _written(row, sheet)
    drawn += [arrow(route) for route in arrows.routes]
    drawn += [pentagon(connector) for connector in arrows.connectors]
    for row in sheet.rows:
        number = row.step.number
        drawn.append(symbol(row, marks.get(number)))
        drawn += answers(row, arrows.routes, returns.get(number, 0))
    return [*drawn, *legend((MARGIN + 4, PAGE_HEIGHT - 14))] if marks else drawn


def _heading(sheet: Sheet) -> list[str]:
    """Two rows of column names, the groups above their columns."""
    half = HEADER / 2
    grouped = {name for names in _GROUPS.values() for name in names}
    drawn: list[str] = []
    for name, heading in _HEADINGS.items():
        top, height = (sheet.top + half, half) if name in grouped else (sheet.top, HEADER)
        drawn += _named(left_of(name), top, WIDTHS[name], height, heading)
    for heading, names in _GROUPS.items():
        width = sum(WIDTHS[name] for name in names)
        drawn += _named(left_of(names[0]), sheet.top, width, half, heading)
    return drawn


def _named(x: float, y: float, width: float, height: float, heading: str) -> list[str]:
    at = (x + width / 2, y + height / 2 + _HEADING_SIZE * 0.36)
    return [
        box(x, y, width, height, fill="#eeeeee"),
        words(at, heading, _HEADING_SIZE, bold=True, anchor="middle"),
    ]


def _grid(sheet: Sheet) -> list[str]:
    """A cell for every column of every row, and open strips where connectors stand."""
    drawn = [
        box(left_of(name), row.top, width, row.height)
        for row in sheet.rows
        for name, width in WIDTHS.items()
    ]
    strips = [*([] if sheet.is_first else [sheet.body - STRIP])]
    strips += [] if sheet.is_last else [sheet.bottom]
    return [*drawn, *(box(MARGIN, y, PAGE_WIDTH - 2 * MARGIN, STRIP) for y in strips)]


def _written(row: Row, sheet: Sheet) -> list[str]:
    """The row's words; the time really used stands in bold under the standard time."""
    first = row.top + PAD + sheet.size * 0.9
    number = (middle_of("number"), first)
    drawn = [words(number, str(row.step.number), sheet.size, anchor="middle")]
    for name, lines in row.cells.items():
        x, y = left_of(name) + PAD, first
        for line in lines:
            drawn.append(words((x, y), line, sheet.size))
            y += sheet.leading
        for line in row.extra if name == "time" else ():
            drawn.append(words((x, y), line, sheet.size - 1, bold=True))
            y += sheet.leading
    return drawn
