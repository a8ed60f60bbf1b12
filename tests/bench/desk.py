"""The desk page with many open cases, against a Flask app that answers "hello", on SQLite.

Both on one gunicorn, as the office runs it, over sockets that stay open. The desk is that of
Kabid, with the real session, permission and layout; three steps of 17 are hers, so of 100,000
cases 17,647 lie in her inbox.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event

from kimweb import clock, db
from tests.bench import harness
from tests.bench.harness import Figure, Target
from tests.bench.many import open_cases
from tests.bench.office import example_office
from tests.bench.served import AT_ONCE, HELLO, Served, serving
from tests.conftest import HandClock
from tests.world import World

PERSON = "kabid"
# Fifty tasks in her inbox.
FEW = 284
MINUTE_SECONDS = 60


def figures(cases: int) -> Iterator[Figure]:
    """Rate, unchanged rate, statements and bytes of the desk with `cases` open cases."""
    name = f"desk, {cases:,} open"
    with _office(cases) as (office, statements):
        desk, hello = office.asking("/"), office.asking(HELLO)
        yield harness.against_floor(name, desk, hello, Target(0.11), each=AT_ONCE)
        _early_in_a_minute()
        page = office.page("/")
        unchanged = office.asking(
            "/desk/queue", status=304, If_None_Match=_tag(page), HX_Request="true"
        )
        yield harness.against_floor(
            f"{name}: unchanged", unchanged, hello, Target(0.33), each=AT_ONCE
        )
        yield harness.count(f"{name}: statements", statements, Target(6, most=True), "statements")
        length = len(page.encode()) / 1000
        yield harness.count(f"{name}: page", length, Target(25, most=True), "kB")
        with _office(FEW) as (small, _):
            yield harness.against_floor(
                f"{name}: over 50 in the inbox", desk, small.asking("/"), Target(0.8), each=AT_ONCE
            )


@contextmanager
def _office(cases: int) -> Iterator[tuple[Served, int]]:
    """An office with so many open cases on a server, and the statements that a desk takes."""
    with example_office() as app:
        with app.app_context():
            open_cases(cases, clock.now())
            client = World(app, HandClock(clock.now())).client(PERSON)
        statements = _statements(lambda: client.get("/"))
        with serving(app.config["OFFICE"].data_dir, PERSON) as served:
            yield served, statements


def _early_in_a_minute() -> None:
    """A queue changes with the minute: what is measured must end within it."""
    spent = time.time() % MINUTE_SECONDS
    if spent > MINUTE_SECONDS / 2:
        time.sleep(MINUTE_SECONDS - spent)


def _tag(page: str) -> str:
    found = re.search(r"If-None-Match[^:]*:\s*[^0-9]*([0-9.]+)", page)
    assert found, "the queue carries no tag"
    return f'"{found[1]}"'


def _statements(page: Callable[[], object]) -> int:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    page()
    event.listen(db.engine(), "before_cursor_execute", note)
    page()
    event.remove(db.engine(), "before_cursor_execute", note)
    return len([statement for statement in sent if not statement.startswith("BEGIN")])
