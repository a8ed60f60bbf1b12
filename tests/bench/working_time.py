"""Working-time additions: when a step is due, from any moment of two years."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle, product
from zoneinfo import ZoneInfo

from kimweb.sop import shelf
from tests.bench.harness import Figure, Target, cpu, rate

SPANS = shelf.sop().steps
BEGAN = datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Makassar"))
AT_ONCE = 100


def figures() -> Iterator[Figure]:
    """Additions of every span of the SOP, at moments all over two years.

    A second by the wall clock, which a busy machine shares out, and by this process's own CPU:
    10 us each are 100,000 in a second of its own.
    """
    calendar = shelf.office_calendar()
    moments = [BEGAN + timedelta(minutes=minute) for minute in range(0, 2 * 365 * 1440, 997)]
    asked = cycle(product(moments, [step.time for step in SPANS]))

    def add() -> None:
        for _ in range(AT_ONCE):
            calendar.add(*next(asked))

    yield rate("working-time additions", add, Target(100_000), each=AT_ONCE)
    yield cpu("working-time additions: own CPU", add, Target(10, most=True), each=AT_ONCE)
