"""A year that no decree covers yet: said on every desk and mailed daily, never passed over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from kimweb import clock, db
from kimweb.deadlines import gaps
from kimweb.dispatch.models import Message
from tests.conftest import WITA, HandClock
from tests.pages.forms import words
from tests.world import World

NOVEMBER = datetime(2027, 11, 8, 9, 0, tzinfo=WITA)


def mailed() -> list[str]:
    with db.writing() as session:
        gaps.remind(session, clock.now())
    return list(db.session.scalars(select(Message.text).where(Message.letter == "kalender")))


def test_two_months_before_the_year_begins_every_desk_says_what_is_missing(
    world: World, hand_clock: HandClock
) -> None:
    assert "Kalender kerja belum lengkap" not in words(world.client("staf").get("/"))
    hand_clock.set(NOVEMBER)
    seen = words(world.client("staf").get("/"))
    assert "Kalender kerja belum lengkap" in seen
    assert "Cuti bersama tahun 2028 belum ada di kalender" in seen


def test_the_administrator_hears_of_it_once_each_working_day(
    world: World, hand_clock: HandClock
) -> None:
    assert mailed() == []
    hand_clock.set(NOVEMBER)
    assert len(mailed()) == 1
    hand_clock.move(hours=2)
    (text,) = mailed()
    assert "Cuti bersama tahun 2028" in text
    assert "/calendar/" in text
    hand_clock.move(hours=12)
    assert len(mailed()) == 1, "at night nobody is disturbed"
    hand_clock.set(NOVEMBER.replace(day=9))
    assert len(mailed()) == 2
