"""Figures as a table for people: reached or not beside each line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

from tests.bench import harness
from tests.bench.harness import Figure


def of(figures: Sequence[Figure]) -> str:
    """Return a table in Markdown, with when and where it was measured."""
    now = datetime.now(UTC)
    lines = [
        "",
        f"{now:%Y-%m-%d %H:%M} UTC, commit {harness.commit()}, load {harness.load()}",
        harness.machine(),
        "",
        "| figure | min / median / max | target | reached | contender | floor | unit |",
        "|---|---|---|---|---|---|---|",
        *map(_row, figures),
    ]
    return "\n".join(lines)


def _row(figure: Figure) -> str:
    spread = (min(figure.values), median(figure.values), max(figure.values))
    values = " / ".join(map(_short, spread)) if len(figure.values) > 1 else _short(figure.ratio)
    reached = {True: "reached", False: "NOT reached", None: ""}[figure.reached]
    floor = "" if figure.floor is None else _short(figure.floor)
    mine = _short(figure.contender)
    cells = (figure.name, values, str(figure.target), reached, mine, floor, figure.unit)
    return f"| {' | '.join(cells)} |"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
