"""What the sweep and the auditor read: the partial index of open stages, nothing wider."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select

from kimweb import clock, db
from kimweb.deadlines import auditor, ladder, pressing
from tests.databases import as_sent, both_databases, plan
from tests.deadlines.crowd import analyze, gather
from tests.world import World

pytestmark = both_databases


def plan_of(query: Select[Any]) -> str:
    with as_sent() as sent:
        db.session.execute(query)
    return plan(*sent[-1])


@pytest.fixture
def years_of_work(world: World) -> None:
    """3,000 closed stages, 1,500 waiting, 300 escalated to the top, 5 due."""
    now = clock.now()
    gather(3_000, now, next_rung_at=None, closed=True)
    gather(1_500, now, next_rung_at=now + timedelta(days=1))
    gather(300, now, next_rung_at=None)
    gather(5, now, next_rung_at=now - timedelta(minutes=5))
    analyze()


def test_the_sweep_reads_the_partial_index(years_of_work: None) -> None:
    read = plan_of(pressing.DUE.params(now=clock.now(), most=50))
    assert "ix_stage_next_rung" in read, read
    assert "Seq Scan" not in read
    assert "SCAN" not in read


def test_the_auditor_reads_the_partial_index(years_of_work: None) -> None:
    for query in (auditor.unfired(clock.now()), auditor.forgotten(ladder.current())):
        read = plan_of(query)
        assert "ix_stage_next_rung" in read, read
        assert "Seq Scan on stage" not in read, read
        assert "SCAN stage" not in read, read


def test_what_is_due_and_nothing_else_is_looked_at(years_of_work: None) -> None:
    with db.writing() as session:
        assert len(pressing.claim(session, clock.now(), 50)) == 5
