"""Who holds a lane on which day, in what capacity, and who stands above whom."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kimweb.people import access
from kimweb.people.models import DEFINITIVE, Holding, Person

TODAY = date(2026, 11, 23)


def official(*holdings: Holding, disabled: bool = False) -> Person:
    at = datetime(2026, 1, 1, tzinfo=UTC) if disabled else None
    return Person(name="La Ode Hasan", holdings=list(holdings), disabled_at=at)


def holding(
    lane: str, starts: date, ends: date | None = None, capacity: str = DEFINITIVE
) -> Holding:
    return Holding(lane=lane, capacity=capacity, starts_on=starts, ends_on=ends)


@pytest.mark.parametrize(
    ("starts", "ends", "held"),
    [
        (date(2018, 1, 1), None, True),
        (TODAY, TODAY, True),
        (date(2026, 11, 24), None, False),
        (date(2018, 1, 1), date(2026, 11, 22), False),
    ],
)
def test_a_lane_is_held_from_its_first_to_its_last_day(
    starts: date, ends: date | None, held: bool
) -> None:
    assert access.holds(official(holding("kabid", starts, ends)), "kabid", TODAY) is held


def test_somebody_may_hold_two_lanes_one_of_them_as_plh() -> None:
    hasan = official(
        holding("kabid", date(2018, 1, 1)),
        holding("kadis", TODAY, date(2026, 11, 27), "Plh."),
    )
    assert access.lanes_of(hasan, TODAY) == {"kabid", "kadis"}
    assert access.capacity_in(hasan, "kadis", TODAY) == "Plh."
    assert access.capacity_in(hasan, "kabid", TODAY) == DEFINITIVE


def test_a_closed_account_holds_nothing() -> None:
    assert not access.lanes_of(official(holding("staf", TODAY), disabled=True), TODAY)


def test_the_chain_goes_from_staf_up_to_kadis_and_tim_answers_to_kasi() -> None:
    climbed = ["staf"]
    while above := access.superior_of(climbed[-1]):
        climbed.append(above)
    assert climbed == ["staf", "kasi", "kabid", "sekdis", "kadis"]
    assert access.superior_of("tim") == "kasi"
