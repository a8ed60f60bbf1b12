"""A picture of how work grows with rows: both axes logarithmic, one line a kind of work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from math import ceil, floor, log10

WIDE, HIGH, LEFT, BELOW, NAMES = 780, 420, 80, 40, 190
INKS = ("#0b5394", "#b45309", "#15803d", "#9d174d", "#6d28d9", "#0f766e", "#4b5563", "#b91c1c")

Curves = Mapping[str, Mapping[int, float]]


def drawn(curves: Curves) -> str:
    """Return an SVG of `curves`: milliseconds by rows, for each name."""
    sizes = sorted({size for curve in curves.values() for size in curve})
    times = [ms for curve in curves.values() for ms in curve.values()]
    low, high = floor(log10(min(times))), ceil(log10(max(times)))

    def x(size: int) -> float:
        span = log10(sizes[-1] / sizes[0]) or 1
        return LEFT + (WIDE - LEFT - NAMES) * log10(size / sizes[0]) / span

    def y(ms: float) -> float:
        return HIGH - BELOW - (HIGH - 2 * BELOW) * (log10(ms) - low) / (high - low)

    def parts() -> Iterator[str]:
        for power in range(low, high + 1):
            at = y(10**power)
            yield f'<path d="M{LEFT} {at:.1f}H{WIDE - NAMES}" stroke="#d1d5db"/>'
            where = f'x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end"'
            yield f"<text {where}>{10.0**power:,g} ms</text>"
        for size in sizes:
            yield f'<text x="{x(size):.1f}" y="{HIGH - 14}" text-anchor="middle">{size:,}</text>'
        for ink, (name, curve), label in zip(INKS, curves.items(), _apart(curves, y), strict=False):
            points = " ".join(f"{x(size):.1f},{y(ms):.1f}" for size, ms in sorted(curve.items()))
            yield f'<polyline points="{points}" fill="none" stroke="{ink}" stroke-width="2"/>'
            where = f'x="{WIDE - NAMES + 10}" y="{label:.1f}" fill="{ink}"'
            yield f"<text {where}>{escape(name)}</text>"

    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}"'
    style = 'font-family="sans-serif" font-size="13" fill="#374151"'
    paper = f'<rect width="{WIDE}" height="{HIGH}" fill="#ffffff"/>'
    return "\n".join([f"{head} {style}>", paper, *parts(), "</svg>", ""])


def _apart(curves: Curves, y: object) -> list[float]:
    """Return where each name stands: beside the end of its line, never on another name."""
    assert callable(y)
    wished = {name: y(curve[max(curve)]) + 4 for name, curve in curves.items()}
    placed: dict[str, float] = {}
    for name in sorted(wished, key=wished.__getitem__):
        lowest = max(placed.values(), default=-16.0) + 16
        placed[name] = max(wished[name], lowest)
    return [placed[name] for name in curves]
