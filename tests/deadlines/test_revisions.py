"""The office changes its calendar: every process keeps to it, and due times move when asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, update

from kimweb import clock, db
from kimweb.cases.models import Event, Stage
from kimweb.deadlines import auditor, ladder, revisions, sweep
from kimweb.sop import revising, shelf
from tests.conftest import WITA, HandClock
from tests.databases import both_databases
from tests.deadlines.crowd import case_at_kasi
from tests.world import World

pytestmark = both_databases

TUESDAY = dt.date(2026, 11, 24)
DAY_OFF = {"kind": "local", "name": "Pilkada susulan", "windows": [], "source": "SE Bupati 5/2026"}
RAMADAN = {
    "first": "2026-11-25",
    "last": "2026-12-20",
    "hours": "ramadan",
    "estimated": True,
    "source": "SE Bupati 6/2026",
}


def wita(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=WITA)


def decide(world: World, subject: str, after: dict[str, Any], *, move: bool = True) -> int:
    with db.writing() as session:
        change = revisions.apply(
            session, subject, after, world.person("admin"), clock.now(), move=move
        )
        return change.moved


def test_a_review_names_each_due_time_that_would_move_and_changes_nothing(world: World) -> None:
    case = case_at_kasi()
    looked = revisions.review(db.session(), revising.day_subject(TUESDAY), DAY_OFF)
    (shift,) = looked.shifts
    assert (shift.case_id, shift.step, shift.old, shift.new) == (
        case.id,
        3,
        wita(25, 8),
        wita(26, 8),
    )
    assert world.stage(case).due_at == wita(25, 8)
    assert shelf.office_calendar().day(TUESDAY).kind == "working"


def test_confirmed_the_due_time_moves_with_a_word_in_the_history_and_the_log(world: World) -> None:
    case = case_at_kasi()
    assert decide(world, revising.day_subject(TUESDAY), DAY_OFF) == 1
    assert world.stage(case).due_at == wita(26, 8)
    told = db.session.scalars(
        select(Event).where(Event.case_id == case.id, Event.kind == "due_moved")
    ).one()
    assert told.by == world.person("admin").id
    assert dt.datetime.fromisoformat(told.facts["new"]) == wita(26, 8)
    ((change, name),) = revisions.log_of(db.session(), 10)
    assert (change.touched, change.moved, name) == (1, 1, world.person("admin").name)
    assert change.after["source"] == "SE Bupati 5/2026"


def test_without_confirmation_running_steps_keep_their_due_time(world: World) -> None:
    case = case_at_kasi()
    assert decide(world, revising.day_subject(TUESDAY), DAY_OFF, move=False) == 0
    assert world.stage(case).due_at == wita(25, 8)
    assert shelf.office_calendar().day(TUESDAY).kind == "local"


def test_rungs_follow_the_moved_due_time_and_the_auditor_agrees(world: World) -> None:
    case = case_at_kasi()
    sweep.run(clock.now())
    decide(world, revising.day_subject(TUESDAY), DAY_OFF)
    sweep.run(clock.now())
    assert world.stage(case).next_rung_at == wita(25, 8), "half of two days, one day later"
    assert auditor.findings(db.session(), clock.now(), ladder.current()) == []


def test_a_date_that_follows_the_decrees_again_moves_back(world: World) -> None:
    case = case_at_kasi()
    decide(world, revising.day_subject(TUESDAY), DAY_OFF)
    decide(world, revising.day_subject(TUESDAY), {})
    assert world.stage(case).due_at == wita(25, 8)
    assert shelf.office_calendar().day(TUESDAY).source == "Kalender kantor"


def test_a_day_beyond_the_due_time_touches_nothing(world: World) -> None:
    case_at_kasi()
    subject = revising.day_subject(dt.date(2026, 11, 27))
    assert revisions.review(db.session(), subject, DAY_OFF).shifts == []


def test_a_period_changes_hours_and_called_off_gives_them_back(
    world: World, hand_clock: HandClock
) -> None:
    hand_clock.set(wita(24, 15, 45))
    case = case_at_kasi()
    subject = revising.period_subject("Ramadan percobaan")
    decide(world, subject, RAMADAN)
    assert world.stage(case).due_at == wita(26, 15), "closing time of the shorter day"
    decide(world, subject, {})
    assert world.stage(case).due_at == wita(26, 15, 45)


def test_a_period_of_the_file_can_be_called_off(world: World) -> None:
    decide(world, revising.period_subject("Ramadan 1448 H"), {"off": True})
    assert shelf.office_calendar().day(dt.date(2027, 2, 8)).name == ""
    assert shelf.office_calendar().day(dt.date(2026, 2, 19)).name == "Ramadan 1447 H"


SIX_DAYS = {
    "days": [[["07.30", "13.45"]]] * 6 + [[]],
    "source": "Keputusan Bupati 9/2026",
}


def test_a_unit_of_six_days_moves_only_the_due_times_of_its_own_lanes(
    world: World, hand_clock: HandClock
) -> None:
    hand_clock.set(wita(26, 10))
    with_kasi, with_tim = case_at_kasi(), world.case(at=12)
    before = world.stage(with_tim).due_at
    decide(world, revising.week_subject("enam hari"), SIX_DAYS)
    subject = revising.unit_subject("Seksi KIM")
    keeps = {"lanes": ["kasi"], "weeks": {"biasa": "enam hari"}, "source": "SE 9/2026"}
    assert decide(world, subject, keeps) == 1
    assert world.stage(with_kasi).due_at == wita(28, 10), "Thursday and two days is Saturday"
    assert world.stage(with_tim).due_at == before
    assert shelf.calendar_of("kasi").day(dt.date(2026, 11, 28)).kind == "working"
    assert shelf.office_calendar().day(dt.date(2026, 11, 28)).kind == "weekend"
    decide(world, subject, {})
    assert world.stage(with_kasi).due_at == wita(30, 10), "the office's week again"


def test_another_process_keeps_to_the_change_within_a_second(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = revisions.Follower()
    now = 1_000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    before = other.hours()
    decide(world, revising.day_subject(TUESDAY), DAY_OFF)
    assert other.hours() is before
    now += revisions.PATIENCE_SECONDS
    assert other.hours().special_days[TUESDAY].name == "Pilkada susulan"
    assert other.hours() is other.hours(), "nothing is made anew while nothing changes"


def test_what_was_seen_is_another_once_a_case_has_moved(world: World) -> None:
    case_at_kasi()
    subject = revising.day_subject(TUESDAY)
    seen = revisions.review(db.session(), subject, DAY_OFF).seen
    case_at_kasi()
    assert revisions.review(db.session(), subject, DAY_OFF).seen != seen


def test_a_due_time_that_differs_from_the_calendar_is_found_and_moved_when_asked(
    world: World, hand_clock: HandClock
) -> None:
    """A change that was kept from moving it stands for an edited file or a renewed package."""
    case = case_at_kasi()
    assert not revisions.differences(db.session(), hand_clock()).shifts
    decide(world, revising.day_subject(TUESDAY), DAY_OFF, move=False)
    hand_clock.move(hours=1)
    (shift,) = revisions.differences(db.session(), hand_clock()).shifts
    assert (shift.case_id, shift.old, shift.new) == (case.id, wita(25, 8), wita(26, 8))
    with db.writing() as session:
        revisions.align(session, world.person("admin"), hand_clock())
    assert world.stage(case).due_at == wita(26, 8)
    assert not revisions.differences(db.session(), hand_clock()).shifts
    assert shelf.office_calendar().day(TUESDAY).kind == "local"


def test_a_step_opened_in_the_second_of_a_change_is_found_too(
    world: World, hand_clock: HandClock
) -> None:
    """Another process may still count by the old calendar for a second."""
    decide(world, revising.day_subject(TUESDAY), DAY_OFF)
    case = case_at_kasi()
    with db.writing() as session:
        session.execute(update(Stage).values(due_at=wita(25, 8)))
    hand_clock.move(minutes=1)
    (shift,) = revisions.differences(db.session(), hand_clock()).shifts
    assert (shift.case_id, shift.new) == (case.id, wita(26, 8))
