"""Live desks: what a stream says, to whom, and what happens when the bell is away."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from config.settings import NAMES
from kimweb import bell
from kimweb.commands import example
from kimweb.pages import live
from kimweb.pages.live import Hub, Stream
from tests import servers
from tests.faults.browser import Browser
from tests.world import World

# config/gunicorn.py starts 32.
MORE_THAN_THREADS = 40


def said(stream: Stream, count: int) -> list[str]:
    """Return the next messages of a stream, without the opening one."""
    messages = stream.messages()
    assert next(messages).startswith("retry:")
    return [next(messages) for _ in range(count)]


class TestStream:
    def test_only_topics_of_the_person_and_cases_are_said(self) -> None:
        stream = Stream(frozenset({"lane:kabid", "person:3"}), "on")
        stream.ring(["lane:kasi", "person:4"])
        stream.ring(["lane:kabid", "case:41", "lane:staf"])
        assert said(stream, 2) == [
            "event: state\ndata: on\n\n",
            'event: bell\ndata: ["case:41", "lane:kabid"]\n\n',
        ]

    def test_what_rings_often_is_said_once(self) -> None:
        stream = Stream(frozenset({"lane:kabid"}), "on")
        for _ in range(100):
            stream.ring(["lane:kabid"])
        assert said(stream, 2)[1] == 'event: bell\ndata: ["lane:kabid"]\n\n'

    def test_a_quiet_stream_shows_that_the_line_stands(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.01)
        assert said(Stream(frozenset(), "on"), 2)[1].startswith(":")

    def test_a_stream_ends_now_and_then_so_that_rights_are_asked_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live, "LIFETIME_SECONDS", 0.0)
        assert list(Stream(frozenset(), "on").messages()) == ["retry: 2000\n\n"]


class TestHub:
    def test_a_browser_that_comes_again_takes_its_place_over(self) -> None:
        hub = Hub()
        old, new = hub.join("3 a", frozenset()), hub.join("3 a", frozenset())
        assert old is not None
        assert new is not None
        assert hub.count() == 1
        assert len(list(old.messages())) <= 2, "the old stream comes to its end"
        hub.leave("3 a", old)
        assert hub.count() == 1, "an old stream that closes late takes nothing away"
        hub.leave("3 a", new)
        assert hub.count() == 0

    def test_there_are_never_more_than_the_server_has_threads_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live, "MOST_STREAMS", 2)
        hub = Hub()
        assert hub.join("1", frozenset())
        assert hub.join("2", frozenset())
        assert hub.join("3", frozenset()) is None
        assert hub.join("2", frozenset()), "who is in may come again"

    def test_a_ring_reaches_every_stream_it_concerns(self) -> None:
        hub = Hub()
        streams = {lane: hub.join(lane, frozenset({f"lane:{lane}"})) for lane in ("kabid", "kasi")}
        hub.tell("on")
        hub.ring(["lane:kasi"])
        hub.tell("on")
        assert streams["kasi"]
        assert any("lane:kasi" in message for message in said(streams["kasi"], 2))
        assert streams["kabid"]
        assert "bell" not in said(streams["kabid"], 1)[0]


class TestPage:
    def test_the_stream_is_one_of_events_and_prolongs_no_login(self, world: World) -> None:
        answer = world.client("kabid").get("/live?line=a", buffered=False)
        assert answer.mimetype == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        answer.close()

    def test_a_closed_stream_is_forgotten(self, app: Flask, world: World) -> None:
        answer = world.client("kabid").get("/live?line=a", buffered=False)
        assert app.extensions["kimweb_hub"].count() == 1
        answer.close()
        assert app.extensions["kimweb_hub"].count() == 0

    def test_one_too_many_is_asked_to_come_later(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live, "MOST_STREAMS", 0)
        answer = world.client("kabid").get("/live")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")

    def test_the_page_tells_its_script_where_to_listen(self, world: World) -> None:
        assert 'data-live="/live"' in world.client("kabid").get("/").text


def test_open_desks_take_no_thread_of_the_server(tmp_path: Path, furnished_file: Path) -> None:
    shutil.copy(furnished_file, tmp_path / "kimweb.sqlite3")
    port = servers.free_port()
    surroundings = {name: value for name, value in os.environ.items() if name not in NAMES}
    own = {"EXAMPLE_OFFICE": "1", "DATA_DIR": str(tmp_path), "PORT": str(port)}
    with servers.gunicorn("app:app", port, tmp_path / "web.log", surroundings | own):
        kasi = Browser(f"http://127.0.0.1:{port}")
        account = next(a for a in example.ACCOUNTS if a.username == "kasi")
        kasi.login(account.username, account.password)
        cookie = "; ".join(f"{kept.name}={kept.value}" for kept in kasi.jar)
        desks = [open_desk(port, cookie, n) for n in range(MORE_THAN_THREADS)]
        assert kasi.get("/").status == 200, "there is still somebody who answers"
        for desk in desks:
            desk.close()


def open_desk(port: int, cookie: str, number: int) -> socket.socket:
    """Open a stream and read how it begins."""
    desk = socket.create_connection(("127.0.0.1", port), timeout=10)
    asked = f"GET /live?line=l{number} HTTP/1.1\r\nHost: kantor\r\nCookie: {cookie}\r\n\r\n"
    desk.sendall(asked.encode())
    begun = b""
    while b"data: o" not in begun:
        piece = desk.recv(4096)
        assert piece, begun
        begun += piece
    assert begun.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Type: text/event-stream" in begun
    assert b"\r\n\r\nretry: 2000\n\n" in begun
    return desk


@pytest.fixture
def redis_door() -> Iterator[Path]:
    """A place for the socket of a server that a test starts and kills itself."""
    with tempfile.TemporaryDirectory(prefix="kimweb-live-") as folder:
        yield Path(folder) / "redis.sock"


class TestWithRedis:
    def listen(self, world: World, username: str) -> Iterator[str]:
        answer: TestResponse = world.client(username).get("/live", buffered=False)
        for message in answer.response:
            yield message.decode() if isinstance(message, bytes) else message

    def test_a_move_is_heard_on_the_desk_of_who_comes_next(
        self, world: World, redis_door: Path
    ) -> None:
        server = servers.start_valkey(redis_door.parent / "data", redis_door)
        try:
            bell.connect(f"unix://{redis_door}")
            messages = self.listen(world, "kabid")
            until(messages, "data: on")
            world.case(at=2)
            assert '"lane:kabid"' in until(messages, "event: bell")
        finally:
            server.kill()

    def test_who_listens_is_told_when_the_bell_goes_away_and_comes_back(
        self, world: World, redis_door: Path
    ) -> None:
        server = servers.start_valkey(redis_door.parent / "data", redis_door)
        bell.connect(f"unix://{redis_door}")
        messages = self.listen(world, "kabid")
        until(messages, "data: on")
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        until(messages, "data: off")
        redis_door.unlink(missing_ok=True)
        again = servers.start_valkey(redis_door.parent / "data", redis_door)
        try:
            until(messages, "data: on")
        finally:
            again.kill()


def until(messages: Iterator[str], words: str) -> str:
    """Return the first message with these words; the test's time limit ends a vain wait."""
    return next(message for message in messages if words in message)
