"""The ladder as the office reads it: who hears what, on which day, at what time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimweb.deadlines import ladder
from kimweb.deadlines.ladder import Due, Ladder, Rung
from kimweb.sop import shelf
from kimweb.sop.steps import LANES, Span, Step
from tests.conftest import MONDAY_MORNING, WITA

CALENDAR = shelf.office_calendar()
TWO_HOURS = Span(2, "hours", "2 Jam")


def step(number: int, **other: object) -> Step:
    return replace(shelf.sop().step(number), **other)  # type: ignore[arg-type]


def climb(
    step: Step, opened_at: datetime = MONDAY_MORNING, rules: Ladder | None = None
) -> list[Rung]:
    due_at = CALENDAR.add(opened_at, step.time)
    return ladder.rungs(step, step.lane, opened_at, due_at, CALENDAR, rules or ladder.current())


def told(rungs: list[Rung]) -> list[tuple[str, str]]:
    return [(rung.lane, f"{rung.at.astimezone(WITA):%a %d %H.%M}") for rung in rungs]


def due(rungs: list[Rung], now: datetime, taken: Collection[str] = ()) -> Due:
    return ladder.due(rungs, now, taken, CALENDAR)


def wita(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=WITA)


def test_two_days_are_reminded_twice_then_climb_a_rank_each_working_day() -> None:
    assert told(climb(step(3))) == [
        ("kasi", "Tue 24 08.00"),
        ("kasi", "Tue 24 13.30"),
        ("kasi", "Wed 25 08.00"),
        ("kabid", "Thu 26 08.00"),
        ("sekdis", "Fri 27 08.00"),
        ("kadis", "Mon 30 08.00"),
    ]


def test_ten_minutes_get_their_grace_and_reach_kasi_a_working_day_later() -> None:
    assert told(climb(step(10))) == [
        ("staf", "Mon 23 10.10"),
        ("kasi", "Tue 24 10.10"),
        ("kabid", "Wed 25 10.10"),
        ("sekdis", "Thu 26 10.10"),
        ("kadis", "Fri 27 10.10"),
    ]


def test_without_grace_the_holder_hears_it_at_the_limit() -> None:
    assert told(climb(step(6)))[0] == ("kabid", "Mon 23 10.00")


def test_a_longer_step_climbs_by_doubling_when_that_is_later_than_a_day() -> None:
    """Twice 6 hours are over within a day, four times 6 hours only on the third."""
    six = step(10, time=Span(6, "hours", "6 Jam"), grace=None)
    assert told(climb(six))[:3] == [
        ("staf", "Mon 23 15.00"),
        ("kasi", "Tue 24 15.00"),
        ("kabid", "Thu 26 09.30"),
    ]


def test_above_kadis_there_is_nobody() -> None:
    assert told(climb(step(8))) == [("kadis", "Mon 23 10.15")]


def test_the_team_answers_to_kasi() -> None:
    lanes = [rung.lane for rung in climb(step(12))]
    assert lanes == ["tim", "tim", "tim", "kasi", "kabid", "sekdis", "kadis"]


def test_a_limit_at_closing_time_is_told_at_the_next_opening() -> None:
    friday = wita(27, 14, 30)
    assert CALENDAR.add(friday, TWO_HOURS) == wita(27, 16, 30)
    assert told(climb(step(6), friday))[0] == ("kabid", "Mon 30 07.30")


def test_nothing_is_said_before_the_first_rung() -> None:
    assert due(climb(step(3)), wita(24, 7, 59)) == Due(None, (), wita(24, 8))


def test_a_rung_is_told_at_its_minute_and_the_next_one_waits() -> None:
    now = due(climb(step(3)), wita(24, 8))
    assert now.rung is not None
    assert (now.rung.name, now.folded, now.next_at) == ("half", (), wita(24, 13, 30))


def test_a_rung_that_was_taken_is_not_told_again() -> None:
    assert due(climb(step(3)), wita(24, 9), {"half"}) == Due(None, (), wita(24, 13, 30))


def test_missed_rungs_fold_into_the_highest() -> None:
    now = due(climb(step(3)), wita(27, 9), {"half"})
    assert now.rung is not None
    assert (now.rung.lane, now.next_at) == ("sekdis", wita(30, 8))
    assert [rung.name for rung in now.folded] == ["nearly", "limit", "superior_1"]


def test_after_the_last_rung_there_is_nothing_left_to_say() -> None:
    rungs = climb(step(3))
    now = due(rungs, wita(30, 8), {rung.name for rung in rungs[:-1]})
    assert now.rung is not None
    assert (now.rung.lane, now.next_at) == ("kadis", None)
    assert due(rungs, wita(30, 9), {"superior_3"}) == Due(None, (), None)


def test_a_ladder_is_never_climbed_down() -> None:
    """Should the office add a lower rung to the file later, whoever is above it stays above it."""
    assert due(climb(step(3)), wita(25, 9), {"limit"}).rung is None


def test_at_night_everybody_is_left_in_peace_until_the_office_opens() -> None:
    assert due(climb(step(3)), wita(24, 20)) == Due(None, (), wita(25, 7, 30))


def test_a_rung_for_any_hour_is_told_at_night_too() -> None:
    rules = ladder.current()
    loud = replace(rules, days=tuple(replace(r, any_hour=r.name == "half") for r in rules.days))
    now = due(climb(step(3), rules=loud), wita(24, 20))
    assert now.rung is not None
    assert (now.rung.name, now.next_at) == ("half", wita(25, 7, 30))


def test_nobody_hears_it_before_the_rank_below() -> None:
    """Written so, Kasi would wait three days and Kabid two: both hear it on the third."""
    rules = ladder.current()
    waits = {"superior_1": Span(3, "days", "3 Hari")}
    unruly = replace(
        rules, hours=tuple(replace(r, wait=waits.get(r.name, r.wait)) for r in rules.hours)
    )
    assert told(climb(step(10), rules=unruly))[:3] == [
        ("staf", "Mon 23 10.10"),
        ("kasi", "Thu 26 10.10"),
        ("kabid", "Thu 26 10.10"),
    ]


@pytest.mark.parametrize("lane", LANES)
def test_the_top_is_what_the_lane_climbs_to(lane: str) -> None:
    tops = {climb(step(number, lane=lane))[-1].name for number in (3, 10)}
    assert ladder.current().tops(lane) == tops


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=WITA, microsecond=0)
)
steps = st.builds(
    step,
    st.sampled_from(range(1, 18)),
    lane=st.sampled_from(LANES),
    time=st.builds(
        Span, st.integers(1, 40), st.sampled_from(["minutes", "hours", "days"]), st.just("")
    ),
    grace=st.none() | st.just(TWO_HOURS),
)


@given(steps, moments)
def test_rungs_rise_in_office_hours_and_only_reminders_come_before_the_limit(
    step: Step, opened_at: datetime
) -> None:
    due_at = CALENDAR.add(opened_at, step.time)
    rungs = climb(step, opened_at)
    assert [rung.at for rung in rungs] == sorted(rung.at for rung in rungs)
    assert all(CALENDAR.is_open(rung.at) for rung in rungs)
    assert {rung.name for rung in rungs if rung.at < due_at} <= {"half", "nearly"}


@given(steps, moments, st.lists(st.timedeltas(timedelta(0), timedelta(days=3)), max_size=40))
def test_however_often_and_late_one_looks_each_rung_comes_once_and_in_order(
    step: Step, opened_at: datetime, pauses: list[timedelta]
) -> None:
    rungs, now, taken = climb(step, opened_at), opened_at, list[str]()
    for pause in [*pauses, timedelta(days=400)]:
        now = CALENDAR.next_open(now + pause)
        said = due(rungs, now, taken)
        taken += [rung.name for rung in said.folded]
        taken += [said.rung.name] if said.rung else []
        assert said.next_at is None or said.next_at > now
        assert taken == [rung.name for rung in rungs if rung.at <= now]
    assert taken == [rung.name for rung in rungs]
