"""The session: nothing lost when several write at once, instants keep their zone."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import QueuePool, select, text

from kimweb import db
from kimweb.documents.models import NumberBook
from kimweb.people.models import Person
from tasks import be_patient
from tests.databases import both_databases
from tests.world import World


@both_databases
def test_no_update_is_lost_when_four_count_at_once(world: World) -> None:
    with db.writing() as session:
        session.add(NumberBook(book="uji", year=2026, last=0))

    def count() -> None:
        for _ in range(10):
            with db.writing() as session:
                locked = select(NumberBook).where(NumberBook.book == "uji").with_for_update()
                session.scalars(locked).one().last += 1
        db.session.remove()

    people = [threading.Thread(target=count) for _ in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    db.session.rollback()
    assert db.session.get_one(NumberBook, ("uji", 2026)).last == 40


@both_databases
def test_an_error_leaves_nothing_behind(world: World) -> None:
    def rename_and_fail() -> None:
        with db.writing():
            world.person("kasi").name = "Salah"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        rename_and_fail()
    assert world.person("kasi").name != "Salah"


@both_databases
def test_an_instant_comes_back_aware(world: World) -> None:
    at = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    with db.writing():
        world.person("kasi").disabled_at = at
    db.session.expire_all()
    assert (
        db.session.scalars(select(Person.disabled_at).where(Person.username == "kasi")).one() == at
    )


def test_an_instant_without_a_zone_is_refused(world: World) -> None:
    with pytest.raises(Exception, match="zone"), db.writing():
        world.person("kasi").disabled_at = datetime(2026, 11, 23)  # noqa: DTZ001


def test_sqlite_is_durable_and_keeps_foreign_keys(world: World) -> None:
    pragma = {
        name: db.session.scalar(text(f"PRAGMA {name}"))
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@both_databases
def test_a_task_waits_longer_for_another_writer_than_a_page(world: World) -> None:
    assert _patience() == {"sqlite": "5000", "postgresql": "5s"}[_kind()]
    try:
        be_patient()
        assert _patience() == {"sqlite": "30000", "postgresql": "30s"}[_kind()]
    finally:
        db.wait_up_to(db.PAGE_PATIENCE_MS)


def _patience() -> str:
    db.session.remove()
    asked = {"sqlite": "PRAGMA busy_timeout", "postgresql": "SHOW lock_timeout"}[_kind()]
    return str(db.session.scalar(text(asked)))


def _kind() -> str:
    return db.engine().dialect.name


@both_databases
def test_a_process_that_parts_opens_connections_of_its_own(world: World) -> None:
    db.session.execute(text("SELECT 1"))
    db.session.rollback()
    kept = db.engine().pool
    assert isinstance(kept, QueuePool)
    assert kept.checkedin() >= 1
    if (child := os.fork()) == 0:
        os._exit(0 if db.engine().pool is not kept else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert db.session.scalar(text("SELECT 1")) == 1


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_dies_after_the_answer_takes_nothing_from_it(world: World) -> None:
    backend = db.session.scalar(text("SELECT pg_backend_pid()"))
    with db.engine().connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": backend})
    db.leave()
    assert db.session.scalar(text("SELECT 1")) == 1
