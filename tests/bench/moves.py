"""A move with everything it writes, against the same rows written by the bare driver.

A case goes between step 6 (Kabid) and step 7 (Sekdis): a return, then a paraf on three letters
and forward. Each of the two moves closes a stage, opens one with its due time, writes the event
and the notice to whoever is next. The floor checks nothing, reads nothing and composes nothing.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from statistics import median
from typing import Any

import click
import psycopg
import pytest

from kimweb import db
from kimweb.cases import moves, queries
from kimweb.commands.player import RETURN_REASON, Player
from tests import servers
from tests.bench import harness
from tests.bench.harness import Figure, Target
from tests.bench.office import example_office, village

STEP = 7
BACK_TO = 6
RETURNS = 30
SAME = 5
# The tests' server gives durability up for speed; here durability is what is measured.
DURABLE = ("listen_addresses=", "fsync=on", "synchronous_commit=on", "full_page_writes=on")
_fresh = count(1)


class Reviews:
    """One case under review, moved back and forth by the office's own moves."""

    def __init__(self) -> None:
        player = Player(by_courier=True)
        self.case_id = player.open("Pembentukan KIM Polinggona", village())
        player.play(self.case_id, until=STEP)
        session = db.session()
        self.sekdis, self.kabid = (player.holder(session, lane) for lane in ("sekdis", "kabid"))
        stage = queries.open_stage(session, self.case_id)
        assert stage is not None
        self.stage_id = stage.id

    def back_and_forth(self) -> None:
        """Two moves: a return to step 6 and, with three parafs, forward to step 7.

        As a page calls them: with the stage that was on the screen and the person logged in.
        """
        here = (self.case_id, self.stage_id, self.sekdis)
        with db.writing() as session:
            there = moves.send_back(session, *here, BACK_TO, RETURN_REASON)
        with db.writing() as session:
            back = moves.forward(session, self.case_id, there.stage_id, self.kabid)
        assert back is not None
        self.stage_id = back.stage_id


class BareRows:
    """The rows of one return and one forward, written again and again by sqlite3 or psycopg.

    They are copied from what `like` wrote, so they are as long as the office's own.
    """

    def __init__(self, connection: Any, mark: str, like: Reviews, mine: Reviews) -> None:
        self.connection = connection
        self.mark = mark
        self.case_id = mine.case_id
        like.back_and_forth()
        mine.back_and_forth()
        self.stages = self._last("stage", "case_id", like.case_id, 2)
        self.events = self._last("event", "case_id", like.case_id, 2)
        self.links = self._last("audit", "case_id", like.case_id, 2, "seq")
        self.messages = self._last("message", "case_id", like.case_id, 2)
        version = self._value("SELECT max(version_id) FROM paraf")
        self.parafs = self._last("paraf", "version_id", version, 1) * 3
        self.versions = [version, version - 1, version - 2]
        self.open = self._value(
            f"SELECT id FROM stage WHERE closed_at IS NULL AND case_id = {self.case_id}"
        )
        self.connection.commit()

    def back_and_forth(self) -> None:
        """The rows of a return in one commit, the rows of a forward in another."""
        self._begin()
        self._run(
            f"UPDATE paraf SET voided_at = {self.mark}, void_reason = {self.mark} WHERE version_id "
            f"IN ({self.mark}, {self.mark}, {self.mark}) AND voided_at IS NULL",
            [self.stages[0]["opened_at"], RETURN_REASON, *self.versions],
        )
        self._move(0)
        self.connection.commit()
        self._begin()
        sheets = [p | {"version_id": v} for p, v in zip(self.parafs, self.versions, strict=True)]
        self._insert("paraf", *sheets)
        self._move(1)
        self.connection.commit()

    def _move(self, number: int) -> None:
        stage, event = self.stages[number], self.events[number]
        self._run(
            f"UPDATE stage SET next_rung_at = NULL, closed_at = {self.mark}, closed_by = "
            f"{self.mark}, verdict = {self.mark}, note = {self.mark} "
            f"WHERE id = {self.mark} AND closed_at IS NULL",
            [stage["opened_at"], event["by"], event["kind"], stage["note"], self.open],
        )
        self._link(self.links[number])
        self._insert("event", event | {"case_id": self.case_id, "stage_id": self.open})
        unique = next(_fresh)
        fresh = {"case_id": self.case_id, "visit": 1_000 + unique, "closed_at": None}
        fresh |= {"closed_by": None, "verdict": None, "next_rung_at": stage["opened_at"]}
        self.open = self._insert("stage", stage | fresh)
        names = {"key": f"bare-{unique}", "message_id": f"<bare-{unique}@contoh.invalid>"}
        self._insert("message", self.messages[number] | names | {"case_id": self.case_id})

    def _link(self, entry: dict[str, Any]) -> None:
        last = self._value("SELECT max(seq) FROM audit")
        self._insert("audit", entry | {"seq": last + 1}, key="seq")

    def _begin(self) -> None:
        if isinstance(self.connection, sqlite3.Connection):
            self.connection.execute("BEGIN IMMEDIATE")

    def _insert(self, table: str, *rows: dict[str, Any], key: str = "id") -> Any:
        columns = ", ".join(f'"{name}"' for name in rows[0])
        marks = ", ".join([self.mark] * len(rows[0]))
        values = ", ".join([f"({marks})"] * len(rows))
        sql = f"INSERT INTO {table} ({columns}) VALUES {values} RETURNING {key}"
        return self._run(sql, [value for row in rows for value in row.values()]).fetchone()[0]

    def _last(
        self, table: str, column: str, value: int, most: int, key: str = "id"
    ) -> list[dict[str, Any]]:
        sql = f"SELECT * FROM {table} WHERE {column} = {value} ORDER BY {key} DESC LIMIT {most}"
        cursor = self._run(sql)
        names = [about[0] for about in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in reversed(cursor.fetchall())]
        return [{n: _plain(v) for n, v in row.items() if n != key} for row in found]

    def _value(self, sql: str) -> Any:
        return self._run(sql).fetchone()[0]

    def _run(self, sql: str, values: list[Any] | None = None) -> Any:
        return self.connection.execute(sql, values or [])


def figures() -> Iterator[Figure]:
    """The move on SQLite with synchronous=FULL, then on PostgreSQL where it can be started."""
    with example_office() as app, app.app_context():
        bare = sqlite3.connect(str(db.engine().url.database), isolation_level=None)
        bare.execute("PRAGMA synchronous=FULL")
        bare.execute("PRAGMA foreign_keys=ON")
        yield from _figures("SQLite FULL", bare, "?", Target(0.40))
        bare.close()
    with ExitStack() as stack:
        servers.POSTGRES_OPTIONS = DURABLE
        try:
            server = stack.enter_context(servers.postgres())
        except pytest.skip.Exception as reason:
            click.echo(f"PostgreSQL is left out: {reason}", err=True)
            return
        url = server.database("bench")
        with (
            example_office(DATABASE_URL=url) as app,
            app.app_context(),
            psycopg.connect(url) as bare_postgres,
        ):
            yield from _figures("PostgreSQL", bare_postgres, "%s", Target(0.70))


def _figures(where: str, connection: Any, mark: str, target: Target) -> Iterator[Figure]:
    yield _thirtieth(where)
    office = Reviews()
    bare = BareRows(connection, mark, office, Reviews())
    office_moves, rows = office.back_and_forth, bare.back_and_forth
    yield harness.against_floor(f"move, {where}", office_moves, rows, target, each=2)
    most = Target(600, most=True)
    yield harness.cpu(f"move, {where}: own CPU", Reviews().back_and_forth, most, each=2)


def _thirtieth(where: str) -> Figure:
    """The CPU of the thirtieth return and forward over that of the first, each in fresh cases."""
    Reviews().back_and_forth()
    ratios, firsts, lasts = [], [], []
    for _ in range(SAME):
        case = Reviews()
        spent = [_cpu_of(case) for _ in range(RETURNS)]
        firsts.append(median(spent[:3]))
        lasts.append(median(spent[-3:]))
        ratios.append(lasts[-1] / firsts[-1])
    return Figure(
        f"move, {where}: thirtieth return over first",
        tuple(ratios),
        Target(1.15, most=True),
        "us",
        median(lasts) / 2,
        median(firsts) / 2,
    )


def _cpu_of(case: Reviews) -> float:
    began = time.process_time()
    case.back_and_forth()
    return (time.process_time() - began) * 1e6


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value
