"""The five symbols of PermenPANRB 35/2012: capsule, box, diamond, arrow and off-page pentagon."""

from __future__ import annotations

from collections.abc import Iterable

from kimweb.sop.book import Step
from kimweb.sop.chart.drawing import INK, Point, points, polyline, tag, titled, words
from kimweb.sop.chart.layout import SYMBOL_HEIGHT, SYMBOL_WIDTH, Row
from kimweb.sop.chart.marks import SPOKEN, Mark, State
from kimweb.sop.chart.routes import CONNECTOR_HEIGHT, CONNECTOR_WIDTH, Connector, Route

_FILLS: dict[State | None, tuple[str, str]] = {
    None: ("#ffffff", INK),
    "done": ("#d8f0de", "#1a6b35"),
    "here": ("#dbe8fd", "#0b4a94"),
    "late": ("#fde1dd", "#a1241a"),
}
_HEAD = 5.5
_SMALL, _COUNT = 6.0, 8.0


def symbol(row: Row, mark: Mark | None) -> str:
    """The symbol of a step in its lane, coloured and signed when the case has a mark there."""
    state = mark.state if mark else None
    spoken = f"Langkah {row.step.number}, {row.step.lane.capitalize()}"
    return tag(
        "g",
        titled(f"{spoken}: {mark.spoken}" if mark else spoken),
        _shape(row.step, row.centre, *_FILLS[state]),
        *([sign(state, row.centre)] if state else []),
        class_=f"sop-symbol is-{state}" if state else "sop-symbol",
    )


def _shape(step: Step, at: Point, fill: str, stroke: str) -> str:
    x, y = at
    wide, high = SYMBOL_WIDTH / 2, SYMBOL_HEIGHT / 2
    look: dict[str, str | float | None] = {"fill": fill, "stroke": stroke, "stroke_width": 1.0}
    if step.decision:
        corners = [(x, y - high), (x + wide, y), (x, y + high), (x - wide, y)]
        return tag("polygon", points=points(corners), **look)
    return tag(
        "rect",
        x=x - wide,
        y=y - high,
        width=2 * wide,
        height=2 * high,
        rx=high if step.is_first or step.is_last else None,
        **look,
    )


def sign(state: State, at: Point) -> str:
    """A tick, a dot or an exclamation mark: the state without its colour."""
    x, y = at
    ink = _FILLS[state][1]
    if state == "done":
        tick = [(x - 4, y), (x - 1, y + 3.5), (x + 5, y - 4)]
        return polyline(tick, stroke=ink, stroke_width=1.8, stroke_linejoin="round")
    if state == "here":
        return tag("circle", cx=x, cy=y, r=3.6, fill=ink)
    return words((x, y + 4), "!", 11.0, bold=True, anchor="middle", fill=ink)


def arrow(route: Route) -> str:
    """A line with its head at the end."""
    (x0, y0), (x, y) = route.path[-2:]
    along = (_way(x - x0), _way(y - y0))
    foot = (x - along[0] * _HEAD, y - along[1] * _HEAD)
    across = (along[1] * _HEAD / 2.4, along[0] * _HEAD / 2.4)
    head = [
        (x, y),
        (foot[0] + across[0], foot[1] + across[1]),
        (foot[0] - across[0], foot[1] - across[1]),
    ]
    return tag(
        "g",
        polyline([*route.path[:-1], foot], stroke=INK, stroke_width=0.9),
        tag("polygon", points=points(head), fill=INK),
        class_="sop-return" if route.is_return else "sop-arrow",
    )


def _way(distance: float) -> int:
    return (distance > 0) - (distance < 0)


def answers(row: Row, routes: Iterable[Route], returns: int) -> list[str]:
    """Ya beside the foot of a diamond, Tidak under the line by which the return leaves.

    How often it was taken stands in bold over that line.
    """
    if not row.step.decision:
        return []
    x, y = row.centre
    drawn = [words((x + 3, y + SYMBOL_HEIGHT / 2 + 6), "Ya", _SMALL)]
    for route in routes:
        if route.is_return and route.source == row.step.number and route.path[0][1] == y:
            side = _way(route.path[0][0] - x)
            at = (x + side * (SYMBOL_WIDTH / 2 + 10), y + 8.5)
            anchor = "end" if side > 0 else "start"
            drawn.append(words(at, "Tidak", _SMALL, anchor=anchor))
            if returns:
                over, count = (at[0], y - 3.5), f"{returns}×"
                drawn.append(
                    words(over, count, _COUNT, bold=True, anchor=anchor, class_="sop-count")
                )
    return drawn


def pentagon(connector: Connector) -> str:
    """The connector to another page, with its number."""
    x, y = connector.at
    half, shoulder = CONNECTOR_WIDTH / 2, y + CONNECTOR_HEIGHT * 0.6
    corners = [
        (x - half, y),
        (x + half, y),
        (x + half, shoulder),
        (x, y + CONNECTOR_HEIGHT),
        (x - half, shoulder),
    ]
    return tag(
        "g",
        titled(f"Sambungan {connector.number} ke halaman lain"),
        tag("polygon", points=points(corners), fill="#ffffff", stroke=INK, stroke_width=1.0),
        words((x, y + 10), str(connector.number), 8.0, bold=True, anchor="middle"),
        class_="sop-connector",
    )


def legend(at: Point) -> list[str]:
    """What the signs in the symbols mean."""
    x, y = at
    drawn: list[str] = []
    for state, meaning in SPOKEN.items():
        drawn += [sign(state, (x, y - 2.5)), words((x + 9, y), meaning, 7.0)]
        x += 95
    return drawn
