"""Alembic's entry: brings the bound database up to date, each revision in one transaction."""

from __future__ import annotations

import importlib
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from kimweb import db


def own_type(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write our own column types by their names in kimweb.db."""
    if kind == "type" and isinstance(item, db.Instant):
        return "db.Instant()"
    if kind == "type" and isinstance(item, sa.JSON):
        return "db.Json"
    return False


ROOMS = ("audit", "people", "documents", "dispatch", "groups", "cases", "search", "deadlines")
for room in (*ROOMS, "evidence"):
    importlib.import_module(f"kimweb.{room}.models")

with db.engine().connect().execution_options(**{db.WRITES: True}) as connection:
    context.configure(
        connection=connection,
        target_metadata=db.Base.metadata,
        transaction_per_migration=True,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=own_type,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
