"""The bell rings when the work can be seen, not before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from kimweb import bell, db
from tests import servers


@pytest.fixture
def ear(session: Session, tmp_path: Path) -> Iterator[redis.client.PubSub]:
    """Somebody who hears every ring of a real bell."""
    with servers.valkey(tmp_path) as url:
        bell.connect(url)
        hearing = redis.Redis.from_url(url).pubsub()
        hearing.subscribe(bell.CHANNEL)
        assert hearing.get_message(timeout=5)
        yield hearing
        hearing.close()
        bell.connect(None)


def heard(ear: redis.client.PubSub, seconds: float = 5) -> bytes | None:
    message = ear.get_message(timeout=seconds)
    return message["data"] if message else None


def test_the_bell_rings_after_the_commit(ear: redis.client.PubSub) -> None:
    with db.writing() as session:
        bell.after_commit(session, topics=["case:1"])
        assert heard(ear, 0.1) is None
    assert heard(ear) == b'["case:1"]'


def test_a_savepoint_released_on_the_way_does_not_ring(ear: redis.client.PubSub) -> None:
    with db.writing() as session:
        bell.after_commit(session, topics=["case:1"])
        with session.begin_nested():
            session.execute(text("select 1"))
        assert heard(ear, 0.1) is None
    assert heard(ear) == b'["case:1"]'


def test_a_savepoint_given_up_on_the_way_does_not_silence_the_rest(
    ear: redis.client.PubSub,
) -> None:
    with db.writing() as session:
        bell.after_commit(session, topics=["case:1"])
        session.begin_nested().rollback()
    assert heard(ear) == b'["case:1"]'


def test_a_transaction_given_up_stays_silent(ear: redis.client.PubSub, session: Session) -> None:
    session.execute(text("select 1"))
    bell.after_commit(session, topics=["case:1"])
    session.rollback()
    with db.writing():
        session.execute(text("select 1"))
    assert heard(ear, 0.2) is None
