"""From a commit to the first line of the task that it wakes, and what safe settings cost.

The office's own way (a commit, the bell, a worker with the office's settings) against a bare Celery
task that is sent with `delay` after the same commit, to a worker with the same settings. Then tasks
a second of a worker with the office's settings against one with Celery's own, each filled while it
was halted: with two processes a worker, and with one as the office has them. All through one
Redis-protocol server.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles

from celery import Celery

from config.settings import ROOT
from kimweb import bell, clock, db, queues
from kimweb.deadlines import heartbeats
from tasks import SETTINGS, create_celery
from tests.bench import harness
from tests.bench.harness import Figure, Target
from tests.bench.office import example_office
from tests.conftest import settings_for
from tests.servers import valkey

STAMP = "bench.stamp"
OFFICE, SAME, OWN = "celery", "same", "own"
POOLS = ((2, "", Target(0.8)), (1, ", one process", harness.UNPROMISED))
SENT, WARM = 150, 10
FILLED, ROUNDS = 1_000, 7
PATIENCE_SECONDS = 60


def figures() -> Iterator[Figure]:
    """Median and p99 of the wait over those of a bare task; rate of safe settings over defaults."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kimweb-bench-")))
        url = stack.enter_context(valkey(folder / "redis"))
        stack.enter_context(example_office())
        files = {kind: folder / kind for kind in (OFFICE, SAME, OWN)}
        with ExitStack() as waiting:
            for kind in (OFFICE, SAME):
                waiting.enter_context(_worker(kind, url, files[kind], 1))
            bell.connect(url)
            yield from _waits(url, files)
            bell.connect(None)
        for processes, name, target in POOLS:
            rates = _rates(url, files, processes)
            yield Figure(
                f"task: safe settings over Celery's own{name}",
                tuple(safe / own for safe, own in rates),
                target,
                "per second",
                *(median(rate) for rate in zip(*rates, strict=True)),
            )


def bare(url: str, kind: str) -> Celery:
    """Return a Celery app with nothing of the office but, unless `kind` is OWN, its settings."""
    app = Celery("bench", broker=queues.celery_url(url), set_as_current=False)
    if kind != OWN:
        app.conf.update(SETTINGS | {"include": [], "beat_schedule": {}, "task_routes": {}})
    app.conf.update(task_default_queue=kind, task_ignore_result=True)
    return app


def _waits(url: str, files: dict[str, Path]) -> Iterator[Figure]:
    same = bare(url, SAME)
    ways = {OFFICE: _by_bell, SAME: lambda: _by_delay(same)}
    waits: dict[str, list[float]] = {kind: [] for kind in ways}
    for turn in range(WARM + SENT):
        for kind, way in ways.items():
            wait = _wait(way, files[kind])
            if turn >= WARM:
                waits[kind].append(wait * 1000)
    for name, at, most in (("p50", 49, 1.5), ("p99", 98, 2.0)):
        mine, floor = (quantiles(waits[kind], n=100)[at] for kind in (OFFICE, SAME))
        target = Target(most, most=True)
        yield Figure(
            f"task: commit to first line, {name}", (mine / floor,), target, "ms", mine, floor
        )


def _by_bell() -> None:
    with db.writing() as session:
        heartbeats.record(session, "bench", clock.now())
        bell.after_commit(session, tasks=[STAMP])


def _by_delay(app: Celery) -> None:
    with db.writing() as session:
        heartbeats.record(session, "bench", clock.now())
    app.send_task(STAMP)


def _wait(send: Callable[[], None], file: Path) -> float:
    """Send one and return the seconds from before the commit to the task's first line."""
    before = file.stat().st_size
    began = time.monotonic_ns()
    send()
    _until(lambda: file.stat().st_size > before)
    with file.open("rb") as stamps:
        stamps.seek(-8, os.SEEK_END)
        return (int.from_bytes(stamps.read(8), "big") - began) / 1e9


def _rates(url: str, files: dict[str, Path], processes: int) -> list[list[float]]:
    """The tasks a second of a worker with safe settings and of one with Celery's own, by turns."""
    with ExitStack() as stack:
        workers = {
            kind: stack.enter_context(_worker(kind, url, files[kind], processes))
            for kind in (SAME, OWN)
        }
        return [
            [_rate(bare(url, kind), worker, files[kind]) for kind, worker in workers.items()]
            for _ in range(ROUNDS)
        ]


def _rate(app: Celery, worker: subprocess.Popen[bytes], file: Path) -> float:
    os.killpg(worker.pid, signal.SIGSTOP)
    before = file.stat().st_size
    for _ in range(FILLED):
        app.send_task(STAMP)
    began = time.monotonic()
    os.killpg(worker.pid, signal.SIGCONT)
    _until(lambda: file.stat().st_size >= before + 8 * FILLED)
    return FILLED / (time.monotonic() - began)


def _until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < end, "the worker does nothing"
        time.sleep(0.0005)


@contextmanager
def _worker(kind: str, url: str, file: Path, processes: int) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of this kind in a process group of its own; it has begun when it is yielded."""
    file.touch()
    before = file.stat().st_size
    command = [sys.executable, "-m", __name__, kind, url, str(file), str(processes)]
    with (file.with_suffix(".log")).open("wb") as log:
        worker = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    try:
        bare(url, kind).send_task(STAMP)
        _until(lambda: file.stat().st_size > before)
        yield worker
    finally:
        os.killpg(worker.pid, signal.SIGCONT)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def work(kind: str, url: str, file: Path, processes: int) -> None:
    """Be a worker: its only task appends the moment of its first line to `file`."""
    if kind == OFFICE:
        from kimweb import create_core

        settings = settings_for(file.parent / "office", REDIS_URL=url)
        app = create_celery(create_core(settings), settings)
        app.conf.update(include=[])
    else:
        app = bare(url, kind)

    @app.task(name=STAMP)  # type: ignore[untyped-decorator]
    def stamp() -> None:
        now = time.monotonic_ns()
        with file.open("ab") as stamps:
            stamps.write(now.to_bytes(8, "big"))

    app.Worker(
        concurrency=processes,
        pool="prefork",
        loglevel="ERROR",
        without_gossip=True,
        without_mingle=True,
    ).start()


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
