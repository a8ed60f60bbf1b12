"""The bench's mail server, a process of its own: it takes every mail as fast as Python can.

`python -m tests.bench.post_office` prints its port and then serves until its input ends. It offers
PIPELINING, as every relay of today does.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from config.settings import ROOT

EHLO = b"250-pos.contoh\r\n250-SIZE 52428800\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n"
ANSWERS = {b"EHLO": EHLO, b"DATA": b"354 go on\r\n", b"QUIT": b"221 2.0.0 bye\r\n"}
OK = b"250 2.0.0 ok\r\n"
END = b"\r\n.\r\n"
READ_BYTES = 1 << 18


@contextmanager
def running(module: str = "tests.bench.post_office", *arguments: object) -> Iterator[int]:
    """Start a server of the bench, this one or another; yield its port."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) as server:
        assert server.stdin
        assert server.stdout
        yield int(server.stdout.readline())
        server.stdin.close()


def serve() -> None:
    """Listen on a free port, one thread a line."""
    door = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(door.getsockname()[1], flush=True)  # noqa: T201 - the parent reads it
    threading.Thread(target=_let_in, args=(door,), daemon=True).start()
    sys.stdin.read()


def _let_in(door: socket.socket) -> None:
    while True:
        line, _ = door.accept()
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_talk, args=(line,), daemon=True).start()


def _talk(line: socket.socket) -> None:
    with line:
        line.sendall(b"220 pos.contoh ESMTP\r\n")
        heard, count = b"", 0
        while more := line.recv(READ_BYTES):
            heard += more
            while b"\r\n" in heard:
                verb, _, heard = heard.partition(b"\r\n")
                line.sendall(ANSWERS.get(verb[:4].upper(), OK))
                if verb.upper() == b"DATA":
                    heard, count = _message(line, heard), count + 1
                    line.sendall(b"250 2.0.0 queued as %X\r\n" % count)


def _message(line: socket.socket, heard: bytes) -> bytes:
    """Read to the end of the message; return what was said after it."""
    parts, tail = [heard], heard[-len(END) :]
    while END not in tail:
        parts.append(line.recv(READ_BYTES))
        if not parts[-1]:
            return b""
        tail = tail[-len(END) :] + parts[-1]
    return b"".join(parts).partition(END)[2]


if __name__ == "__main__":
    serve()
