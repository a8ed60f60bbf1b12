"""How the arrows run: Ya downward to the next step, Tidak through a gutter back to its target.

Arrows keep to the lanes. Straight down where the lane stays the same; else along the foot of the
row to the next lane. A return leaves its diamond sideways, climbs in a gutter beside the symbols
and enters its target from the side. Where a page ends, both kinds go through a connector.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from kimweb.sop.book import LANES, Step
from kimweb.sop.chart.drawing import Point
from kimweb.sop.chart.layout import (
    LANE_WIDTH,
    STRIP,
    SYMBOL_HEIGHT,
    SYMBOL_WIDTH,
    Row,
    Sheet,
    left_of,
    middle_of,
)

CONNECTOR_WIDTH, CONNECTOR_HEIGHT = 15.0, 17.0
_GUTTER = 4.5
_GUTTERS = tuple(
    left_of(lane) + offset for lane in LANES for offset in (_GUTTER, LANE_WIDTH - _GUTTER)
)
# What a reader minds, in points of length: one line upon another, then lines that cross.
_OVERLAP, _CROSSING = 1000.0, 60.0

Path = tuple[Point, ...]
_Stretch = tuple[float, float, float, float]  # left, top, right, foot of a straight piece


@dataclass(frozen=True)
class Route:
    """One arrow on one page, from a step; it may begin or end at a connector."""

    source: int
    is_return: bool
    path: Path


@dataclass(frozen=True)
class Connector:
    """A pentagon by its upper middle, with the number that it shares with its twin."""

    at: Point
    number: int


@dataclass(frozen=True)
class Arrows:
    """All arrows of one page and the connectors they need."""

    routes: tuple[Route, ...]
    connectors: tuple[Connector, ...]


@dataclass(frozen=True)
class _Jump:
    """An arrow between two steps; `connector` is 0 when both stand on one page."""

    source: Step
    target: Step
    connector: int

    @property
    def is_return(self) -> bool:
        return self.target.number < self.source.number


def arrows(sheets: Sequence[Sheet]) -> tuple[Arrows, ...]:
    """The arrows of every page."""
    jumps = sorted(_jumps(sheets), key=lambda jump: jump.is_return)
    return tuple(_arrows_on(sheet, jumps) for sheet in sheets)


def _jumps(sheets: Sequence[Sheet]) -> Iterator[_Jump]:
    page = {row.step.number: n for n, sheet in enumerate(sheets) for row in sheet.rows}
    steps = {row.step.number: row.step for sheet in sheets for row in sheet.rows}
    pairs = list(pairwise(steps.values()))
    pairs += [
        (step, steps[step.returns[0].to])
        for step in steps.values()
        if step.decision and step.returns
    ]
    connectors = 0
    for source, target in sorted(pairs, key=lambda pair: pair[0].number):
        changes = page[source.number] != page[target.number]
        connectors += changes
        yield _Jump(source, target, connectors if changes else 0)


def _arrows_on(sheet: Sheet, jumps: Sequence[_Jump]) -> Arrows:
    routes: list[Route] = []
    connectors: list[Connector] = []
    taken: list[_Stretch] = []
    for jump in jumps:
        source, target = sheet.row_of(jump.source.number), sheet.row_of(jump.target.number)
        if not (source or target):
            continue
        ways = _ways_back(sheet, source, target) if jump.is_return else [_way_on(sheet, jump)]
        nearby = [connector.at for connector in connectors]
        path = min(ways, key=partial(_cost, taken=tuple(taken), connectors=nearby))
        taken += _stretches(path)
        routes.append(Route(jump.source.number, jump.is_return, path))
        if jump.connector:
            x, y = path[-1] if source else path[0]
            is_above = (target if jump.is_return else source) is None
            at = (x, y - CONNECTOR_HEIGHT if is_above else y)
            connectors.append(Connector(at, jump.connector))
    return Arrows(tuple(routes), tuple(connectors))


def _way_on(sheet: Sheet, jump: _Jump) -> Path:
    """From the foot of a symbol to the head of the next, along the foot of the row between."""
    source, target = sheet.row_of(jump.source.number), sheet.row_of(jump.target.number)
    x = middle_of(jump.target.lane)
    end = (x, target.centre[1] - SYMBOL_HEIGHT / 2 if target else _below(sheet))
    if source is None:
        return ((x, _above(sheet)), end)
    start = (source.centre[0], source.centre[1] + SYMBOL_HEIGHT / 2)
    if start[0] == x:
        return (start, end)
    return (start, (start[0], source.channel), (x, source.channel), end)


def _ways_back(sheet: Sheet, source: Row | None, target: Row | None) -> list[Path]:
    """Every gutter a return may climb in, with the sides it leaves and enters by."""
    ways: list[Path] = []
    for x in _GUTTERS:
        foot = _beside(source, x) if source else ((x, _below(sheet)),)
        head = _beside(target, x) if target else ((x, _above(sheet)),)
        ways.append((*foot, *reversed(head)))
    return ways


def _beside(row: Row, x: float) -> Path:
    """From the side of a row's symbol to the gutter at x."""
    middle, y = row.centre
    side = middle + (SYMBOL_WIDTH / 2 if x > middle else -SYMBOL_WIDTH / 2)
    return ((side, y), (x, y))


def _above(sheet: Sheet) -> float:
    """The lower end of a connector in the strip over the first row."""
    return sheet.body - STRIP + 3 + CONNECTOR_HEIGHT


def _below(sheet: Sheet) -> float:
    """The upper end of a connector in the strip under the last row."""
    return sheet.bottom + 5


def _cost(way: Path, taken: Sequence[_Stretch], connectors: Sequence[Point]) -> float:
    length = sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(way))
    clashes = sum(_clash(one, other) for one in _stretches(way) for other in taken)
    crowded = sum(abs(way[n][0] - x) < CONNECTOR_WIDTH + 2 for x, _ in connectors for n in (0, -1))
    return length + clashes + crowded * _CROSSING


def _stretches(way: Path) -> list[_Stretch]:
    return [(min(x, x2), min(y, y2), max(x, x2), max(y, y2)) for (x, y), (x2, y2) in pairwise(way)]


def _clash(one: _Stretch, other: _Stretch) -> float:
    """What it costs that two straight stretches lie upon each other, cross, or do neither."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide < 0 or high < 0:
        return 0.0
    return _OVERLAP if max(wide, high) > 0 else _CROSSING
