"""Measuring a contender beside its floor: short turns within rounds, ratios within a round.

A shared machine changes its speed from second to second. Contender and floor therefore take
turns of milliseconds, and only ratios of one round are compared; the figure is their median.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from config.settings import ROOT

ROUNDS = 7
TURNS = 4
TURN_SECONDS = 0.06

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure has to reach; `most` when less is better, None when nothing is promised."""

    value: float | None
    most: bool = False

    def reached(self, value: float) -> bool | None:
        """Tell whether `value` is good enough; None when nothing is promised."""
        if self.value is None:
            return None
        return value <= self.value if self.most else value >= self.value

    def __str__(self) -> str:
        return "-" if self.value is None else f"{'<=' if self.most else '>='} {self.value:,g}"


UNPROMISED = Target(None)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: the value of each round, and the absolute medians behind it.

    `values` are ratios where there is a floor, else plain values in `unit`. `contender` and
    `floor` are medians over the rounds in `unit`.
    """

    name: str
    values: tuple[float, ...]
    target: Target
    unit: str
    contender: float
    floor: float | None = None

    @property
    def ratio(self) -> float:
        """The median over the rounds."""
        return median(self.values)

    @property
    def reached(self) -> bool | None:
        """Whether the median is good enough; None when nothing is promised."""
        return self.target.reached(self.ratio)

    def as_json(self) -> str:
        """Return the figure as one line of JSON, with commit and machine."""
        return json.dumps(
            {
                "name": self.name,
                "ratio" if self.floor is not None else "value": _spread(self.values),
                "rounds": len(self.values),
                "target": str(self.target),
                "reached": self.reached,
                "contender": round(self.contender, 3),
                "floor": self.floor and round(self.floor, 3),
                "unit": self.unit,
                "commit": commit(),
                "machine": machine(),
            }
        )


def against_floor(
    name: str, contender: Work, floor: Work, target: Target, *, each: int = 1
) -> Figure:
    """Return the rate of `contender` over that of `floor`; a call does `each` units of work."""
    pairs = [_rates(contender, floor, each) for _ in _rounds(contender, floor)]
    return Figure(
        name,
        tuple(mine / bare for mine, bare in pairs),
        target,
        "per second",
        median(mine for mine, _ in pairs),
        median(bare for _, bare in pairs),
    )


def times_the_floor(
    name: str, contender: Work, floor: Work, target: Target, *, each: int = 1
) -> Figure:
    """Return the time of `contender` over that of `floor`; the medians are in milliseconds."""
    pairs = [_rates(contender, floor, each) for _ in _rounds(contender, floor)]
    return Figure(
        name,
        tuple(bare / mine for mine, bare in pairs),
        target,
        "ms",
        median(1000 / mine for mine, _ in pairs),
        median(1000 / bare for _, bare in pairs),
    )


def rate(name: str, work: Work, target: Target, *, each: int = 1) -> Figure:
    """Return how often a second `work` is done, where there is nothing to hold it against."""
    rates = [each / _per_call(_turns(work)) for _ in _rounds(work)]
    return Figure(name, tuple(rates), target, "per second", median(rates))


def cpu(name: str, work: Work, target: Target, *, each: int = 1, calls: int = 20) -> Figure:
    """Return this process's own CPU for one unit of `work`, in microseconds."""
    values = []
    for _ in _rounds(work):
        began = time.process_time()
        for _ in range(calls):
            work()
        values.append((time.process_time() - began) / calls / each * 1e6)
    return Figure(name, tuple(values), target, "us", median(values))


def count(name: str, value: float, target: Target, unit: str) -> Figure:
    """Return something counted once, that no clock can change: statements, bytes."""
    return Figure(name, (value,), target, unit, value)


@cache
def commit() -> str:
    """Return the commit that is measured, with a plus where files differ from it."""
    told = _told("git", "describe", "--always", "--exclude=*", "--dirty=+")
    return told or "unknown"


@cache
def machine() -> str:
    """Return what the figures were taken on: processor, cores, Python, system."""
    models = [line for line in _cpuinfo() if line.startswith("model name")]
    model = models[0].partition(": ")[2] if models else platform.machine()
    python = platform.python_version()
    return f"{model}, {os.cpu_count()} cores, Python {python}, {platform.system()}"


def load() -> str:
    """Return the load averages of 1, 5 and 15 minutes."""
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def _rounds(*works: Work) -> range:
    """Warm up, then return the rounds."""
    for work in works:
        for _ in range(3):
            work()
    return range(ROUNDS)


def _rates(contender: Work, floor: Work, each: int) -> tuple[float, float]:
    """One round: units a second of both, who goes first changing from turn to turn."""
    spent: dict[Work, list[tuple[int, float]]] = {contender: [], floor: []}
    for turn in range(TURNS):
        for work in (contender, floor) if turn % 2 else (floor, contender):
            spent[work].append(_turn(work))
    return each / _per_call(spent[contender]), each / _per_call(spent[floor])


def _turns(work: Work) -> list[tuple[int, float]]:
    return [_turn(work) for _ in range(TURNS)]


def _turn(work: Work) -> tuple[int, float]:
    """Call `work` for a moment; return how often, and the seconds it took."""
    calls, began = 0, time.perf_counter()
    until = began + TURN_SECONDS
    while (now := time.perf_counter()) < until or not calls:
        work()
        calls += 1
    return calls, now - began if now > until else time.perf_counter() - began


def _per_call(turns: list[tuple[int, float]]) -> float:
    return sum(seconds for _, seconds in turns) / sum(calls for calls, _ in turns)


def _spread(values: tuple[float, ...]) -> dict[str, Any]:
    return {
        "min": round(min(values), 4),
        "median": round(median(values), 4),
        "max": round(max(values), 4),
    }


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []


def _told(*command: str) -> str:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
