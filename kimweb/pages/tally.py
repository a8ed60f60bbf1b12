"""What the processes of the web count together, in memory they share since before they parted.

Each process adds to a row of its own: nobody waits for anybody, nothing is lost with a process that
dies, and whoever reads takes the sum.
"""

from __future__ import annotations

import mmap
import os
import threading

CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
ANSWERS = {kind: n for n, kind in enumerate(CLASSES, 1)}
SECONDS = {kind: n for n, kind in enumerate(CLASSES, 1 + len(CLASSES))}
STREAMS = 1 + 2 * len(CLASSES)
_OWNER, _COLUMNS = 0, STREAMS + 1
# More than processes ever live at once; after so many have died, rows are taken over.
ROWS = 64
_DOUBLE = 8


class Tally:
    """Rows of numbers, one for each process that was forked from the one which made it."""

    def __init__(self) -> None:
        self._numbers = memoryview(mmap.mmap(-1, ROWS * _COLUMNS * _DOUBLE)).cast("d")
        self._row = 0
        self._forks = 0
        self._take_row()
        os.register_at_fork(before=self._count_fork, after_in_child=self._take_row)

    def add(self, column: int, value: float) -> None:
        """Add to what this process has counted."""
        with self._lock:
            self._numbers[self._row + column] += value

    def put(self, column: int, value: float) -> None:
        """Say how much of something this process holds now."""
        self._numbers[self._row + column] = value

    def ever(self, column: int) -> float:
        """Return what all processes have counted, those that have died too."""
        return sum(self._numbers[column::_COLUMNS])

    def now(self, column: int) -> float:
        """Return how much of something the processes that live hold together."""
        held = zip(self._numbers[_OWNER::_COLUMNS], self._numbers[column::_COLUMNS], strict=True)
        return sum(much for owner, much in held if much and _lives(int(owner)))

    def _count_fork(self) -> None:
        self._forks += 1

    def _take_row(self) -> None:
        self._lock = threading.Lock()
        self._row = self._forks % ROWS * _COLUMNS
        self.put(_OWNER, os.getpid())
        self.put(STREAMS, 0)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


tally = Tally()
