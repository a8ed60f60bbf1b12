"""The auditor finds what the sweep would let slip, and keeps still while all is well."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from kimweb import clock, db
from kimweb.cases.models import Case, Stage
from kimweb.deadlines import auditor, ladder, sweep
from tests.conftest import WITA
from tests.databases import both_databases
from tests.deadlines.crowd import case_at_kasi
from tests.world import World

pytestmark = both_databases

REMINDER = datetime(2026, 11, 24, 8, tzinfo=WITA)


def findings(now: datetime) -> list[str]:
    db.session.rollback()
    return auditor.findings(db.session(), now, ladder.current())


def forget(case: Case) -> None:
    with db.writing() as session:
        session.execute(update(Stage).where(Stage.case_id == case.id).values(next_rung_at=None))


def test_an_office_whose_sweep_runs_has_nothing_to_hide(world: World) -> None:
    case = case_at_kasi()
    at = clock.now()
    while world.stage(case).next_rung_at:
        sweep.run(at)
        assert findings(at) == []
        at += timedelta(hours=6)
    assert findings(at) == []


def test_a_reminder_two_minutes_overdue_is_found(world: World) -> None:
    case = case_at_kasi()
    sweep.run(clock.now())
    assert findings(REMINDER + timedelta(minutes=2, seconds=-1)) == []
    assert findings(REMINDER + timedelta(minutes=2)) == [
        "1 langkah seharusnya sudah ditegur lebih dari 2 menit yang lalu, "
        f"di antaranya pada kegiatan nomor {case.id}."
    ]


def test_a_stage_nobody_will_look_at_again_is_found(world: World) -> None:
    case = case_at_kasi()
    sweep.run(REMINDER)
    forget(case)
    assert findings(REMINDER) == [
        f"1 langkah tidak lagi diawasi tenggatnya, di antaranya pada kegiatan nomor {case.id}."
    ]


def test_what_was_climbed_for_an_older_due_time_does_not_count(world: World) -> None:
    case = case_at_kasi()
    sweep.run(REMINDER + timedelta(days=20))
    assert world.stage(case).next_rung_at is None
    assert findings(REMINDER) == []
    with db.writing() as session:
        later = REMINDER + timedelta(days=60)
        session.execute(update(Stage).where(Stage.case_id == case.id).values(due_at=later))
    assert len(findings(REMINDER)) == 1


def test_a_closed_stage_is_nobody_s_business(world: World) -> None:
    case = world.case(at=3)
    world.work(case)
    world.forward(case)
    sweep.run(clock.now())
    assert findings(clock.now()) == []


def test_a_stage_the_sweep_fails_on_is_named_with_the_reason_until_it_is_mended(
    world: World,
) -> None:
    case = case_at_kasi()
    edition = case.sop
    for sop, at in (("edisi-lama", REMINDER), (edition, REMINDER + timedelta(minutes=1))):
        with db.writing() as session:
            session.execute(update(Case).where(Case.id == case.id).values(sop=sop))
        sweep.run(at)
        (found,) = findings(at)
        assert f"langkah 3 pada kegiatan nomor {case.id} gagal diperiksa" in found
        assert "edisi-lama" in found
    assert findings(REMINDER + timedelta(minutes=3)) == []
