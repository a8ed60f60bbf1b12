"""The typesetter in processes of its own: jobs go in by a pipe, pages come back.

Typst keeps what it has laid out, hundreds of megabytes after long letters, and a template may run
away. Both happen in a child with limits: it is replaced when it has grown, and killed when it does
not answer; whoever asked gets an error and goes on. The child (this file, run as a program) imports
nothing of the house, is given no environment and reads no file outside templates and fonts.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import resource
import select
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

AT_ONCE = 2
# A child without work gives its 50 MB back; the next letter waits a tenth of a second for another.
IDLE_SECONDS = 60
# It lives so much longer, lest it ends while a last job is on its way.
IDLE_MARGIN_SECONDS = 2
# Less than what the worker gives a task.
JOB_SECONDS = 30
MEMORY_BYTES = 3 << 30
# Above what it holds with the fonts loaded and one letter set.
GROWTH_BYTES = 60 << 20
_HEAD = 8


class TypesettingError(Exception):
    """The typesetter refused a job or died of it; the message is for the log."""


class Typesetter:
    """A child process, started at its first job; one job at a time."""

    def __init__(
        self,
        templates: Path,
        fonts: Path,
        patience: float = JOB_SECONDS,
        idle: float = IDLE_SECONDS,
    ) -> None:
        self._where = (str(templates), str(fonts), str(idle + IDLE_MARGIN_SECONDS))
        self._patience = patience
        self._idle = idle
        self._child: subprocess.Popen[bytes] | None = None
        self._base = 0
        self._stale_at = 0.0

    def run(self, job: Mapping[str, Any]) -> tuple[bytes, int]:
        """Return the bytes that a job asks for and the number of pages; TypesettingError."""
        try:
            answer, made = self._ask(job)
        except (OSError, EOFError, TimeoutError) as failure:
            self.end()
            raise TypesettingError(f"the typesetter died: {failure!r}") from failure
        except BaseException:
            self.end()
            raise
        self._base = self._base or answer["memory"]
        if answer["memory"] > self._base + GROWTH_BYTES:
            self.end()
            self._start()
        if answer["error"]:
            raise TypesettingError(answer["error"])
        return made, answer["pages"]

    def end(self) -> None:
        """Stop the child; the next job begins another."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    def _ask(self, job: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        if time.monotonic() > self._stale_at:
            self.end()
        child = self._child or self._start()
        assert child.stdin
        assert child.stdout
        _send(child.stdin, json.dumps(job).encode())
        until = time.monotonic() + self._patience
        answer = json.loads(_receive(child.stdout, until))
        made = _receive(child.stdout, until)
        self._stale_at = time.monotonic() + self._idle
        return answer, made

    def _start(self) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(
            [sys.executable, "-I", __file__, *self._where],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={},
            bufsize=0,
        )
        return self._child


class Typesetters:
    """As many typesetters as may work at once; the one that worked last works first."""

    def __init__(self, templates: Path, fonts: Path) -> None:
        self._where = (templates, fonts)
        self._fill()
        # A forked process must not talk into the pipes of the one it comes from.
        os.register_at_fork(after_in_child=self._fill)

    def run(self, job: Mapping[str, Any]) -> tuple[bytes, int]:
        """Let a free typesetter do the job, waiting for one if need be; see Typesetter.run."""
        free = self._free
        one = free.get()
        try:
            return one.run(job)
        finally:
            free.put(one)

    def _fill(self) -> None:
        self._free: queue.LifoQueue[Typesetter] = queue.LifoQueue()
        for _ in range(AT_ONCE):
            self._free.put(Typesetter(*self._where))


def _send(pipe: IO[bytes], data: bytes) -> None:
    rest = memoryview(len(data).to_bytes(_HEAD, "big") + data)
    while rest:
        rest = rest[pipe.write(rest) :]


def _receive(pipe: IO[bytes], until: float) -> bytes:
    return _exactly(pipe, int.from_bytes(_exactly(pipe, _HEAD, until), "big"), until)


def _exactly(pipe: IO[bytes], length: int, until: float) -> bytes:
    """Read `length` bytes before `until` (monotonic seconds); TimeoutError, EOFError."""
    data = bytearray()
    with selectors.DefaultSelector() as waiting:
        waiting.register(pipe, selectors.EVENT_READ)
        while len(data) < length:
            if not waiting.select(until - time.monotonic()):
                raise TimeoutError("no answer in time")
            piece = os.read(pipe.fileno(), length - len(data))
            if not piece:
                raise EOFError("its pipe is closed")
            data += piece
    return bytes(data)


# ---- The child -------------------------------------------------------------------------------


def _serve(templates: str, fonts: str, idle: float) -> None:
    """Do jobs until the pipe is closed, or there is none for a while."""
    import typst

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    found = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts]
    )
    compiler = typst.Compiler(root=templates, font_paths=found, ignore_system_fonts=True)
    while True:
        # Two processors may work at one job.
        spent = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(spent.ru_utime + spent.ru_stime) + 2 * JOB_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        job = json.loads(_from_parent(idle))
        error, made, pages = "", b"", 0
        try:
            made, pages = _make(compiler, templates, job)
        except typst.TypstError as failure:
            error = failure.message
        answer = {"error": error, "pages": pages, "memory": _memory()}
        _send(sys.stdout.buffer, json.dumps(answer).encode())
        _send(sys.stdout.buffer, made)
        sys.stdout.buffer.flush()


def _make(compiler: Any, templates: str, job: dict[str, Any]) -> tuple[bytes, int]:
    """Return what the job asks for: of pictures the page it names, or the last one."""
    made = compiler.compile(
        input=str(Path(templates) / job["template"]),
        sys_inputs={"data": job["data"]},
        **job["output"],
    )
    several = made if isinstance(made, list) else [made]
    page = min(max(job["page"], 1), len(several))
    return several[page - 1], len(several)


def _from_parent(idle: float) -> bytes:
    if not select.select([sys.stdin.buffer], [], [], idle)[0]:
        sys.exit(0)
    head = sys.stdin.buffer.read(_HEAD)
    if len(head) < _HEAD:
        sys.exit(0)
    return sys.stdin.buffer.read(int.from_bytes(head, "big"))


def _memory() -> int:
    """Return the bytes that this process holds in memory."""
    with contextlib.suppress(OSError), open("/proc/self/statm") as told:  # noqa: PTH123
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2], float(sys.argv[3]))
