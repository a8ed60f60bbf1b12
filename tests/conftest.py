"""Fixtures: an office with its named people, its own database and mailbox, a hand-moved clock."""

from __future__ import annotations

import shutil
import socket
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, g
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from config import settings as office_settings
from kimweb import bell, clock, create_app, db, move_in
from kimweb.commands import example
from kimweb.commands.player import Player
from kimweb.dispatch import catcher, servers
from kimweb.sop import shelf
from tasks import create_celery
from tests import servers as real
from tests import world as worlds
from tests.played import Played, Premises, is_untouched

WITA = ZoneInfo("Asia/Makassar")
MONDAY_MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=WITA)


class HandClock:
    """A clock that stands still until a test moves it; takes and gives aware instants."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def __call__(self) -> datetime:
        return self._now

    def set(self, at: datetime) -> None:
        self._now = at.astimezone(UTC)

    def move(self, **span: float) -> None:
        self._now += timedelta(**span)


def settings_for(data_dir: Path, **given: str) -> office_settings.Settings:
    """Return the settings of an example office in `data_dir`, with `given` on top."""
    return office_settings.load(
        {
            "SECRET_KEY": "only-for-tests-and-long-enough-to-pass",
            "EXAMPLE_OFFICE": "1",
            "DATA_DIR": str(data_dir),
            **given,
        }
    )


@pytest.fixture(scope="session")
def furnished_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database with the example office in it, made once and copied per test."""
    folder = tmp_path_factory.mktemp("furnished")
    furnish(settings_for(folder))
    return folder / "kimweb.sqlite3"


@pytest.fixture(scope="session")
def furnished_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[real.Postgres]:
    """A PostgreSQL server with the database `furnished`, to be cloned per test."""
    with real.postgres() as server:
        url = server.database("furnished")
        furnish(settings_for(tmp_path_factory.mktemp("furnished"), DATABASE_URL=url))
        yield server


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The database of this test: SQLite, or PostgreSQL where the test asks for both."""
    if getattr(request, "param", "sqlite") == "postgresql":
        server: real.Postgres = request.getfixturevalue("furnished_postgres")
        name = f"test-{uuid.uuid4().hex[:12]}"
        yield server.database(name, template="furnished")
        server.drop(name)
    else:
        file = tmp_path / "kimweb.sqlite3"
        shutil.copy(request.getfixturevalue("furnished_file"), file)
        yield f"sqlite:///{file}"


@pytest.fixture(scope="session")
def mail_server(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The office's own mail catcher on a free port; its URL and its folder."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    url, folder = f"smtp://127.0.0.1:{port}", tmp_path_factory.mktemp("mail") / "box"
    serving = threading.Thread(
        target=catcher.serve, args=(servers.read(url), folder), daemon=True, name="mail catcher"
    )
    serving.start()
    while socket.socket().connect_ex(("127.0.0.1", port)):
        assert serving.is_alive(), "the mail catcher did not start"
    return url, folder


@pytest.fixture
def settings(
    tmp_path: Path, database_url: str, mail_server: tuple[str, Path]
) -> office_settings.Settings:
    """The settings of the test's office, unless the test changes them."""
    smtp_url, box = mail_server
    return settings_for(
        tmp_path, DATABASE_URL=database_url, SMTP_URL=smtp_url, MAILBOX_DIR=str(box)
    )


@pytest.fixture
def app(
    request: pytest.FixtureRequest, settings: office_settings.Settings, hand_clock: HandClock
) -> Iterator[Flask]:
    """The Flask app of one office; its bell is silent unless the test connects one.

    One app serves the office of one test after the other, since routes and templates are costly
    to compile; a test that changes the app itself is marked `own_app`.
    """
    assert settings.mailbox_dir
    for mail in (settings.mailbox_dir / "new").glob("*"):
        mail.unlink()
    is_own = request.node.get_closest_marker("own_app") is not None
    made = _new_app(settings) if is_own else _shared_app(settings)
    create_celery(made, settings)
    bell.connect(None)
    clock.use(hand_clock)
    with made.app_context():
        yield made
        db.session.remove()
    db.engine().dispose()
    clock.use(None)
    shelf.follow(None)


@pytest.fixture
def hand_clock() -> HandClock:
    """Monday 23 November 2026, 08.00 WITA, until moved."""
    return HandClock(MONDAY_MORNING)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The session that the office uses too, until a task or a page has ended with its own."""
    own = db.session()
    yield own
    # Nobody else does once the registry has another: left to the garbage, its connection would be
    # rolled back in the middle of some other test.
    own.close()


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """What cases left that were played in an office as it was furnished."""
    return Played(tmp_path_factory.mktemp("played"))


@pytest.fixture
def world(
    request: pytest.FixtureRequest,
    app: Flask,
    settings: office_settings.Settings,
    hand_clock: HandClock,
    played: Played,
) -> worlds.World:
    """The office's people by account, and cases at any step."""
    if "monkeypatch" in request.fixturenames:
        return worlds.World(app, hand_clock)  # A case may come out differently there.
    database = make_url(settings.database_url).database
    is_postgres = settings.database_url.startswith("postgresql")
    server = request.getfixturevalue("furnished_postgres") if is_postgres else None
    assert database
    assert settings.mailbox_dir
    premises = Premises(database, (settings.data_dir, settings.mailbox_dir / "new"), server)

    def put_back(player: Player, order: tuple[str, str], at: int) -> int | None:
        if app.config["OFFICE"] != settings or not is_untouched():
            return None
        return played.case(premises, player, order, at, hand_clock())

    return worlds.World(app, hand_clock, put_back)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests: what is short is shared out evenly at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def furnish(settings: office_settings.Settings) -> None:
    """Bring the database of `settings` up to date and fill it with the example office."""
    app = create_app(settings)
    with app.app_context():
        assert app.test_cli_runner().invoke(args=["office", "migrate"]).exit_code == 0
        example.create_if_empty()
        db.session.remove()
    db.engine().dispose()
    shelf.follow(None)


_shared: list[tuple[Flask, dict[str, Any], dict[str, Any]]] = []


def _shared_app(settings: office_settings.Settings) -> Flask:
    """Return the app that all tests of this process share, moved into the office of `settings`."""
    if not _shared:
        made = _new_app(settings)
        _shared.append((made, dict(made.config), dict(made.extensions)))
    made, config, extensions = _shared[0]
    for kept, as_made in ((made.config, config), (made.extensions, extensions)):
        kept.clear()
        kept.update(as_made)
    move_in(made, settings)
    return made


def _new_app(settings: office_settings.Settings) -> Flask:
    made = create_app(settings)
    made.config["TESTING"] = True
    # The tests' context outlives each request, and with it what `g` remembers of the one before.
    made.before_request_funcs.setdefault(None, []).insert(0, _forget)
    return made


def _forget() -> None:
    for name in list(g):
        g.pop(name)
