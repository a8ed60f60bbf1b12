"""Rows 5, 21, 22 and 25: the scheduler dies, doubles or wakes up late; the clock jumps."""

from __future__ import annotations

import signal
import time
from copy import copy
from datetime import timedelta

from sqlalchemy import func, select

from kimweb.deadlines import heartbeats
from kimweb.deadlines import sweep as sweeping
from kimweb.deadlines.models import Escalation
from kimweb.dispatch.models import SENDING, SENT, UNKNOWN
from tests.faults.harness import Clock, Rig
from tests.faults.matrix import row
from tests.faults.parts import wait_for

SWEEP = "tasks.deadlines.sweep"
ALERT_SECONDS = 60


@row(5, short=True)
def scheduler_dies(rig: Rig) -> None:
    """kill -9 of the sweep before and after the commit of its alerts, and of beat."""
    rig.cases(3, at=3)
    rig.cases(3, at=6)
    rig.start("redis", *rig.workers)
    for point in ("rungs_written", "rungs_committed"):
        rig.clock.move(hours=24)
        before = _climbed(rig)
        rig.arm("worker", point)
        rig.ring([SWEEP])
        rig.until_reached("worker", point)
        _swept(rig)
        assert _climbed(rig) > before, "no limit was seen"
    rig.quiet()
    if rig.short:
        return
    rig.start("beat")
    _swept(rig, ring=False)
    rig.kill("beat")
    rig.clock.move(hours=24)
    before = _climbed(rig)
    time.sleep(3)
    assert _climbed(rig) == before
    rig.start("beat")
    _swept(rig, ring=False)
    assert _climbed(rig) > before, "beat came back, the limits did not"


@row(21)
def clocks_jump(rig: Rig) -> None:
    """A worker's clock runs 2 days ahead, then an hour behind, then 5 minutes ahead."""
    cases = rig.cases(4, at=6)
    sent = rig.cases(3, at=10)
    own = rig.folder / "clock-of-worker"
    shift = float(rig.clock.file.read_text())
    Clock.shift(own, shift)
    rig.parts["worker"].env["CLOCK_FILE"] = str(own)
    rig.start()
    kabid = rig.browser("kabid")
    for jump in (timedelta(days=2), timedelta(hours=-1), timedelta(minutes=5)):
        Clock.shift(own, shift + jump.total_seconds())
        rig.clock.landings.append(rig.clock.now() + jump)
        rig.ring([SWEEP])
        time.sleep(2)
        case_id = cases.pop()
        assert rig.decide(kabid, case_id, kabid.get(f"/cases/{case_id}")).status == 303
    _second_worker(rig).start()
    # The other worker's clock is 5 minutes behind: it must not take over what this one sends.
    rig.sink.wait("DATA", 4, times=2)
    rig.sink.wait("KEPT", 4, times=2)
    for case_id in sent:
        rig.dispatch(case_id)
    until = time.monotonic() + 15
    while time.monotonic() < until:
        rig.ring()
        time.sleep(0.5)
    rig.kill("worker2", "worker")
    rig.parts["worker"].env["CLOCK_FILE"] = str(rig.clock.file)


@row(25)
def zombies_and_twins(rig: Rig) -> None:
    """Two beats, two workers, and a worker that is frozen beyond its lease and wakes up."""
    rig.cases(4, at=6)
    letters = rig.cases(2, at=10)
    drafts = rig.cases(1, at=3)
    with rig.reading():
        rig.player.work(drafts[0])
    rig.start("redis", "worker", "beat")
    _second_worker(rig).start()
    twin = copy(rig.parts["beat"])
    twin.log_file = twin.log_file.with_name("beat2.log")
    rig.parts["beat2"] = twin
    twin.start()
    for case_id, point, then in (
        (letters[0], "message_claimed", {SENT}),
        (letters[1], "dot_recorded", {SENT, UNKNOWN}),
    ):
        rig.arm("worker", point, fate="SIGSTOP")
        rig.kill("worker2")
        rig.dispatch(case_id)
        rig.ring()
        rig.until_reached("worker", point)
        twin_worker = rig.parts["worker2"]
        twin_worker.start()
        rig.clock.move(minutes=2)
        rig.ring()
        wait_for(lambda c=case_id: not _sending(rig, c), 40, "the other worker takes over")
        rig.parts["worker"].signal(signal.SIGCONT)
        rig.quiet()
        assert {letter.state for letter in rig.letters(case_id)} <= then
    rig.arm("worker", "work_claimed", fate="SIGSTOP")
    rig.kill("worker2")
    rig.hand_on(drafts[0])
    rig.ring()
    rig.until_reached("worker", "work_claimed")
    rig.parts["worker2"].start()
    rig.clock.move(minutes=5)
    rig.quiet()
    rig.parts["worker"].signal(signal.SIGCONT)
    rig.clock.move(hours=24)
    _swept(rig)
    time.sleep(20)
    rig.quiet()


def _second_worker(rig: Rig) -> object:
    """Enter a second worker with the office's own clock; not started yet."""
    if "worker2" not in rig.parts:
        second = copy(rig.parts["worker"])
        second.command = [*second.command, "--hostname", "second@%h"]
        second.log_file = second.log_file.with_name("worker2.log")
        second.process = None
        second.env = second.env | {"CLOCK_FILE": str(rig.clock.file)}
        rig.parts["worker2"] = second
    return rig.parts["worker2"]


def _sending(rig: Rig, case_id: int) -> bool:
    return any(letter.state == SENDING for letter in rig.letters(case_id))


def _climbed(rig: Rig) -> int:
    with rig.reading() as session:
        return session.scalar(select(func.count()).select_from(Escalation)) or 0


def _swept(rig: Rig, *, ring: bool = True) -> None:
    """Wait until a sweep has begun after this moment; within a minute, or the promise is broken."""
    since = rig.clock.now()

    def done() -> bool:
        if ring:
            rig.ring([SWEEP])
        time.sleep(0.2)
        with rig.reading() as session:
            last = heartbeats.last(session).get(sweeping.PART)
        return last is not None and last >= since

    wait_for(done, ALERT_SECONDS, "the sweep runs")
