"""When the steps ahead will be done, and what is said before a case is late."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from kimweb import db
from kimweb.deadlines import forecast, measuring
from kimweb.deadlines.forecast import Standing
from kimweb.deadlines.models import Measure, StepPace
from kimweb.sop import shelf
from tests.conftest import WITA
from tests.databases import both_databases
from tests.pages.forms import words
from tests.world import World

MONDAY = datetime(2026, 11, 23, 8, tzinfo=WITA)


def at(step: int, planned_on: date, opened_at: datetime = MONDAY) -> Standing:
    sop = shelf.sop()
    due_at = shelf.office_calendar().add(opened_at, sop.step(step).time)
    return Standing(sop.edition, step, opened_at, due_at, planned_on)


def wita(moment: datetime) -> str:
    return moment.astimezone(WITA).strftime("%a %d %H.%M")


def test_without_a_pace_of_its_own_the_office_is_taken_at_the_words_of_the_sop() -> None:
    ahead = forecast.outlook(at(3, date(2026, 12, 14)), {}, MONDAY)
    assert [leg.step.number for leg in ahead.legs] == list(range(3, 18))
    # Two days for the concept; then each step begins where the one before it ends.
    assert wita(ahead.legs[0].by_sop) == "Wed 25 08.00"
    assert all(leg.by_sop == leg.by_pace for leg in ahead.legs)
    assert all(a.by_sop <= b.by_sop for a, b in zip(ahead.legs, ahead.legs[1:], strict=False))
    assert not ahead.is_late


def test_the_activity_waits_for_its_day_and_what_follows_waits_with_it() -> None:
    ahead = forecast.outlook(at(11, date(2026, 12, 14)), {}, MONDAY)
    activity = ahead.at(12)
    assert activity is not None
    assert activity.by_pace.astimezone(WITA).date() > date(2026, 12, 14)
    assert ahead.ready_on is not None
    assert ahead.ready_on < date(2026, 12, 14)
    assert not ahead.misses_plan


def test_a_case_that_cannot_be_ready_by_its_day_will_be_late() -> None:
    ahead = forecast.outlook(at(3, date(2026, 11, 25)), {}, MONDAY)
    assert ahead.misses_plan
    assert forecast.outlook(at(13, date(2026, 11, 20)), {}, MONDAY).ready_on is None


def test_a_slow_office_is_seen_before_the_limit() -> None:
    slow = {3: 3 * 8 * 60}
    ahead = forecast.outlook(at(3, date(2026, 12, 14)), slow, MONDAY)
    assert ahead.misses_due
    assert ahead.legs[0].by_pace > ahead.legs[0].by_sop
    quick = forecast.outlook(at(3, date(2026, 12, 14)), {3: 60}, MONDAY)
    assert not quick.misses_due
    assert wita(quick.legs[0].by_pace) == "Mon 23 09.00"


def test_a_step_that_took_longer_already_is_done_now_at_the_earliest() -> None:
    now = datetime(2026, 11, 27, 9, tzinfo=WITA)
    ahead = forecast.outlook(at(3, date(2026, 12, 14)), {3: 60}, now)
    assert ahead.legs[0].by_pace == ahead.legs[0].by_sop == now
    assert not ahead.misses_due, "late it is, no longer will be"


@pytest.mark.parametrize(
    ("counted", "share", "value"),
    [
        ([(5, 1)], 50, 5),
        ([(1, 1), (2, 1), (3, 1)], 50, 2),
        ([(1, 9), (100, 1)], 90, 1),
        ([(1, 8), (100, 2)], 90, 100),
    ],
)
def test_a_percentile_is_a_value_that_occurred(
    counted: list[tuple[int, int]], share: int, value: int
) -> None:
    assert measuring.percentile(counted, share) == value


@both_databases
class TestMeasuring:
    def test_every_visit_is_measured_once_in_working_time(self, world: World) -> None:
        case = world.case(at=6)
        world.clock.move(hours=2)
        world.send_back(case, to=5)
        world.clock.move(minutes=1)
        with db.writing() as session:
            assert measuring.measure(session, world.clock()) == 6
            assert measuring.measure(session, world.clock()) == 0
        last = db.session.get_one(Measure, max(m.event_id for m in db.session.query(Measure)))
        assert (last.step, last.lane, last.waiting_lane) == (6, "kabid", "kasi")
        assert (last.minutes, last.visit, last.year) == (120, 1, 2026)

    def test_five_cases_make_a_pace_and_returns_count_in(self, world: World) -> None:
        for n in range(5):
            case = world.case(at=2, subject=f"Kegiatan {n}")
            world.clock.move(minutes=30)
            world.work(case)
            world.forward(case)
        world.clock.move(minutes=1)
        with db.writing() as session:
            measuring.measure(session, world.clock())
            measuring.settle_pace(session, world.clock())
        assert measuring.pace(db.session())[shelf.sop().edition] == {1: 0, 2: 30}

    def test_the_desk_and_the_case_say_it_before_it_is(self, world: World) -> None:
        case = world.case(at=3)
        with db.writing() as session:
            session.add(StepPace(sop=shelf.sop().edition, step=3, minutes=3 * 8 * 60))
        assert "Diperkirakan terlambat" in words(world.client("kadis").get("/"))
        assert "Diperkirakan terlambat" in words(world.client("kadis").get("/cases"))
        page = words(world.client("kasi").get(f"/cases/{case.id}"))
        assert "Diperkirakan terlambat." in page
        assert "Perkiraan selesai" in page
