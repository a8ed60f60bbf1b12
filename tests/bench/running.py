"""The whole office as `make run` starts it: how soon it answers, and what it holds when idle.

Memory is the proportional set size (PSS) of all its processes: what several share counts once.
"""

from __future__ import annotations

import os
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import harness
from tests.bench.harness import Figure, Target
from tests.servers import Office, running_office

# By then every part has done its first rounds, what the example left to be done (a bundle, its
# checkpoint) is done, and the typesetter that did it has gone.
SETTLED_SECONDS = 150
KILOBYTES_A_MEGABYTE = 1024


def figures() -> Iterator[Figure]:
    """Seconds to the first page, with the example cases to make and without; then memory."""
    soon, little = Target(10, most=True), Target(450, most=True)
    with tempfile.TemporaryDirectory(prefix="kimweb-bench-") as folder:
        with _started(Path(folder)) as (_, seconds):
            yield harness.count("office: first page, database to make", seconds, soon, "s")
        with _started(Path(folder)) as (office, seconds):
            yield harness.count("office: first page", seconds, soon, "s")
            time.sleep(SETTLED_SECONDS)
            held = _memory(office)
    for part, megabytes in held.items():
        yield harness.count(f"office: memory, {part}", megabytes, harness.UNPROMISED, "MB")
    yield harness.count("office: memory when idle", sum(held.values()), little, "MB")


@contextmanager
def _started(folder: Path) -> Iterator[tuple[Office, float]]:
    """An office, and the seconds from the command to its first page."""
    began = time.monotonic()
    with running_office(folder, with_cases=True) as office:
        urllib.request.urlopen(f"{office.url}/login", timeout=10).close()
        yield office, time.monotonic() - began


def _memory(office: Office) -> dict[str, float]:
    """Return the megabytes that each part holds, with its children."""
    names = {pid: name for name, pid in office.pids().items()} | {office.process.pid: "supervisor"}
    parents = _parents()
    held: dict[str, float] = defaultdict(float)
    for pid in parents:
        line = list(_line(pid, parents))
        if office.process.pid in line:
            part = next(names[ancestor] for ancestor in line if ancestor in names)
            held[part] += pss(pid)
    return held


def _line(pid: int, parents: dict[int, int]) -> Iterator[int]:
    """Yield a process, its parent, its parent's parent."""
    while pid:
        yield pid
        pid = parents.get(pid, 0)


def _parents() -> dict[int, int]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if stat := _told(f"{folder}/stat"):
            found[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    return found


def pss(pid: int) -> float:
    """Return the megabytes that a process holds, its share of what several hold."""
    lines = _told(f"/proc/{pid}/smaps_rollup").splitlines()
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("Pss:")]
    return sum(kilobytes) / KILOBYTES_A_MEGABYTE


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has taken."""
    spent = _told(f"/proc/{pid}/stat").rpartition(")")[2].split()[11:13]
    return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """Return the processes that `pid` has started."""
    return [child for child, parent in _parents().items() if parent == pid]


def _told(file: str) -> str:
    try:
        return Path(file).read_text()
    except OSError:  # it has ended
        return ""
