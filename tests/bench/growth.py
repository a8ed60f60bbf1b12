"""What the office does, at 1,000, 10,000 and 100,000 rows: the curve should lie flat.

Rows are open cases with stage, event and due time; for the search they are letters. SQLite, in this
process, medians of short repeats. What counts is the process's own processor time: a busy machine
would bend the curve, and SQLite reads within it. Larger sizes with `--most 1000000`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from config.settings import ROOT
from kimweb import claims, clock, db
from kimweb.cases import archive
from kimweb.cases.models import Archive
from kimweb.deadlines import pressing
from tasks.archive import LEASE
from tests.bench import harness, search
from tests.bench.curve import drawn
from tests.bench.harness import Figure, Target, Work
from tests.bench.many import open_cases
from tests.bench.moves import Reviews
from tests.bench.office import example_office
from tests.conftest import HandClock
from tests.world import World

FIRST_SIZE, STEP = 1_000, 10
REPEATS = 15
# From the smallest to the largest; the search may read more of its index.
FLAT = Target(1.5, most=True)
PICTURE = ROOT / "docs" / "growth.svg"
PAGES = {
    "desk": ("kabid", "/"),
    "overview": ("kadis", "/desk/parts/overview"),
    "board": ("kasi", "/desk/parts/cases"),
    "chart of all": ("kadis", "/sop/live"),
}


def figures(most: int, picture: Path = PICTURE) -> Iterator[Figure]:
    """Milliseconds of each work at each size, and the last over the first; draws the picture."""
    curves: dict[str, dict[int, float]] = {}
    size = FIRST_SIZE
    while size <= most:
        for name, values in (*_measured(size), _searched(size)):
            curves.setdefault(name, {})[size] = median(values)
            yield Figure(
                f"growth: {name}, {size:,}", values, harness.UNPROMISED, "ms", median(values)
            )
        size *= STEP
    for name, curve in curves.items():
        ratio = curve[max(curve)] / curve[min(curve)]
        yield harness.count(f"growth: {name}, {max(curve):,} over {min(curve):,}", ratio, FLAT, "")
    picture.write_text(drawn(curves))


def _measured(size: int) -> Iterator[tuple[str, tuple[float, ...]]]:
    with example_office() as app:
        with app.app_context():
            open_cases(size, clock.now())
            case = Reviews()
            yield "move", _milliseconds(case.back_and_forth, each=2)
            yield "sweep, nothing due", _milliseconds(_sweep)
            yield "archive, nothing due", _milliseconds(_archive)
            world = World(app, HandClock(clock.now()))
            clients = {who: world.client(who) for who, _ in PAGES.values()}
        for name, (who, path) in PAGES.items():
            yield name, _milliseconds(_asking(clients[who].get, path))


def _searched(size: int) -> tuple[str, tuple[float, ...]]:
    with example_office() as app, app.app_context():
        search.furnish(size)
        return "search", _milliseconds(search.every_query("kabid"), each=len(search.QUERIES))


def _asking(get: Callable[[str], object], path: str) -> Work:
    return lambda: get(path)


def _sweep() -> None:
    assert pressing.claim(db.session(), clock.now().replace(year=2020), 100) == []
    db.session.rollback()


def _archive() -> None:
    with db.writing() as session:
        archive.release(session)
        claims.abandon(session, Archive, clock.now())
        assert claims.claim(session, Archive, clock.now(), LEASE) is None


def _milliseconds(work: Work, each: int = 1) -> tuple[float, ...]:
    for _ in range(3):
        work()
    spent = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        spent.append((time.process_time() - began) / each * 1000)
    return tuple(spent)
