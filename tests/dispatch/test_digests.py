"""Notices reach people as they wish, one by one or once a day, never in a flood, none missed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import pytest

from kimweb import clock, db
from kimweb.dispatch import digests, staff
from kimweb.dispatch.letters import Letter
from kimweb.dispatch.models import FOLDED, GATHERED, SENT, Message
from kimweb.people.models import AT_ONCE, DAILY
from tasks import dispatch
from tests.conftest import WITA, HandClock
from tests.databases import both_databases
from tests.dispatch.sink import Sink
from tests.world import World

KASI = "kasi@contoh.invalid"


@pytest.fixture
def sink(world: World) -> Iterator[Sink]:
    with Sink() as server:
        world.app.config["OFFICE"] = replace(world.app.config["OFFICE"], smtp_url=server.url)
        yield server


def tell(world: World, *subjects: str, name: str = "tugas_baru") -> None:
    """Queue a notice to Kasi for each subject, in one transaction."""
    with db.writing() as session:
        kasi = world.person("kasi")
        for subject in subjects:
            letter = Letter(subject, f"{subject}\n", f"<p>{subject}</p>\n")
            staff.tell(session, f"uji-{subject}", name, letter, kasi, clock.now())


def wishes(world: World, wish: str) -> None:
    with db.writing():
        world.person("kasi").notices = wish


def arrived(sink: Sink) -> list[str]:
    """Send what is due, and return the subjects of everything that reached Kasi so far."""
    dispatch.drain()
    return [each.mail["Subject"] for each in sink.received if each.recipient == KASI]


def states() -> list[str]:
    db.session.rollback()
    return [row.state for row in db.session.query(Message).order_by(Message.id)]


def numbered(count: int) -> list[str]:
    return [f"Tugas {n}" for n in range(1, count + 1)]


@both_databases
def test_who_wants_them_once_a_day_gets_one_mail_in_the_morning(
    world: World, sink: Sink, hand_clock: HandClock
) -> None:
    wishes(world, DAILY)
    tell(world, "Tugas 1", "Tugas 2")
    assert arrived(sink) == []
    assert states() == [GATHERED, GATHERED]
    hand_clock.set(datetime(2026, 11, 24, 6, 59, tzinfo=WITA))
    assert arrived(sink) == []
    hand_clock.set(datetime(2026, 11, 24, 7, 0, tzinfo=WITA))
    assert arrived(sink) == ["2 pemberitahuan pekerjaan"]
    assert states() == [FOLDED, FOLDED, SENT]
    body = sink.received[-1].mail.get_body(("plain",))
    assert body is not None
    assert "1. Tugas 1" in body.get_content()
    assert "2. Tugas 2" in body.get_content()
    assert arrived(sink) == ["2 pemberitahuan pekerjaan"]


def test_a_single_notice_comes_as_it_is(world: World, sink: Sink, hand_clock: HandClock) -> None:
    wishes(world, DAILY)
    tell(world, "Tugas 1")
    hand_clock.move(days=1)
    assert arrived(sink) == ["Tugas 1"]


@pytest.mark.parametrize("name", ["pengingat", "eskalasi", "jabatan_kosong"])
def test_a_deadline_never_waits_for_the_morning(world: World, sink: Sink, name: str) -> None:
    wishes(world, DAILY)
    tell(world, "Mendekati tenggat", name=name)
    assert arrived(sink) == ["Mendekati tenggat"]


def test_ten_at_once_come_one_by_one(world: World, sink: Sink) -> None:
    tell(world, *numbered(10))
    assert sorted(arrived(sink)) == sorted(numbered(10))


@both_databases
def test_more_than_ten_in_a_minute_come_as_one(
    world: World, sink: Sink, hand_clock: HandClock
) -> None:
    tell(world, *numbered(12), name="pengingat")
    assert arrived(sink) == []
    hand_clock.move(minutes=1)
    assert arrived(sink) == ["12 pemberitahuan pekerjaan"]


def test_what_comes_after_the_tenth_waits_a_minute_for_the_others(
    world: World, sink: Sink, hand_clock: HandClock
) -> None:
    tell(world, *numbered(10))
    assert len(arrived(sink)) == 10
    hand_clock.move(seconds=20)
    tell(world, "Tugas 11", "Tugas 12")
    assert len(arrived(sink)) == 10
    hand_clock.move(minutes=1)
    assert arrived(sink)[10:] == ["2 pemberitahuan pekerjaan"]


def test_what_comes_later_than_a_minute_is_no_flood(
    world: World, sink: Sink, hand_clock: HandClock
) -> None:
    tell(world, *numbered(10))
    assert len(arrived(sink)) == 10
    hand_clock.move(seconds=61)
    tell(world, "Tugas 11")
    assert arrived(sink)[10:] == ["Tugas 11"]


def test_a_digest_that_cannot_be_written_lets_its_notices_go_one_by_one(
    world: World, sink: Sink, hand_clock: HandClock
) -> None:
    wishes(world, DAILY)
    tell(world, "Tugas 1", "Tugas 2")
    with db.writing():
        world.person("kasi").name = "Wa Ode <salah>"
    hand_clock.move(days=1)
    assert sorted(arrived(sink)) == ["Tugas 1", "Tugas 2"]


def test_two_workers_fold_a_notice_once(world: World, sink: Sink, hand_clock: HandClock) -> None:
    wishes(world, DAILY)
    tell(world, "Tugas 1", "Tugas 2")
    hand_clock.move(days=1)
    with db.writing() as session:
        assert digests.fold(session, clock.now()) == 1
        assert digests.fold(session, clock.now()) == 0
    assert arrived(sink) == ["2 pemberitahuan pekerjaan"]


def test_the_wish_says_until_when(world: World) -> None:
    now = datetime(2026, 11, 23, 6, 0, tzinfo=WITA)
    assert digests.waits_until(AT_ONCE, "tugas_baru", now) is None
    morning = datetime(2026, 11, 23, 7, 0, tzinfo=WITA)
    assert digests.waits_until(DAILY, "tugas_baru", now) == morning


def test_the_morning_is_one_on_which_the_office_opens(world: World) -> None:
    friday = datetime(2026, 11, 27, 10, 0, tzinfo=WITA)
    monday = datetime(2026, 11, 30, 7, 0, tzinfo=WITA)
    assert digests.waits_until(DAILY, "tugas_baru", friday) == monday
    before_christmas = datetime(2026, 12, 23, 16, 0, tzinfo=WITA)
    after = digests.waits_until(DAILY, "tugas_baru", before_christmas)
    assert after is not None
    assert after.date() == date(2026, 12, 28)
