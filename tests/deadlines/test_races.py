"""Two sweeps at once, a person who moves meanwhile, a worker that dies: still once."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from config.settings import ROOT
from kimweb import clock, db
from kimweb.cases import moves
from kimweb.cases.models import Event
from kimweb.deadlines import sweep
from kimweb.deadlines.models import Escalation
from kimweb.dispatch.models import Message
from kimweb.people.models import Person
from tests.conftest import WITA
from tests.databases import both_databases
from tests.deadlines.crowd import gather
from tests.world import World

pytestmark = both_databases

MANY = 120
DUE = datetime(2026, 11, 24, 8, tzinfo=WITA)


def at_once(app: Flask, *works: Callable[[], object]) -> None:
    failures: list[BaseException] = []

    def guarded(work: Callable[[], object]) -> None:
        with app.app_context():
            try:
                work()
            except BaseException as failure:  # told to the test, which runs in another thread
                failures.append(failure)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    if failures:
        raise failures[0]


def told() -> Counter[int]:
    """How many reminders each case got, by mail."""
    query = select(Message.case_id, func.count()).where(Message.letter == "pengingat")
    return Counter(dict(db.session.execute(query.group_by(Message.case_id)).all()))


def test_three_sweeps_at_once_tell_each_stage_once(world: World) -> None:
    gather(MANY, clock.now(), next_rung_at=DUE)
    taken: list[int] = []
    at_once(world.app, *[lambda: taken.append(sweep.run(DUE)) for _ in range(3)])
    assert sum(taken) + sweep.run(DUE) == MANY
    assert set(told().values()) == {1}
    assert len(told()) == MANY
    for row in (Escalation, Event):
        assert db.session.scalar(select(func.count()).select_from(row)) == MANY


def test_who_is_handing_the_work_on_is_not_reminded_of_it(world: World) -> None:
    """Kasi presses the button, and while that transaction is open the sweep comes by."""
    case = world.case(at=3)
    world.work(case)
    stage_id, kasi_id = world.stage(case).id, world.person("kasi").id
    is_moving, has_swept = threading.Event(), threading.Event()

    def move() -> None:
        with db.writing() as session:
            moves.forward(session, case.id, stage_id, session.get_one(Person, kasi_id))
            session.flush()
            is_moving.set()
            has_swept.wait(1)

    def press() -> None:
        is_moving.wait(30)
        sweep.run(DUE)
        has_swept.set()

    at_once(world.app, move, press)
    assert world.stage(case).step == 4
    assert db.session.scalars(select(Escalation).where(Escalation.stage_id == stage_id)).all() == []


@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
def test_a_worker_killed_at_the_commit_neither_loses_nor_doubles(
    world: World, database_url: str, moment: str
) -> None:
    stages = gather(5, clock.now(), next_rung_at=DUE)
    db.session.remove()
    dying = [sys.executable, "-m", "tests.deadlines.dying_sweep"]
    died = subprocess.run(
        [*dying, database_url, DUE.isoformat(), moment], cwd=ROOT, check=False, timeout=60
    )
    assert died.returncode == -9
    assert len(told()) == (0 if moment == "before_commit" else len(stages))
    sweep.run(DUE)
    assert list(told().values()) == [1] * len(stages)
    assert db.session.scalar(select(func.count()).select_from(Escalation)) == len(stages)
