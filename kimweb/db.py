"""The database session, shared by pages, tasks and commands.

One scoped session per thread. Reading needs nothing; writing goes through `writing()`, which
begins, commits at the end and rolls back on any error. On SQLite a writing transaction begins
IMMEDIATE: with the default, a transaction that reads before it writes loses updates or fails
with "database is locked".
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CursorResult,
    DateTime,
    Engine,
    Executable,
    MetaData,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session, sessionmaker
from sqlalchemy.types import TypeDecorator, TypeEngine

from kimweb import failpoints

log = logging.getLogger(__name__)

# How long a writer waits for the one before it. Somebody looks at a page; nobody waits for a task,
# and what it has done outside, a letter sent, must still be written down.
PAGE_PATIENCE_MS = 5_000
TASK_PATIENCE_MS = 30_000
WRITES = "kimweb_writes"
# One connection for each thread of the web (config/gunicorn.py), and some. They stay open: after a
# move every desk asks at once, and a new one for each question would cost more than the answer.
AT_ONCE = 17

# INSERT with ON CONFLICT is written alike for both databases, but not the same.
INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

Json = JSON().with_variant(JSONB(), "postgresql")


class _Words(sqlite.DATETIME):
    """A moment as SQLite keeps it, "2026-11-23 01:30:00.000000": Instant writes and reads it."""

    def bind_processor(self, dialect: Dialect) -> None: ...
    def result_processor(self, dialect: Dialect, coltype: object) -> None: ...
    def literal_processor(self, dialect: Dialect) -> Callable[[str], str]:
        return "'{}'".format


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored in UTC; on SQLite in words, which drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return _Words()  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
        return self.impl_instance

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must carry its time zone")
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        if dialect.name == "sqlite":
            return value.replace(tzinfo=None).isoformat(" ", "microseconds")
        return value

    def process_result_value(
        self, value: datetime | str | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        return value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all rows; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Instant, dict[str, Any]: Json, list[Any]: Json}  # noqa: RUF012


_patience_ms = PAGE_PATIENCE_MS
_writers = threading.RLock()
session: scoped_session[Session] = scoped_session(sessionmaker(expire_on_commit=True))


def connect(url: str) -> Engine:
    """Make the engine for `url` and bind the session to it; SQLite gets its durable settings."""
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    is_postgres = url.startswith("postgresql")
    engine = create_engine(
        url, pool_pre_ping=is_postgres, pool_size=AT_ONCE, max_overflow=0, pool_use_lifo=True
    )
    if is_postgres:
        event.listen(engine, "do_connect", _prepare_postgresql)
    else:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    session.remove()
    session.configure(bind=engine)
    return engine


def wait_up_to(milliseconds: int) -> None:
    """Let every connection made from now on wait so long for another writer."""
    global _patience_ms
    _patience_ms = milliseconds
    engine().dispose()


def leave() -> None:
    """Let go of the session; a database that died meanwhile takes nothing from an answer given."""
    try:
        session.remove()
    except DBAPIError as failure:
        log.warning("a session could not be ended: %s", failure)
        session.registry.clear()


def _part() -> None:
    """Leave connections to the process that opened them (SQLite and libpq ask for it)."""
    if session.session_factory.kw["bind"] is not None:
        engine().dispose(close=False)


os.register_at_fork(after_in_child=_part)


def engine() -> Engine:
    """Return the engine that the session is bound to."""
    bound = session.get_bind()
    assert isinstance(bound, Engine)
    return bound


@contextmanager
def writing() -> Iterator[Session]:
    """A writing transaction: commits at the end, rolls back on any error.

    What was read before is read again inside, so that a decision rests on present rows.
    """
    session.rollback()
    with _turn():
        session.connection(execution_options={WRITES: True})
        try:
            yield session()
            failpoints.at("before_commit")
            session.commit()
            failpoints.at("after_commit")
        except BaseException:
            session.rollback()
            raise


@contextmanager
def _turn() -> Iterator[None]:
    """Let the threads of a process write to SQLite one after another, as they came.

    It has one writer at a time, for whom the others look again and again: of many, some would not
    get their turn before their patience ends.
    """
    if engine().dialect.name != "sqlite":
        yield
        return
    has_turn = _writers.acquire(timeout=_patience_ms / 1_000)
    try:
        yield
    finally:
        if has_turn:
            _writers.release()


def run(session: Session, statement: Executable, **values: Any) -> CursorResult[*tuple[Any, ...]]:
    """Run a prepared statement in the session's transaction; rows come back, not objects.

    For hot paths: neither the unit of work nor the identity map takes part. What objects still
    hold back must have been flushed.
    """
    return session.connection().execute(statement, values)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        f"busy_timeout={_patience_ms}",
    ):
        cursor.execute(f"PRAGMA {pragma}")  # explained: its words are those above
    cursor.close()


def _prepare_postgresql(
    _dialect: Dialect, _record: Any, _words: Any, settings: dict[str, Any]
) -> None:
    settings["options"] = f"-c lock_timeout={_patience_ms}"


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
