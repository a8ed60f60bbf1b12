"""Who sends slowly keeps nobody from working: a request has its turn once all of it has come.

A process has more threads (config/gunicorn.py) than turns. Whoever sends a photo from a village
takes a thread while it comes, as a proxy in front of the office would keep it; at work are so many
as neither fight over the interpreter nor wait for a line to the database (db.AT_ONCE).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from flask import Flask, request

from kimweb.pages.guard import LARGEST_UPLOAD

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AT_WORK = 12
LOST = "kimweb.lost"
_IN_MEMORY = 512 * 1024
_PIECE = 64 * 1024


class Turns:
    """The WSGI application `app`, at work for AT_WORK requests of a process at once."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._turns = threading.BoundedSemaphore(AT_WORK)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Take in all that is sent, then wait for a turn and answer."""
        # A browser says how much it sends. What comes without a length is not waited for.
        environ.pop("wsgi.input_terminated", None)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if not 0 < length <= LARGEST_UPLOAD:  # too much is refused unread
            return self._answer(environ, start_response)
        with SpooledTemporaryFile(_IN_MEMORY) as body:
            _take_in(environ, length, body)
            return self._answer(environ, start_response)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._turns:
            return self._app(environ, start_response)


def register(app: Flask) -> None:
    """Let the requests of `app` take turns."""
    app.before_request(_say_what_was_lost)
    app.wsgi_app = Turns(app.wsgi_app)  # type: ignore[method-assign]


def _take_in(environ: WSGIEnvironment, length: int, body: IO[bytes]) -> None:
    """Read all that is sent into `body`, less than `length` when the line breaks."""
    stream = environ["wsgi.input"]
    while length and (piece := stream.read(min(length, _PIECE))):
        length -= len(piece)
        try:
            body.write(piece)
        except OSError as full:
            environ |= {LOST: full, "CONTENT_LENGTH": "0"}
            return
    body.seek(0)
    environ["wsgi.input"] = body


def _say_what_was_lost() -> None:
    """Answer with the page for a full disk who has sent more than it can take."""
    if lost := request.environ.get(LOST):
        raise lost
