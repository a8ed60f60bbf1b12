"""The office and a Flask app that answers "hello" on one gunicorn, as config/gunicorn.py starts it.

What is measured are round trips over sockets that stay open, several at a time.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from config.settings import NAMES
from kimweb.commands import example
from tests.bench.harness import Work
from tests.faults.browser import Browser
from tests.servers import free_port, gunicorn

AT_ONCE = 4
HELLO = "/hello"


class Line:
    """An open connection that asks for one thing again and again."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: 127.0.0.1",
            *(f"{k}: {v}" for k, v in headers.items()),
        ]
        self._request = "\r\n".join([*lines, "", ""]).encode()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self) -> None:
        """Send the request."""
        self._socket.sendall(self._request)

    def answer(self) -> tuple[int, bytes]:
        """Wait for the answer; return its status and its body."""
        got = self._socket.recv(1 << 17)
        while b"\r\n\r\n" not in got:
            got += self._socket.recv(1 << 17)
        head, _, body = got.partition(b"\r\n\r\n")
        told = re.search(rb"(?i)content-length: (\d+)", head)
        length = int(told[1]) if told else 0
        while len(body) < length:
            body += self._socket.recv(1 << 17)
        return int(head[9:12]), body


class Served:
    """A running server, and who is logged in there."""

    def __init__(self, port: int, username: str) -> None:
        self._port = port
        self._browser = Browser(f"http://127.0.0.1:{port}")
        account = next(a for a in example.ACCOUNTS if a.username == username)
        self._browser.login(account.username, account.password)

    def asking(self, path: str, status: int = 200, **headers: str) -> Work:
        """Return work that asks for `path` AT_ONCE times at once, each time to get `status`."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._browser.jar)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [Line(self._port, path, {"Cookie": cookies, **given}) for _ in range(AT_ONCE)]

        def work() -> None:
            for line in lines:
                line.ask()
            for line in lines:
                assert (got := line.answer()[0]) == status, (path, got)

        return work

    def page(self, path: str) -> str:
        """Return a page once."""
        return self._browser.get(path).text


@contextmanager
def serving(folder: Path, username: str) -> Iterator[Served]:
    """The office whose data lie in `folder` and hello, on a server of their own."""
    surroundings = {name: value for name, value in os.environ.items() if name not in NAMES}
    port = free_port()
    own = {"EXAMPLE_OFFICE": "1", "DATA_DIR": str(folder), "PORT": str(port)}
    with gunicorn("tests.bench.served:both()", port, folder / "web.log", surroundings | own):
        yield Served(port, username)


def both() -> Any:
    """Return the WSGI application of the server: hello at HELLO, else the office."""
    from app import app as office

    hello = Flask("hello")
    hello.add_url_rule(HELLO, view_func=lambda: "hello")

    def serve(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        return (hello if environ["PATH_INFO"] == HELLO else office)(environ, start)

    return serve
