"""The desk page with many open cases, against a Flask app that answers "hello", on SQLite.

Both through the test client of Flask: no socket, no server, the same cost of a request around
them. The desk is that of Kabid, with the real session, permission and layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from kimweb import clock, db
from tests.bench import harness
from tests.bench.harness import Figure, Target, Work
from tests.bench.many import open_cases
from tests.bench.office import example_office
from tests.conftest import MONDAY_MORNING, HandClock
from tests.world import World

PERSON = "kabid"


def figures(cases: int) -> Iterator[Figure]:
    """Rate, unchanged rate, statements and bytes of the desk with `cases` open cases."""
    stands_still = HandClock(MONDAY_MORNING)
    with example_office() as app:
        clock.use(stands_still)
        with app.app_context():
            open_cases(cases, clock.now())
            client = World(app, stands_still).client(PERSON)
        desk, hello = _page(client, "/"), _page(hello_app().test_client(), "/")
        name = f"desk, {cases:,} open"
        yield harness.against_floor(name, desk, hello, Target(0.11))
        yield harness.against_floor(f"{name}: unchanged", _unchanged(client), hello, Target(0.33))
        statements = _statements(desk)
        yield harness.count(f"{name}: statements", statements, Target(6, most=True), "statements")
        length = len(client.get("/").data) / 1000
        yield harness.count(f"{name}: page", length, Target(25, most=True), "kB")
    clock.use(None)


def hello_app() -> Flask:
    """Return the least that Flask can do."""
    app = Flask("hello")
    app.add_url_rule("/", view_func=lambda: "hello")
    return app


def _page(client: FlaskClient, path: str) -> Work:
    def get() -> None:
        assert client.get(path).status_code == 200

    return get


def _unchanged(client: FlaskClient) -> Work:
    """Ask for the queue with the tag of the one on the screen."""
    found = re.search(r"If-None-Match[^:]*:\s*[^0-9]*([0-9.]+)", client.get("/").text)
    assert found, "the queue carries no tag"
    headers = {"If-None-Match": f'"{found[1]}"', "HX-Request": "true"}

    def ask() -> None:
        assert client.get("/desk/queue", headers=headers).status_code == 304

    return ask


def _statements(page: Work) -> int:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    page()
    event.remove(db.engine(), "before_cursor_execute", note)
    return len([statement for statement in sent if not statement.startswith("BEGIN")])
