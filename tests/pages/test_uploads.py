"""Files that come slowly leave room for everybody else."""

from __future__ import annotations

import io
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from flask import Flask
from werkzeug.test import TestResponse

from kimweb.pages.uploads import PLACES, SHORT_BYTES
from tests.pages.forms import send, words
from tests.world import World

PHOTO = 200_000


class Village(io.RawIOBase):
    """A line on which a photo stands still until it is told to go on, and then breaks."""

    def __init__(self, goes_on: threading.Event) -> None:
        self.goes_on, self.is_asked = goes_on, threading.Event()

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: object) -> int:
        self.is_asked.set()
        assert self.goes_on.wait(30)
        return 0


def post(app: Flask, line: io.RawIOBase, length: int = PHOTO) -> TestResponse:
    kind = "application/x-www-form-urlencoded"
    given = {"wsgi.input": line, "CONTENT_LENGTH": str(length), "CONTENT_TYPE": kind}
    return app.test_client().post("/login", environ_overrides=given)


def test_who_finds_no_place_is_told_and_everybody_else_goes_on_working(
    app: Flask, world: World
) -> None:
    goes_on = threading.Event()
    villages = [Village(goes_on) for _ in range(PLACES)]
    with ThreadPoolExecutor(PLACES) as lines:
        sent: list[Future[TestResponse]] = [lines.submit(post, app, line) for line in villages]
        assert all(village.is_asked.wait(30) for village in villages)

        one_more = Village(threading.Event())
        answer = post(app, one_more)
        assert answer.status_code == 503
        assert "Terlalu banyak berkas yang sedang dikirim" in words(answer)
        assert not one_more.is_asked.is_set(), "nobody waits for what it sends"
        assert world.client("kasi").get("/").status_code == 200
        typed = send(app.test_client(), "/login", username="kasi", password="contoh-kasi-4")
        assert typed.status_code == 303

        goes_on.set()
        assert {line.result().status_code for line in sent} == {400}, "their lines broke"
    assert post(app, Village(goes_on)).status_code == 400, "there is a place again"


def test_what_is_short_needs_no_place_and_what_does_not_say_its_length_does(app: Flask) -> None:
    goes_on = threading.Event()
    villages = [Village(goes_on) for _ in range(PLACES)]
    with ThreadPoolExecutor(PLACES + 1) as lines:
        for line in villages:
            lines.submit(post, app, line)
        assert all(village.is_asked.wait(30) for village in villages)
        short = Village(goes_on)
        lines.submit(post, app, short, SHORT_BYTES)
        assert short.is_asked.wait(30)
        chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": Village(goes_on)}
        assert app.test_client().post("/login", environ_overrides=chunked).status_code == 503
        goes_on.set()
