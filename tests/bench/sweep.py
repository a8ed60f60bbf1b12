"""The sweep of the deadlines among many open stages, on SQLite.

Nothing due is held against `select 1`; finding what is due against the same rows alone in a
table, both through the bare driver, so that only the search itself is compared.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from kimweb import clock, db
from kimweb.deadlines import pressing
from tests.bench import harness
from tests.bench.harness import Figure, Target, Work
from tests.bench.many import open_cases
from tests.bench.office import example_office

DUE = 1_000


def figures(rows: int) -> Iterator[Figure]:
    """Nothing due among `rows` open stages, then 1,000 due among them."""
    with example_office() as app, app.app_context():
        open_cases(rows, clock.now())
        nothing = f"sweep, {rows:,} open: nothing due"
        yield harness.times_the_floor(nothing, _product_scan(), _one, Target(3, most=True))
        db.session.rollback()
    with example_office() as app, app.app_context():
        open_cases(rows, clock.now(), due=DUE)
        bare = sqlite3.connect(str(db.engine().url.database))
        scan, alone = _scan(bare), _alone(bare)
        found = f"sweep, {rows:,} open: scan of {DUE:,} due"
        yield harness.times_the_floor(found, scan, alone, Target(2.5, most=True))
        bare.close()


def _product_scan() -> Work:
    """The first query of a sweep through the office's own session, as `sweep.run` sends it."""
    now = clock.now()

    def scan() -> None:
        assert pressing.claim(db.session(), now, DUE) == []

    return scan


def _one() -> None:
    db.session.connection().exec_driver_sql("SELECT 1").fetchone()


def _scan(bare: sqlite3.Connection) -> Work:
    """The office's own query, as it is sent to the driver."""
    query = pressing.DUE.params(now=clock.now(), most=DUE)
    compiled = query.compile(db.engine(), compile_kwargs={"literal_binds": True})

    def scan() -> None:
        assert len(bare.execute(str(compiled)).fetchall()) == DUE

    return scan


def _alone(bare: sqlite3.Connection) -> Work:
    """The same columns of the same rows, with nothing else in their table."""
    query = pressing.DUE.params(now=clock.now(), most=DUE)
    compiled = query.compile(db.engine(), compile_kwargs={"literal_binds": True})
    bare.execute(f"CREATE TEMP TABLE alone AS {compiled}")

    def read() -> None:
        assert len(bare.execute("SELECT * FROM alone").fetchall()) == DUE

    return read
