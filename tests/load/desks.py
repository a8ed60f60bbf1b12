"""A thousand open desks: how soon a move reaches each of them, and what they cost.

The office runs as `make run` starts it. Each desk is a socket on /live, of Kabid and Kasi in turn,
between whom the case goes; when the move rings, each fetches its queue within a quarter of a
second, as static/live.js does. The floor is a process that does nothing but send the same words to
as many sockets, one after another.
"""

from __future__ import annotations

import random
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from flask import Flask, current_app
from redis import Redis
from sqlalchemy import select

from config.settings import run_dir
from kimweb import bell, clock, db
from kimweb.commands.player import Player
from kimweb.people import logins
from kimweb.people.models import Person
from tests.bench import harness
from tests.bench.harness import Figure, Target
from tests.bench.office import village
from tests.bench.running import children_of, cpu_seconds, pss
from tests.browser import busy
from tests.load.lines import Lines
from tests.servers import Office, running_office

WHO = ("kabid", "kasi")
STEP = 2
MOVES = 5
ROUNDS = 7
# A desk is a socket here and one at the office, and one for what it fetches.
SOCKETS_A_DESK = 3
SPREAD_SECONDS = 0.25
IDLE_SECONDS = 45
KILOBYTES_A_MEGABYTE = 1024
TOPICS = b'["case:1", "lane:kabid", "lane:kasi"]'
WORDS = b'event: bell\ndata: ["case:1", "lane:kabid"]\n\n'
# Accepts as many lines as it is told, then sends to each whenever it is told to.
FLOOR = """
import socket, sys
door = socket.create_server(("127.0.0.1", 0), backlog=4096)
print(door.getsockname()[1], flush=True)
lines = [door.accept()[0] for _ in range(int(sys.argv[1]))]
words = sys.argv[2].encode().decode("unicode_escape").encode()
for _ in sys.stdin:
    for line in lines:
        line.send(words)
"""


def figures(desks: int) -> Iterator[Figure]:
    """Reach, memory and idle cost of so many desks, in the order of the module's description."""
    name = f"{desks:,} desks"
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(SOCKETS_A_DESK * desks + 500, most), most))
    with tempfile.TemporaryDirectory(prefix="kimweb-load-") as kept:
        folder = Path(kept)
        with busy.before_opening(folder) as player:
            cases = [player.open("Pembentukan KIM", village()) for _ in range(MOVES)]
            for case_id in cases:
                player.play(case_id, until=STEP)
                player.work(case_id)
            cookies = [_cookie(current_app, who) for who in WHO]
            secret = {"SECRET_KEY": str(current_app.secret_key)}
        with running_office(folder, secret) as office, _working(folder) as player:
            web = children_of(office.pids()["web"])
            _open(office, cookies, 50).close()
            before = sum(map(pss, web))
            lines = _open(office, cookies, desks)
            held = (sum(map(pss, web)) - before) * KILOBYTES_A_MEGABYTE / desks
            yield harness.count(f"{name}: memory a desk", held, Target(30, most=True), "kB")
            yield harness.count(f"{name}: idle", _idle(web), Target(1, most=True), "% of a core")
            yield _against_sends(name, office, lines, desks)
            reached, shown = zip(
                *(_moved(office, player, case_id, lines, cookies) for case_id in cases), strict=True
            )
            yield _seconds(f"{name}: a move reaches the last", reached, 1)
            yield _seconds(f"{name}: the last queue is there", shown, 2)
            lines.close()


def _seconds(name: str, values: Sequence[float], most: float) -> Figure:
    return Figure(name, tuple(values), Target(most, most=True), "s", median(values))


def _cookie(app: Flask, username: str) -> str:
    """Log somebody in; return the cookie of their browser."""
    with db.writing() as session:
        person = session.scalars(select(Person).where(Person.username == username)).one()
        token = logins.begin(session, person, "Firefox di Linux", clock.now())
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    kept = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert kept
    return f"{kept.key}={kept.value}"


@contextmanager
def _working(folder: Path) -> Iterator[Player]:
    """Somebody who works in the running office, from outside."""
    with busy.before_opening(folder) as player:
        bell.connect(f"unix://{run_dir(folder) / 'redis.sock'}")
        yield player
        bell.connect(None)


def _port(office: Office) -> int:
    return int(office.url.rpartition(":")[2])


def _asked(office: Office, path: str, cookie: str) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", _port(office)), timeout=30)
    head = f"GET {path} HTTP/1.1\r\nHost: kantor\r\nCookie: {cookie}\r\nHX-Request: true\r\n"
    line.sendall(f"{head}Connection: close\r\n\r\n".encode())
    return line


def _open(office: Office, cookies: Sequence[str], desks: int) -> Lines:
    """Open desks in turn, a hundred at a time, and wait until each hears the bell."""
    lines: list[socket.socket] = []
    for first in range(0, desks, 100):
        some = range(first, min(first + 100, desks))
        fresh = [_asked(office, f"/live?line=l{n}", cookies[n % len(cookies)]) for n in some]
        assert len(Lines(fresh).hear(b"data: on", 30)) == len(fresh), "a desk hears nothing"
        lines += fresh
    return Lines(lines)


def _idle(web: Sequence[int]) -> float:
    """Return the share of a core (%) that the web server takes while nothing happens."""
    began, spent = time.monotonic(), sum(map(cpu_seconds, web))
    time.sleep(IDLE_SECONDS)
    return (sum(map(cpu_seconds, web)) - spent) / (time.monotonic() - began) * 100


def _against_sends(name: str, office: Office, lines: Lines, desks: int) -> Figure:
    """The time from a ring to the last desk over that from a wish to the last of as many sends."""
    redis = Redis(unix_socket_path=str(run_dir(office.folder) / "redis.sock"))
    with _floor(desks) as (floor, process):
        pairs = []
        for _ in range(ROUNDS):
            assert process.stdin
            began = time.monotonic()
            process.stdin.write(b"\n")
            process.stdin.flush()
            bare = floor.hear(WORDS, 10)[-1] - began
            began = time.monotonic()
            redis.publish(bell.CHANNEL, TOPICS)
            pairs.append(((lines.hear(b"event: bell", 10)[-1] - began) * 1e3, bare * 1e3))
    ratios = tuple(mine / bare for mine, bare in pairs)
    mine, bare = (median(values) for values in zip(*pairs, strict=True))
    return Figure(f"{name}: event to the last", ratios, Target(2.5, most=True), "ms", mine, bare)


@contextmanager
def _floor(desks: int) -> Iterator[tuple[Lines, subprocess.Popen[bytes]]]:
    words = WORDS.decode().replace("\n", "\\n")
    command = [sys.executable, "-S", "-c", FLOOR, str(desks), words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        lines = Lines(socket.create_connection(("127.0.0.1", port)) for _ in range(desks))
        yield lines, process
        lines.close()
        process.kill()


def _moved(
    office: Office, player: Player, case_id: int, lines: Lines, cookies: Sequence[str]
) -> tuple[float, float]:
    """Hand a case on; return after how long the last desk heard of it, and the last was renewed."""
    began = time.monotonic()
    player.forward(case_id)
    heard = lines.hear(b"event: bell", 10)
    assert len(heard) == len(lines.sockets), "a desk did not hear of the move"
    asks = [
        (at + random.uniform(0, SPREAD_SECONDS), cookies[n % len(cookies)])
        for n, at in enumerate(heard)
    ]
    return heard[-1] - began, _fetched(office, sorted(asks)) - began


def _fetched(office: Office, asks: Sequence[tuple[float, str]]) -> float:
    """Fetch the queue of each desk at its time; return when the last was there."""
    waiting = selectors.DefaultSelector()
    left, got, last = list(asks)[::-1], 0, 0.0
    while got < len(asks):
        while left and left[-1][0] <= time.monotonic():
            line = _asked(office, "/desk/queue", left.pop()[1])
            waiting.register(line, selectors.EVENT_READ, [b""])
        for key, _ in waiting.select(0.005 if left else 10):
            piece = key.fileobj.recv(1 << 16)  # type: ignore[union-attr]
            key.data[0] = key.data[0] or piece
            if not piece:
                assert key.data[0].startswith(b"HTTP/1.1 200"), key.data[0][:200]
                waiting.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]
                got, last = got + 1, time.monotonic()
    waiting.close()
    return last
