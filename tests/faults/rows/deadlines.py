"""Rows 5, 21, 22 and 25: the scheduler dies, doubles or wakes up late; the clock jumps."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from kimweb.deadlines import heartbeats
from kimweb.deadlines import sweep as sweeping
from kimweb.deadlines.models import Escalation
from kimweb.dispatch.models import DOT, SENT, UNKNOWN, Message
from kimweb.sop import shelf
from tests.faults.harness import Clock, Rig
from tests.faults.matrix import row
from tests.faults.parts import wait_for

SWEEP = "tasks.deadlines.sweep"
ALERT_SECONDS = 60
# So long a mail server thinks about a letter, while somebody else wakes up.
TALK_SECONDS = 20
RING_SECONDS = 5
MIND_CALENDAR = "tasks.deadlines.mind_calendar"
# Monday, 3 January 2028, 10.00 WITA: the decree for that year is not out.
UNDECREED = datetime(2028, 1, 3, 2, tzinfo=UTC)
GAP = "Cuti bersama tahun 2028 belum ada di kalender"
# What an editor, a person or half a copy make of the file.
DAMAGES = (
    ("first: 2026-02-19", "first: 2026-13-19"),
    ("name: biasa", "name: bias"),
    ("zone: Asia/Makassar", "zone: Asia/Makasar"),
    ("periods:", "period:"),
    ("open: 07.30-16.00", "open: 16.00-07.30"),
)


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
    """The workers' clock runs 2 days ahead, then an hour behind, then 5 minutes ahead."""
    cases, sent = rig.cases(4, at=6), rig.cases(3, at=10)
    own, shift = rig.folder / "clock-of-workers", float(rig.clock.file.read_text())
    Clock.shift(own, shift)
    for name in rig.workers:
        rig.parts[name].env["CLOCK_FILE"] = str(own)
    rig.start()
    kabid = rig.browser("kabid")
    for jump in (timedelta(days=2), timedelta(hours=-1), timedelta(minutes=5)):
        Clock.shift(own, shift + jump.total_seconds())
        rig.clock.landings.append(rig.clock.now() + jump)
        rig.ring([SWEEP])
        time.sleep(2)
        case_id = cases.pop()
        assert rig.decide(kabid, case_id, kabid.get(f"/cases/{case_id}")).status == 303
    # Two mailers whose clocks are 5 minutes apart: neither may take over what the other sends.
    second = rig.twin("mailer", CLOCK_FILE=str(rig.clock.file))
    rig.kill("mailer")
    second.start()
    rig.sink.wait("KEPT", TALK_SECONDS)
    for case_id in sent:
        rig.dispatch(case_id)

    def is_past_the_dot() -> bool:
        rig.ring()
        return any(letter.phase == DOT for case_id in sent for letter in rig.letters(case_id))

    wait_for(is_past_the_dot, 60, "the mailer that is behind sends")
    rig.start("mailer")
    until = time.monotonic() + TALK_SECONDS + RING_SECONDS
    while time.monotonic() < until:
        rig.ring()
        time.sleep(0.5)
    rig.kill(second.name, *rig.workers)
    for name in rig.workers:
        rig.parts[name].env["CLOCK_FILE"] = str(rig.clock.file)


@row(22)
def calendar_is_missing_or_wrong(rig: Rig) -> None:
    """No calendar file, damaged ones, and a year that no decree covers yet."""
    source = rig.source_of_its_own()
    file = source / "config" / "calendar.yaml"
    sound = file.read_text()
    rig.start("redis")
    for damaged in (None, *(sound.replace(*change) for change in DAMAGES)):
        file.unlink(missing_ok=True)
        if damaged is not None:
            assert damaged != sound
            file.write_text(damaged)
        _will_not_start(rig, "web")
    file.write_text(sound)
    cases = rig.cases(2, at=3)
    rig.start()
    rig.clock.set(UNDECREED)
    _swept(rig)
    for _ in range(2):
        rig.ring([MIND_CALENDAR])
        time.sleep(1)
    rig.quiet()
    seen = rig.browser("kabid").get("/").text
    assert GAP in seen, "no banner says that the year is unknown"
    with rig.reading() as session:
        told = session.scalars(select(Message.to_email).where(Message.letter == "kalender")).all()
    assert told == ["admin@contoh.invalid"], told
    # A day that nobody knows to be one off counts as working: the earliest alert.
    assert shelf.office_calendar().day(UNDECREED.date()).windows
    assert [rig.step_of(case_id) for case_id in cases] == [3, 3]
    assert _climbed(rig) > 0, "no limit was seen in a year without data"


def _will_not_start(rig: Rig, name: str) -> None:
    """The part ends at once, and its log names the file that has to be mended."""
    part, before = rig.parts[name], len(rig.parts[name].log())
    part.start()
    wait_for(lambda: not part.runs, 60, f"{name} refuses a damaged calendar")
    part.wanted = False
    assert "calendar.yaml" in part.log()[before:], part.log()[-800:]


@row(25)
def zombies_and_twins(rig: Rig) -> None:
    """Two beats, two workers and mailers; one freezes beyond its lease and wakes up again."""
    rig.cases(4, at=6)
    (draft,), letters = rig.cases(1, at=3), rig.cases(3, at=10)
    with rig.reading():
        rig.player.work(draft)
    rig.start("redis", *rig.workers, "beat")
    for name in ("beat", "worker", "mailer"):
        rig.twin(name)
    rig.start("beat2")
    for case_id, point, then in (
        (letters[0], "message_claimed", {SENT}),
        (letters[1], "dot_recorded", {SENT, UNKNOWN}),
    ):
        _sleeps_through_its_lease(rig, "mailer", point, lambda c=case_id: rig.dispatch(c))
        states = {letter.state for letter in rig.letters(case_id)}
        assert states <= then, (point, states)
    _wakes_while_its_twin_sends(rig, letters[2])
    _sleeps_through_its_lease(rig, "worker", "work_claimed", lambda: rig.hand_on(draft))
    rig.clock.move(hours=24)
    _swept(rig)
    # Both beats have had their turn.
    time.sleep(20)


def _sleeps_through_its_lease(rig: Rig, name: str, point: str, order: Callable[[], object]) -> None:
    """Order work; who takes it freezes at `point`, its twin goes on, and then it wakes up."""
    rig.kill(f"{name}2")
    rig.arm(name, point, fate="SIGSTOP")
    order()
    rig.ring()
    rig.until_reached(name, point)
    rig.start(f"{name}2")
    rig.clock.move(minutes=5)
    rig.quiet()
    rig.parts[name].signal(signal.SIGCONT)
    time.sleep(2)
    rig.quiet()


def _wakes_while_its_twin_sends(rig: Rig, case_id: int) -> None:
    """A mailer that froze with a letter wakes up while its twin talks about the same letter."""
    rig.kill("mailer2")
    rig.arm("mailer", "message_claimed", fate="SIGSTOP")
    rig.dispatch(case_id)
    rig.ring()
    rig.until_reached("mailer", "message_claimed")
    rig.sink.wait("KEPT", TALK_SECONDS)
    rig.start("mailer2")
    rig.clock.move(minutes=5)

    def talks() -> bool:
        rig.ring()
        return bool(rig.sink.obeyed["KEPT"])

    wait_for(talks, 40, "the twin takes the letter over")
    rig.parts["mailer"].signal(signal.SIGCONT)

    def all_sent() -> bool:
        rig.ring()
        return {one.state for one in rig.letters(case_id)} == {SENT}

    wait_for(all_sent, 60, "every letter is sent")


def _climbed(rig: Rig) -> int:
    with rig.reading() as session:
        return session.scalar(select(func.count()).select_from(Escalation)) or 0


def _swept(rig: Rig, *, ring: bool = True) -> None:
    """Wait until a sweep has begun after this moment; within a minute, or the promise is broken."""
    since, rung_at = rig.clock.now(), float("-inf")

    def done() -> bool:
        nonlocal rung_at
        # Seldom: what waits in the queue would sweep again after the row has gone on.
        if ring and time.monotonic() - rung_at > RING_SECONDS:
            rung_at = time.monotonic()
            rig.ring([SWEEP])
        time.sleep(0.2)
        with rig.reading() as session:
            last = heartbeats.last(session).get(sweeping.PART)
        return last is not None and last >= since

    wait_for(done, ALERT_SECONDS, "the sweep runs")
