"""Tables as lines of JSON, alike for SQLite and PostgreSQL: one can be restored into the other.

The tables are read off the database itself and not off the models, so that a backup of an older
revision comes back as it was before it is upgraded.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Connection, Engine, MetaData, Table, delete, func, insert, select, text

from kimweb import db
from kimweb.backups.schema import VERSION_TABLE

ROWS_AT_ONCE = 1_000


def snapshot(engine: Engine) -> Connection:
    """Open a connection that sees the database as it is at its first reading, until it is closed.

    Nobody is kept waiting: others write on beside it.
    """
    if engine.dialect.name == "postgresql":
        return engine.connect().execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    return engine.connect()


def every(connection: Connection) -> list[Table]:
    """Return the tables of the office, those before that others point to.

    What is found by a search is made anew of them.
    """
    found = MetaData()
    found.reflect(connection, only=lambda name, _: not name.startswith(("search_", VERSION_TABLE)))
    return list(found.sorted_tables)


def dump(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield the rows in the order of their keys, one JSON list of values a line."""
    yield _line([column.name for column in table.columns])
    query = select(table).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query):
        yield _line([_plain(value) for value in row])


def load(connection: Connection, table: Table, lines: Iterable[bytes]) -> int:
    """Insert what `dump` gave into an empty table; return how many rows that were."""
    reading = iter(lines)
    names = json.loads(next(reading))
    for column in table.columns:
        if isinstance(column.type, JSON):
            column.type.none_as_null = True
    is_aware = connection.dialect.name == "postgresql"
    count = 0
    while batch := [json.loads(line) for line in islice(reading, ROWS_AT_ONCE)]:
        rows = [
            {name: _value(v, is_aware) for name, v in zip(names, row, strict=True)} for row in batch
        ]
        connection.execute(insert(table), rows)
        count += len(rows)
    if is_aware:
        _carry_on_counting(connection, table)
    return count


def is_in_use(connection: Connection) -> bool:
    """Tell whether the office has people, or an audit trail, which nobody can take away again."""
    telling = [table for table in every(connection) if table.name in ("person", "audit")]
    return any(connection.scalar(select(func.count()).select_from(table)) for table in telling)


def clear(connection: Connection) -> None:
    """Take out what a new office begins with, so that restored rows have their places."""
    for table in reversed(every(connection)):
        connection.execute(delete(table))


def _line(values: list[Any]) -> bytes:
    # PostgreSQL orders the keys of JSON its own way: sorted, the same rows give the same lines.
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode() + b"\n"


def _plain(value: Any) -> Any:
    """Write what JSON does not know as {its kind: text}; what is JSON already as {"json": it}."""
    if isinstance(value, datetime):
        naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return {"instant": naive.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    return {"json": value} if isinstance(value, dict | list) else value


def _value(plain: Any, is_aware: bool) -> Any:
    if not isinstance(plain, dict):
        return plain
    ((kind, written),) = plain.items()
    if kind == "instant":
        instant = datetime.fromisoformat(written)
        return instant.replace(tzinfo=UTC) if is_aware else instant
    if kind == "date":
        return date.fromisoformat(written)
    return base64.b64decode(written) if kind == "bytes" else written


def _carry_on_counting(connection: Connection, table: Table) -> None:
    """Let PostgreSQL give the next row the number after the last one restored."""
    keys = list(table.primary_key.columns)
    if len(keys) != 1 or not isinstance(keys[0].type.python_type(), int):
        return
    sequence = connection.scalar(
        text("SELECT pg_get_serial_sequence(:table, :key)"),
        {"table": f'"{table.name}"', "key": keys[0].name},
    )
    last = connection.scalar(select(func.max(keys[0])))
    if sequence and last:
        connection.execute(
            text("SELECT setval(:sequence, :last)"), [{"sequence": sequence, "last": last}]
        )


def restoring(engine: Engine) -> Connection:
    """Open a connection that writes, in one transaction until it is committed."""
    return engine.connect().execution_options(**{db.WRITES: True})
