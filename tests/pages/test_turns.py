"""Who sends slowly keeps nobody from working, and few are at work at once."""

from __future__ import annotations

import errno
import io
import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse, create_environ

from kimweb.pages.guard import LARGEST_UPLOAD
from kimweb.pages.turns import AT_WORK, LOST, Turns
from tests.pages.forms import words

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MANY = 3 * AT_WORK


class Village(io.RawIOBase):
    """A line on which a photo stands still until it is told to go on."""

    def __init__(self, goes_on: threading.Event) -> None:
        self.goes_on = goes_on

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: object) -> int:
        assert self.goes_on.wait(30)
        return 0


def office(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"meja kerja"]


def test_photos_that_come_slowly_keep_nobody_from_their_desk() -> None:
    turns, goes_on = Turns(office), threading.Event()
    with ThreadPoolExecutor(MANY) as villages:
        slow = create_environ("/foto", method="POST")
        for _ in range(MANY):
            sent = slow | {"wsgi.input": Village(goes_on), "CONTENT_LENGTH": "200000"}
            villages.submit(turns, sent, lambda *_: lambda _: None)
        assert Client(turns).get("/").text == "meja kerja"
        goes_on.set()


def test_no_more_are_at_work_at_once_than_have_a_turn() -> None:
    at_work, most, all_here = 0, 0, threading.Event()
    lock = threading.Lock()

    def counted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
            if at_work == AT_WORK:
                all_here.set()
        assert all_here.wait(30)
        with lock:
            at_work -= 1
        return office(environ, start_response)

    client = Client(Turns(counted))
    with ThreadPoolExecutor(MANY) as people:
        answers = list(people.map(lambda _: client.get("/").status_code, range(MANY)))
    assert answers == [200] * MANY
    assert most == AT_WORK


def test_what_is_sent_arrives_whole_whether_short_or_long() -> None:
    def length(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [str(len(environ["wsgi.input"].read())).encode()]

    client = Client(Turns(length))
    for size in (1, 70_000, 3_000_000):
        assert client.post("/", data=b"x" * size).text == str(size)


def post(app: Flask, stream: io.RawIOBase | io.BytesIO, **environ: object) -> TestResponse:
    """Send the login form over `stream`."""
    given = {"wsgi.input": stream, "CONTENT_TYPE": "application/x-www-form-urlencoded", **environ}
    return app.test_client().post("/login", environ_overrides=given)


def test_far_too_much_is_refused_without_reading_it(app: Flask) -> None:
    never = threading.Event()
    answer = post(app, Village(never), CONTENT_LENGTH=str(LARGEST_UPLOAD + 1))
    assert answer.status_code == 413


def test_what_finds_no_place_is_lost_and_the_office_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def reason(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [type(environ[LOST]).__name__.encode(), environ["CONTENT_LENGTH"].encode()]

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    answer = Client(Turns(reason)).post("/", data=b"x" * 3_000_000)
    assert answer.text == "FileNotFoundError0"


def test_a_full_disk_is_said_to_be_so(app: Flask) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    answer = post(app, io.BytesIO(), **{LOST: full})
    assert answer.status_code == 503
    assert "Penyimpanan komputer kantor penuh" in words(answer)


def test_what_does_not_say_how_long_it_is_is_not_waited_for(app: Flask) -> None:
    never, chunked = threading.Event(), {"HTTP_TRANSFER_ENCODING": "chunked"}
    answer = post(app, Village(never), **chunked, **{"wsgi.input_terminated": True})
    assert answer.status_code == 400
