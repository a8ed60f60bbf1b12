"""The sweep of the deadlines among many open stages, a fifth of them escalated before; on SQLite.

Nothing due is held against `select 1`; finding what is due against the same rows alone in a
table, both through the bare driver, so that only the search itself is compared; and taking the
rungs of all that is due against writing the very same rows with the bare driver in one commit.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from kimweb import clock, db
from kimweb.deadlines import pressing, sweep
from tests.bench import harness
from tests.bench.harness import Figure, Target, Work
from tests.bench.many import open_cases
from tests.bench.office import example_office

DUE = 1_000
# A working hour in which the limits of the day before are told: Tuesday, 10.00 WITA.
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
ROUNDS = 7
# The key of each table that a sweep adds rows to.
WRITTEN = {"escalation": "id", "event": "id", "message": "id", "audit": "seq"}


def figures(rows: int) -> Iterator[Figure]:
    """Nothing due among `rows` open stages, then 1,000 due among them: found, and taken."""
    with example_office() as app, app.app_context(), clock.held(lambda: NOW):
        open_cases(rows, NOW, due=DUE, escalated=rows // 5)
        nothing = f"sweep, {rows:,} open: nothing due"
        yield harness.times_the_floor(nothing, _product_scan(), _one, Target(3, most=True))
        db.session.rollback()
        bare = sqlite3.connect(str(db.engine().url.database), isolation_level=None)
        bare.execute("PRAGMA synchronous=FULL")
        scan, alone = _scan(bare), _alone(bare)
        found = f"sweep, {rows:,} open: scan of {DUE:,} due"
        yield harness.times_the_floor(found, scan, alone, Target(2.5, most=True))
        yield _claims(bare, f"sweep, {rows:,} open: {DUE:,} rungs taken, all rows")
        bare.close()


def _product_scan() -> Work:
    """The first query of a sweep through the office's own session, as `sweep.run` sends it."""
    before = NOW - timedelta(hours=1)

    def scan() -> None:
        assert pressing.claim(db.session(), before, DUE) == []

    return scan


def _one() -> None:
    db.session.connection().exec_driver_sql("SELECT 1").fetchone()


def _scan(bare: sqlite3.Connection) -> Work:
    """The office's own query, as it is sent to the driver."""
    query = pressing.DUE.params(now=NOW, most=DUE)
    compiled = query.compile(db.engine(), compile_kwargs={"literal_binds": True})

    def scan() -> None:
        assert len(bare.execute(str(compiled)).fetchall()) == DUE

    return scan


def _alone(bare: sqlite3.Connection) -> Work:
    """The same columns of the same rows, with nothing else in their table."""
    query = pressing.DUE.params(now=NOW, most=DUE)
    compiled = query.compile(db.engine(), compile_kwargs={"literal_binds": True})
    bare.execute(f"CREATE TEMP TABLE alone AS {compiled}")

    def read() -> None:
        assert len(bare.execute("SELECT * FROM alone").fetchall()) == DUE

    return read


def _claims(bare: sqlite3.Connection, name: str) -> Figure:
    """One sweep over all that is due beside the bare writing of its rows, each undone again.

    The first round, in which statements and mails are compiled, is not counted.
    """
    sweeps, writes = [], []
    state = _State.of(bare)
    for number in range(ROUNDS + 1):
        began = time.perf_counter()
        assert sweep.run(NOW) == DUE
        swept = time.perf_counter() - began
        db.session.remove()
        rows = state.written(bare)
        state.undo(bare)
        began = time.perf_counter()
        _write(bare, rows)
        written = time.perf_counter() - began
        state.undo(bare)
        if number:
            sweeps.append(swept)
            writes.append(written)
    return Figure(
        name,
        tuple(mine / floor for mine, floor in zip(sweeps, writes, strict=True)),
        Target(5, most=True),
        "ms",
        median(sweeps) * 1000,
        median(writes) * 1000,
    )


@dataclass(frozen=True)
class _State:
    """Where the tables ended before a sweep, and when the due stages were to be looked at."""

    last: dict[str, int]
    due: Sequence[tuple[Any, ...]]

    @classmethod
    def of(cls, bare: sqlite3.Connection) -> _State:
        # The chain of evidence forgets nothing; here it has to, so that each round begins alike.
        bare.execute("DROP TRIGGER audit_is_kept")
        last = {
            table: bare.execute(f"SELECT max({key}) FROM {table}").fetchone()[0] or 0
            for table, key in WRITTEN.items()
        }
        due = "SELECT next_rung_at, id FROM stage WHERE next_rung_at <= ? AND closed_at IS NULL"
        return cls(last, bare.execute(due, (f"{NOW:%Y-%m-%d %H:%M:%S.%f}",)).fetchall())

    def written(self, bare: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows that a sweep has added, and the stages' new appointments."""
        found = {
            table: bare.execute(
                f"SELECT * FROM {table} WHERE {WRITTEN[table]} > ?", (last,)
            ).fetchall()
            for table, last in self.last.items()
        }
        ids = ",".join(str(number) for _, number in self.due)
        later = f"SELECT next_rung_at, id FROM stage WHERE id IN ({ids})"
        return found | {"stage": bare.execute(later).fetchall()}

    def undo(self, bare: sqlite3.Connection) -> None:
        """Take back all that was written."""
        bare.execute("BEGIN IMMEDIATE")
        for table, last in self.last.items():
            bare.execute(f"DELETE FROM {table} WHERE {WRITTEN[table]} > ?", (last,))
        bare.executemany("UPDATE stage SET next_rung_at = ? WHERE id = ?", self.due)
        bare.execute("COMMIT")


def _write(bare: sqlite3.Connection, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    bare.execute("BEGIN IMMEDIATE")
    for table in WRITTEN:
        marks = ",".join("?" * len(rows[table][0]))
        bare.executemany(f"INSERT INTO {table} VALUES ({marks})", rows[table])
    bare.executemany("UPDATE stage SET next_rung_at = ? WHERE id = ?", rows["stage"])
    bare.execute("COMMIT")
