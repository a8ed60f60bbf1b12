"""Claiming work: one worker at a time, a lease that ends, attempts that are counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kimweb import claims, clock, db
from kimweb.documents.models import Version
from tests.databases import both_databases
from tests.world import World

pytestmark = both_databases
LEASE = timedelta(minutes=2)


@pytest.fixture
def work(world: World) -> int:
    """One PDF that waits to be made; its id."""
    case = world.case(at=2)
    with db.writing() as session:
        version = session.scalars(select(Version)).one()
        version.state, version.attempt, version.try_at = claims.QUEUED, 0, clock.now()
        assert case.id
        return version.id


def claim() -> claims.Claimed | None:
    with db.writing() as session:
        return claims.claim(session, Version, clock.now(), LEASE)


def state(work: int) -> str:
    db.session.rollback()
    return db.session.get_one(Version, work, populate_existing=True).state


def test_a_row_is_claimed_once(work: int) -> None:
    first = claim()
    assert first is not None
    assert first.id == work
    assert claim() is None


def test_a_lease_that_ran_out_lets_another_worker_in_and_shuts_the_first_out(
    work: int, world: World
) -> None:
    sleeper = claim()
    world.clock.move(minutes=3)
    second = claim()
    assert sleeper is not None
    assert second is not None
    assert second.owner != sleeper.owner
    with db.writing() as session:
        assert not claims.finish(session, sleeper)
    assert state(work) == claims.RUNNING
    with db.writing() as session:
        assert claims.finish(session, second)
    assert state(work) == claims.DONE


def test_work_that_fails_three_times_waits_for_a_person(work: int, world: World) -> None:
    for _ in range(claims.ATTEMPTS):
        held = claim()
        assert held is not None
        with db.writing() as session:
            claims.fail(session, held, "huruf tidak dikenal", clock.now())
    assert claim() is None
    assert state(work) == claims.QUARANTINED


def test_work_that_kills_its_worker_three_times_waits_for_a_person(work: int, world: World) -> None:
    for _ in range(claims.ATTEMPTS):
        assert claim() is not None
        world.clock.move(minutes=3)
    assert claim() is None
    with db.writing() as session:
        assert claims.abandon(session, Version, clock.now()) == 1
    assert state(work) == claims.QUARANTINED


def test_work_put_back_is_not_due_before_its_time(work: int, world: World) -> None:
    held = claim()
    assert held is not None
    with db.writing() as session:
        claims.fail(session, held, "server penuh", clock.now() + timedelta(minutes=1))
    assert claim() is None
    world.clock.move(minutes=2)
    assert claim() is not None
