"""Files that come slowly leave room for everybody else: so many are taken in at once, no more.

Whoever sends a photo from a village holds a thread of the web (config/gunicorn.py) until it is
there. More threads would make everybody slower, since they fight over the interpreter; who finds
no place is told at once, and a phone sends again by itself (docs/decisions/0012).
"""

from __future__ import annotations

import socket
import threading
from http import HTTPStatus

from flask import Flask, abort, g, request

# In each process: half of its threads.
PLACES = 6
# What somebody types comes in one piece; a photo does not.
SHORT_BYTES = 64 * 1024
_FULL = (
    "Terlalu banyak berkas yang sedang dikirim ke kantor, jadi kiriman ini belum diterima. Tunggu "
    "beberapa detik, kembali ke halaman sebelumnya, lalu kirim lagi."
)
_places = threading.BoundedSemaphore(PLACES)


def register(app: Flask) -> None:
    """Let a long request of `app` find a place before anybody reads it."""
    app.before_request(_find_place)
    app.teardown_request(_leave_place)


def _find_place() -> None:
    says_no_length = "Transfer-Encoding" in request.headers
    if not says_no_length and (request.content_length or 0) <= SHORT_BYTES:
        return
    if not _places.acquire(blocking=False):
        _stop_listening()
        abort(HTTPStatus.SERVICE_UNAVAILABLE, _FULL)
    g.has_place = True


def _leave_place(_error: BaseException | None) -> None:
    if g.pop("has_place", False):
        _places.release()


def _stop_listening() -> None:
    """Let the server wait for nothing more of it: it would read all that still comes."""
    taken: socket.socket | None = request.environ.get("gunicorn.socket")
    if taken:
        taken.shutdown(socket.SHUT_RD)
