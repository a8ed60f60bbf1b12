"""A step waits for the outside: its clock stands, nobody is told off, then it runs again."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from kimweb import clock, db
from kimweb.cases.models import Case, Event, Pause
from kimweb.cases.situations import NotAllowed, NotPossible, Stale
from kimweb.deadlines import auditor, ladder, pauses, revisions, sweep
from kimweb.dispatch.models import Message
from kimweb.sop import revising
from tests.conftest import WITA, HandClock
from tests.databases import both_databases
from tests.world import World

pytestmark = both_databases

REASON = "Menunggu jawaban Camat Polinggona tentang tempat kegiatan."


def wita(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=WITA)


def stop(world: World, case: Case, day: date | None = None, by: str = "kasi") -> datetime:
    stage_id = world.stage(case).id
    with db.writing() as session:
        return pauses.pause(session, case.id, stage_id, world.person(by), REASON, day)


def go_on(world: World, case: Case, by: str = "kasi") -> None:
    stage_id = world.stage(case).id
    with db.writing() as session:
        pauses.resume(session, case.id, stage_id, world.person(by))


def told(case: Case) -> list[str]:
    """The reminders and escalations of a case, in order."""
    query = select(Message.letter).where(
        Message.case_id == case.id, Message.letter.in_(("pengingat", "eskalasi"))
    )
    return list(db.session.scalars(query.order_by(Message.id)))


def kinds(case: Case) -> list[str]:
    return list(db.session.scalars(select(Event.kind).where(Event.case_id == case.id)))


def sweep_until(end: datetime, hand_clock: HandClock) -> None:
    while hand_clock() < end:
        hand_clock.move(minutes=30)
        sweep.run(clock.now())


@pytest.fixture
def case(world: World) -> Case:
    """At step 3 since Monday 08.00: Kasi has two working days, until Wednesday 08.00."""
    return world.case(at=3)


def test_while_the_clock_stands_nobody_is_reminded_and_the_due_time_waits(
    world: World, case: Case, hand_clock: HandClock
) -> None:
    hand_clock.set(wita(23, 10))
    assert stop(world, case, date(2026, 11, 27)) == wita(27, 7, 30)
    sweep_until(wita(26, 16), hand_clock)
    assert told(case) == []
    # Wednesday 08.00 and, on top, 330 minutes of Monday and three days of 450.
    assert world.stage(case).due_at == wita(30, 14)
    assert auditor.findings(db.session(), clock.now(), ladder.current()) == []


def test_when_the_day_has_come_it_runs_again_by_itself(
    world: World, case: Case, hand_clock: HandClock
) -> None:
    hand_clock.set(wita(23, 10))
    stop(world, case, date(2026, 11, 27))
    due_at = world.stage(case).due_at
    hand_clock.set(wita(27, 7, 30))
    sweep.run(clock.now())
    stage = world.stage(case)
    assert (stage.paused_until, stage.due_at) == (None, due_at)
    assert kinds(case)[-2:] == ["paused", "resumed"]
    sweep_until(wita(30, 15), hand_clock)
    assert told(case) == ["pengingat"] * 3, "half, nearly and the limit, each once"
    assert auditor.findings(db.session(), clock.now(), ladder.current()) == []


def test_a_machine_that_slept_ends_the_pause_at_its_own_time(
    world: World, case: Case, hand_clock: HandClock
) -> None:
    hand_clock.set(wita(23, 10))
    stop(world, case, date(2026, 11, 24))
    due_at = world.stage(case).due_at
    hand_clock.set(wita(24, 12))
    sweep.run(clock.now())
    assert world.stage(case).due_at == due_at


def test_resumed_by_hand_the_due_time_comes_back_by_what_was_not_used(
    world: World, case: Case, hand_clock: HandClock
) -> None:
    hand_clock.set(wita(23, 10))
    stop(world, case, date(2026, 12, 18))
    hand_clock.set(wita(23, 11))
    go_on(world, case)
    assert world.stage(case).due_at == wita(25, 9)
    assert world.stage(case).paused_minutes == 60


def test_what_was_said_before_the_pause_is_not_said_again(
    world: World, case: Case, hand_clock: HandClock
) -> None:
    sweep_until(wita(24, 9), hand_clock)
    assert told(case) == ["pengingat"]
    stop(world, case, date(2026, 11, 26))
    hand_clock.set(wita(26, 7, 30))
    sweep_until(wita(26, 9), hand_clock)
    assert told(case) == ["pengingat"], "half of the time was told before"
    sweep_until(wita(30, 16), hand_clock)
    assert told(case).count("pengingat") == 3
    assert auditor.findings(db.session(), clock.now(), ladder.current()) == []


def test_a_late_step_stays_late_by_as_much(world: World, case: Case, hand_clock: HandClock) -> None:
    sweep_until(wita(25, 10), hand_clock)
    assert told(case) == ["pengingat"] * 3
    stop(world, case, date(2026, 11, 26))
    hand_clock.set(wita(26, 7, 30))
    sweep.run(clock.now())
    sweep.run(clock.now())
    assert world.stage(case).due_at == wita(25, 14), "as late as it was: two hours"
    assert told(case) == ["pengingat"] * 3


def test_without_a_day_it_runs_again_after_the_longest_pause(world: World, case: Case) -> None:
    assert stop(world, case) == wita(23, 8).replace(month=12, day=7), "ten working days"


def test_only_who_holds_the_step_may_stop_it(world: World, case: Case) -> None:
    with pytest.raises(NotAllowed):
        stop(world, case, by="kabid")
    stop(world, case)
    with pytest.raises(NotAllowed):
        go_on(world, case, by="kadis")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 23), "harus sesudah hari ini"),
        (date(2026, 11, 1), "harus sesudah hari ini"),
        (date(2028, 1, 1), "paling lama satu tahun"),
    ],
)
def test_a_day_that_makes_no_sense_is_refused(
    world: World, case: Case, day: date, said: str
) -> None:
    with pytest.raises(NotPossible, match=said):
        stop(world, case, day)


def test_twice_is_refused_and_so_is_no_reason(world: World, case: Case) -> None:
    stage_id = world.stage(case).id
    with pytest.raises(NotPossible, match="Tulis apa yang ditunggu"), db.writing() as session:
        pauses.pause(session, case.id, stage_id, world.person("kasi"), "  ", None)
    stop(world, case)
    with pytest.raises(NotPossible, match="sudah dihentikan"):
        stop(world, case)
    go_on(world, case)
    with pytest.raises(NotPossible, match="sudah berjalan"):
        go_on(world, case)


def test_handed_on_the_pause_is_over_and_counts_for_what_it_was(
    world: World, case: Case, hand_clock: HandClock
) -> None:
    stage_id = world.stage(case).id
    stop(world, case)
    hand_clock.set(wita(23, 9))
    world.work(case)
    world.forward(case)
    ended = db.session.scalars(select(Pause).where(Pause.stage_id == stage_id)).one()
    assert ended.ended_at == wita(23, 9)
    assert kinds(case)[-2:] == ["resumed", "forward"]
    assert world.stage(case).paused_until is None
    with pytest.raises(Stale), db.writing() as session:
        pauses.resume(session, case.id, stage_id, world.person("kasi"))


def test_a_day_off_decided_meanwhile_moves_a_paused_step_too(
    world: World, case: Case, hand_clock: HandClock
) -> None:
    hand_clock.set(wita(23, 10))
    stop(world, case, date(2026, 11, 25))
    before = world.stage(case).due_at
    with db.writing() as session:
        revisions.apply(
            session,
            revising.day_subject(date(2026, 11, 27)),
            {"kind": "local", "name": "Pilkades", "windows": [], "source": "SE"},
            world.person("admin"),
            clock.now(),
            move=True,
        )
    assert (before, world.stage(case).due_at) == (wita(26, 14), wita(26, 14))
    with db.writing() as session:
        revisions.apply(
            session,
            revising.day_subject(date(2026, 11, 26)),
            {"kind": "local", "name": "Pilkades", "windows": [], "source": "SE"},
            world.person("admin"),
            clock.now(),
            move=True,
        )
    assert world.stage(case).due_at == wita(30, 14)
    assert world.stage(case).next_rung_at == wita(25, 7, 30), "still paused"
    hand_clock.set(wita(23, 11))
    go_on(world, case)
    assert world.stage(case).due_at == wita(25, 9)
