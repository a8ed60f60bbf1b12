"""The structure of the database: which revision it has, and bringing it to another."""

from __future__ import annotations

import sqlalchemy as sa

from config.settings import ROOT

VERSION_TABLE = "alembic_version"
NEWEST = "head"


def upgrade(revision: str = NEWEST) -> None:
    """Bring the bound database to `revision`; every step is a transaction of its own."""
    # Imported here: every process loads this room, and none but a command needs Alembic.
    import alembic.command
    import alembic.config

    config = alembic.config.Config()
    config.set_main_option("script_location", str(ROOT / "kimweb" / "migrations"))
    alembic.command.upgrade(config, revision)


def revision_of(connection: sa.Connection) -> str | None:
    """Return the revision of the database; None for one without tables."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    table = sa.table(VERSION_TABLE, sa.column("version_num", sa.String))
    return connection.scalar(sa.select(table.c.version_num))
