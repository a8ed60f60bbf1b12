"""Two processes serve the web: what they count is counted together."""

from __future__ import annotations

import os
from collections.abc import Callable

from kimweb.pages.tally import ANSWERS, ROWS, STREAMS, Tally


def elsewhere(work: Callable[[], None]) -> None:
    """Do something in a process that parts from this one, and dies of it."""
    if child := os.fork():
        os.waitpid(child, 0)
        return
    try:
        work()
    finally:
        os._exit(0)


def test_answers_of_a_process_stay_counted_when_it_has_died() -> None:
    tally = Tally()
    tally.add(ANSWERS["2xx"], 3)
    for _ in range(2):
        elsewhere(lambda: tally.add(ANSWERS["2xx"], 1))
    assert tally.ever(ANSWERS["2xx"]) == 5


def test_open_desks_are_those_of_the_processes_that_live() -> None:
    tally = Tally()
    tally.put(STREAMS, 40)
    read, write = os.pipe()

    def hold_desks() -> None:
        tally.put(STREAMS, 2)
        os.write(write, f"{tally.now(STREAMS):.0f}".encode())

    elsewhere(hold_desks)
    assert os.read(read, 10) == b"42"
    assert tally.now(STREAMS) == 40


def test_a_process_that_comes_after_a_dead_one_begins_with_no_desks_open() -> None:
    tally = Tally()

    def answer() -> None:
        tally.add(ANSWERS["5xx"], 1)
        tally.put(STREAMS, 9)

    for _ in range(ROWS + 6):
        elsewhere(answer)
    assert tally.now(STREAMS) == 0
    assert tally.ever(ANSWERS["5xx"]) == ROWS + 6
