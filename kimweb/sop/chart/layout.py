"""Where everything of the step table stands: columns, row heights, page breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from kimweb.sop.book import LANES, Sop, Step
from kimweb.sop.chart.drawing import MARGIN, PAGE_HEIGHT
from kimweb.sop.chart.lettering import wrap
from kimweb.sop.chart.marks import Mark

LANE_WIDTH = 54.0
WIDTHS = {
    "number": 22.0,
    "text": 174.0,
    **dict.fromkeys(LANES, LANE_WIDTH),
    "needs": 74.0,
    "time": 58.0,
    "output": 78.0,
    "note": 56.0,
}
"""The columns of the table, left to right."""

TITLE, HEADER, STRIP = 22.0, 34.0, 26.0
SYMBOL_WIDTH, SYMBOL_HEIGHT = 32.0, 20.0
CHANNEL = 6.0  # how far above a row's lower edge the arrow to the next row runs
PAD = 4.0
_LOWEST_ROW = 46.0
_SIZES = (8.0, 7.5, 7.0, 6.0, 5.0, 4.0, 3.0)
_LOWEST = PAGE_HEIGHT - MARGIN - 20.0  # below it stands the footer


_LEFTS = dict(zip(WIDTHS, accumulate(WIDTHS.values(), initial=MARGIN), strict=False))


def left_of(column: str) -> float:
    """The left edge of a column."""
    return _LEFTS[column]


def middle_of(column: str) -> float:
    """The middle of a column, where a lane's symbols stand."""
    return left_of(column) + WIDTHS[column] / 2


@dataclass(frozen=True)
class Row:
    """One step on its page: its lines of text by column, its upper edge, its height."""

    step: Step
    cells: Mapping[str, Sequence[str]]
    extra: Sequence[str]
    top: float
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the step's symbol: a little high, to leave room for the arrow below."""
        return middle_of(self.step.lane), self.top + (self.height - CHANNEL) / 2

    @property
    def channel(self) -> float:
        """The height at which the arrow to the next step crosses the lanes."""
        return self.bottom - CHANNEL


@dataclass(frozen=True)
class Sheet:
    """One page of the table; strips for connectors stand above and below where a page continues."""

    rows: tuple[Row, ...]
    size: float
    top: float
    is_first: bool
    is_last: bool

    @property
    def leading(self) -> float:
        return self.size * 1.18

    @property
    def body(self) -> float:
        """The upper edge of the first row."""
        return self.rows[0].top

    @property
    def bottom(self) -> float:
        """The lower edge of the last row."""
        return self.rows[-1].bottom

    def row_of(self, number: int) -> Row | None:
        """The row of a step, or None when it stands on another page."""
        return next((row for row in self.rows if row.step.number == number), None)


def sheets(sop: Sop, marks: Mapping[int, Mark]) -> tuple[Sheet, ...]:
    """The table cut into pages, with letters as large as lets every row fit on a page."""
    room = _LOWEST - STRIP - (MARGIN + HEADER + max(TITLE, STRIP))
    for size in _SIZES:
        rows = [_row(step, marks.get(step.number), size) for step in sop.steps]
        if max(row.height for row in rows) <= room:
            break
    return _cut(rows, size)


def _cut(rows: Sequence[Row], size: float) -> tuple[Sheet, ...]:
    pages: list[list[Row]] = [[]]
    y = MARGIN + TITLE + HEADER
    for n, row in enumerate(rows):
        strip = 0.0 if n == len(rows) - 1 else STRIP
        if pages[-1] and y + row.height + strip > _LOWEST:
            pages.append([])
            y = MARGIN + HEADER + STRIP
        pages[-1].append(Row(row.step, row.cells, row.extra, y, row.height))
        y += row.height
    return tuple(
        Sheet(
            tuple(page),
            size,
            MARGIN if n else MARGIN + TITLE,
            is_first=n == 0,
            is_last=n == len(pages) - 1,
        )
        for n, page in enumerate(pages)
    )


def _row(step: Step, mark: Mark | None, size: float) -> Row:
    written = {
        "text": step.text,
        "needs": step.needs,
        "time": step.time.text,
        "output": step.output,
        "note": step.note,
    }
    cells = {name: wrap(text, WIDTHS[name] - 2 * PAD, size) for name, text in written.items()}
    room = WIDTHS["time"] - 2 * PAD
    extra = [
        part
        for line in (mark.lines if mark else ())
        for part in wrap(line, room, size - 1, bold=True)
    ]
    lines = max(*(len(cell) for cell in cells.values()), len(cells["time"]) + len(extra))
    height = max(_LOWEST_ROW, lines * size * 1.18 + 2 * PAD + 2)
    return Row(step, cells, extra, 0.0, height)
