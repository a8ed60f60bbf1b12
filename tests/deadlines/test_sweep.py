"""What people get to hear when their work stays undone, and what they are spared."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from kimweb import clock, db
from kimweb.cases.models import Case, Event, Stage
from kimweb.deadlines import alerts, heartbeats, sweep
from kimweb.deadlines.ladder import Rung
from kimweb.deadlines.models import Escalation, Stumble
from kimweb.deadlines.pressing import OpenStage
from kimweb.dispatch.models import Message
from kimweb.people.models import Holding, Person
from tests.conftest import WITA, HandClock
from tests.databases import both_databases
from tests.deadlines.crowd import case_at_kasi
from tests.world import World

pytestmark = both_databases


def wita(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=WITA)


def mails() -> list[tuple[str, str]]:
    """Every reminder and escalation: which letter, to whom, in order."""
    query = (
        select(Message.letter, Person.username)
        .join(Person, Person.id == Message.person_id)
        .where(Message.letter.in_(("pengingat", "eskalasi")))
        .order_by(Message.id)
    )
    return [tuple(row) for row in db.session.execute(query)]


def rungs(case: Case) -> list[tuple[str, str | None]]:
    """What the case has climbed: each rung, and into which one it was folded."""
    query = (
        select(Escalation.rung, Escalation.folded_into)
        .join(Stage, Stage.id == Escalation.stage_id)
        .where(Stage.case_id == case.id)
        .order_by(Escalation.id)
    )
    return [tuple(row) for row in db.session.execute(query)]


def history(case: Case) -> list[dict[str, object]]:
    query = select(Event.facts).where(Event.case_id == case.id, Event.kind == "escalated")
    return list(db.session.scalars(query.order_by(Event.id)))


def disable(username: str) -> None:
    with db.writing() as session:
        session.execute(
            update(Person).where(Person.username == username).values(disabled_at=clock.now())
        )


def change_sop(case: Case, edition: str) -> None:
    with db.writing() as session:
        session.execute(update(Case).where(Case.id == case.id).values(sop=edition))


def test_fresh_work_is_only_noted_for_its_first_reminder(world: World) -> None:
    case = case_at_kasi()
    assert sweep.run(clock.now()) == 0
    assert world.stage(case).next_rung_at == wita(24, 8)
    assert (mails(), rungs(case)) == ([], [])


def test_kasi_is_reminded_at_half_the_time_and_not_a_second_before(world: World) -> None:
    case = case_at_kasi()
    sweep.run(clock.now())
    assert sweep.run(wita(24, 8) - timedelta(seconds=1)) == 0
    assert sweep.run(wita(24, 8)) == 1
    assert mails() == [("pengingat", "kasi")]
    assert rungs(case) == [("half", None)]


def test_left_alone_the_step_climbs_to_kadis_a_rank_each_working_day(world: World) -> None:
    case = case_at_kasi()
    at = clock.now()
    while at < wita(30, 16):
        sweep.run(at)
        at += timedelta(hours=2)
    assert mails() == [
        ("pengingat", "kasi"),
        ("pengingat", "kasi"),
        ("pengingat", "kasi"),
        ("eskalasi", "kabid"),
        ("eskalasi", "sekdis"),
        ("eskalasi", "kadis"),
    ]
    assert [told["told"] for told in history(case)[-2:]] == [
        ["Siti Nurhaliza, S.Sos., M.AP"],
        ["Drs. Andi Rahman, M.Si"],
    ]
    assert world.stage(case).next_rung_at is None
    assert sweep.run(wita(30, 16) + timedelta(days=30)) == 0


def test_swept_again_and_again_each_rung_is_told_once(world: World) -> None:
    case_at_kasi()
    for _ in range(5):
        sweep.run(wita(24, 8))
    assert mails() == [("pengingat", "kasi")]


def test_after_days_without_power_one_mail_goes_to_the_highest_rank_due(world: World) -> None:
    case = case_at_kasi()
    assert sweep.run(wita(27, 9)) == 1
    assert mails() == [("eskalasi", "sekdis")]
    assert rungs(case) == [
        ("half", "superior_2"),
        ("nearly", "superior_2"),
        ("limit", "superior_2"),
        ("superior_1", "superior_2"),
        ("superior_2", None),
    ]
    (told,) = history(case)
    assert told["folded"] == ["half", "nearly", "limit", "superior_1"]
    assert (told["step"], told["lane"]) == (3, "sekdis")


def test_at_night_nobody_is_disturbed(world: World) -> None:
    case = case_at_kasi()
    assert sweep.run(wita(24, 21)) == 0
    assert world.stage(case).next_rung_at == wita(25, 7, 30)
    assert sweep.run(wita(25, 7, 30)) == 1
    assert mails() == [("pengingat", "kasi")]


def test_work_handed_on_in_time_is_never_mentioned_again(world: World) -> None:
    case = world.case(at=3)
    world.work(case)
    world.forward(case)
    assert sweep.run(wita(24, 9)) == 1
    assert mails() == [("pengingat", "staf")]


def test_returned_work_begins_a_ladder_of_its_own(world: World, hand_clock: HandClock) -> None:
    case = world.case(at=5)
    sweep.run(clock.now())
    hand_clock.set(wita(24, 9))
    sweep.run(clock.now())
    world.work(case)
    world.forward(case)
    world.send_back(case, to=5)
    sweep.run(clock.now())
    assert mails() == [("pengingat", "kasi")]
    hand_clock.set(wita(25, 9))
    sweep.run(clock.now())
    assert mails() == [("pengingat", "kasi"), ("pengingat", "kasi")]


def test_a_new_due_time_may_be_missed_anew(world: World) -> None:
    case = case_at_kasi()
    sweep.run(wita(25, 8))
    with db.writing() as session:
        later = {"due_at": wita(26, 8), "next_rung_at": wita(25, 9)}
        session.execute(update(Stage).where(Stage.case_id == case.id).values(later))
    sweep.run(wita(26, 8))
    assert [rung for rung, folded in rungs(case) if not folded] == ["limit", "limit"]
    assert mails() == [("pengingat", "kasi")] * 2


def test_when_kabid_s_chair_is_empty_sekdis_hears_it(world: World) -> None:
    case = case_at_kasi()
    disable("kabid")
    sweep.run(wita(26, 8))
    assert mails() == [("eskalasi", "sekdis")]
    (told,) = history(case)
    assert (told["rung"], told["lane"]) == ("superior_1", "sekdis")


def test_when_staf_s_chair_is_empty_kasi_is_told_before_the_limit(world: World) -> None:
    world.case(at=4)
    disable("staf")
    sweep.run(wita(24, 8))
    assert mails() == [("eskalasi", "kasi")]
    mail = db.session.scalars(select(Message).where(Message.letter == "eskalasi")).one()
    assert "mendekati tenggat dan belum diselesaikan oleh Staf (belum ada pejabatnya)" in mail.text


def test_when_every_chair_is_empty_the_administrator_hears_it(world: World) -> None:
    case_at_kasi()
    for username in ("kasi", "kabid", "sekdis", "kadis"):
        disable(username)
    sweep.run(wita(25, 8))
    assert mails() == [("eskalasi", "admin")]


def test_an_acting_kabid_hears_it_beside_the_definitive_one(world: World) -> None:
    case = case_at_kasi()
    with db.writing() as session:
        acting = world.person("staf")
        today = clock.now().date()
        session.add(Holding(person_id=acting.id, lane="kabid", capacity="Plh.", starts_on=today))
    sweep.run(wita(26, 8))
    assert mails() == [("eskalasi", "staf"), ("eskalasi", "kabid")]
    (told,) = history(case)
    assert told["told"] == ["Muhammad Ilham, A.Md", "La Ode Hasan, S.Kom"]


def test_a_person_without_an_address_is_told_on_the_desk_alone(world: World) -> None:
    case = case_at_kasi()
    with db.writing():
        world.person("kasi").email = ""
    assert sweep.run(wita(24, 8)) == 1
    assert mails() == []
    assert [told["told"] for told in history(case)] == [["Wa Ode Fitriani, S.I.Kom"]]


def test_a_rung_for_the_desk_sends_no_mail(world: World) -> None:
    case = case_at_kasi()
    stage = world.stage(case)
    row = OpenStage(
        stage.id, case.id, case.subject, case.sop, 3, "kasi", stage.opened_at, stage.due_at, None, 0
    )
    rung = Rung("half", wita(24, 8), "kasi", "holder", "desk", any_hour=False)
    hearing = alerts.Hearing(db.session(), wita(24, 8))
    assert hearing.mails(row, rung, hearing.audience("kasi")) == []


def test_a_row_that_the_database_refuses_keeps_none_of_the_others_back(world: World) -> None:
    bad, good = case_at_kasi(), case_at_kasi()
    number = world.stage(bad).id
    once = f"CREATE UNIQUE INDEX refused ON escalation (rung) WHERE stage_id = {number}"
    before = Escalation(
        stage_id=number, rung="half", due_at=wita(1, 8), taken_at=wita(1, 8), told=[]
    )
    with db.writing() as session:
        session.add(before)
        session.execute(text(once))
    assert sweep.run(wita(24, 8)) == 1
    assert rungs(good) == [("half", None)]
    assert len(history(good)) == 1
    assert history(bad) == []
    assert mails() == [("pengingat", "kasi")]
    assert world.stage(bad).next_rung_at == wita(24, 8, 1)
    assert "IntegrityError" in db.session.scalars(select(Stumble.reason)).one()


def test_one_bad_row_is_put_aside_and_the_others_are_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = case_at_kasi(), case_at_kasi()
    edition = bad.sop
    change_sop(bad, "edisi-yang-hilang")
    with caplog.at_level(logging.ERROR):
        assert sweep.run(wita(24, 8)) == 1
    assert rungs(good) == [("half", None)]
    assert f"stage {world.stage(bad).id} of case {bad.id}" in caplog.text
    assert world.stage(bad).next_rung_at == wita(24, 8, 1)
    stumble = db.session.scalars(select(Stumble)).one()
    assert "edisi-yang-hilang" in stumble.reason

    change_sop(bad, edition)
    assert sweep.run(wita(24, 8, 1)) == 1
    assert rungs(bad) == [("half", None)]


def test_a_row_that_fails_half_way_leaves_nothing_behind(world: World) -> None:
    """A name that cannot stand in a mail's header fails after the rung was written."""
    case = case_at_kasi()
    with db.writing():
        world.person("kasi").name = "Wa Ode <Fitriani>"
    assert sweep.run(wita(24, 8)) == 0
    assert (rungs(case), history(case), mails()) == ([], [], [])
    assert world.stage(case).next_rung_at == wita(24, 8, 1)


def test_a_clock_that_runs_ahead_and_is_put_right_doubles_nothing(world: World) -> None:
    case = case_at_kasi()
    sweep.run(clock.now())
    sweep.run(wita(25, 9))
    sweep.run(wita(23, 9))
    for day, hour in ((24, 8), (24, 14), (25, 8), (25, 9)):
        sweep.run(wita(day, hour))
    assert mails() == [("pengingat", "kasi")]
    sweep.run(wita(26, 8))
    assert mails() == [("pengingat", "kasi"), ("eskalasi", "kabid")]
    assert len(rungs(case)) == 4


def test_the_sweep_leaves_a_sign_of_life(world: World) -> None:
    sweep.run(wita(24, 8))
    sweep.run(wita(24, 9))
    assert heartbeats.last(db.session())[sweep.PART] == wita(24, 9)
