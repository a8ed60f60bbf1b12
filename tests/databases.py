"""For tests that must hold on SQLite and on PostgreSQL alike, and on how they ask the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from kimweb import db

both_databases = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
    indirect=True,
)


@contextmanager
def as_sent() -> Iterator[list[tuple[str, Any]]]:
    """Every statement as the database gets it, with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)


def plan(statement: str, parameters: Any) -> str:
    """How the database means to carry out what it was sent, as it explains it itself."""
    explain = "EXPLAIN QUERY PLAN" if db.engine().dialect.name == "sqlite" else "EXPLAIN"
    rows = db.session.connection().exec_driver_sql(f"{explain} {statement}", parameters)
    return "\n".join(str(row[-1]) for row in rows)
