"""On PostgreSQL the role that runs the program cannot bend the evidence, and can do its work.

One role owns the tables and migrates, another runs the program, as README says.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.engine import make_url

from kimweb import bell, clock, create_app, db
from kimweb.audit import verify
from kimweb.sop import shelf
from tasks import create_celery
from tests.conftest import HandClock, settings_for
from tests.servers import Postgres
from tests.world import World

# README, "On PostgreSQL let one role own the tables".
GRANTS = """
CREATE ROLE {role} LOGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE DELETE ON audit, checkpoint FROM {role};
REVOKE UPDATE ON checkpoint FROM {role};
"""
BENDING = (
    "UPDATE audit SET actor = 99",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_stays ON audit",
    "DROP TABLE audit",
    "UPDATE checkpoint SET words = ''",
    "DELETE FROM checkpoint",
    "SET session_replication_role = replica",
    "ALTER TABLE audit OWNER TO CURRENT_USER",
)


@pytest.fixture
def program(furnished_postgres: Postgres) -> Iterator[str]:
    """The URL with which the program runs: a role that owns nothing."""
    name, role = f"peran-{uuid.uuid4().hex[:8]}", f"program_{uuid.uuid4().hex[:8]}"
    owner = furnished_postgres.database(name, template="furnished")
    with psycopg.connect(owner, autocommit=True) as connection:
        for statement in GRANTS.format(role=role).strip().split(";\n"):
            connection.execute(statement.rstrip(";").encode())
    yield make_url(owner).set(username=role).render_as_string(hide_password=False)
    furnished_postgres.drop(name)


@pytest.mark.postgres
def test_the_program_works_as_a_role_that_cannot_bend_the_evidence(
    program: str, tmp_path: Path, hand_clock: HandClock
) -> None:
    app = create_app(settings := settings_for(tmp_path, DATABASE_URL=program))
    create_celery(app, settings)
    bell.connect(None)
    clock.use(hand_clock)
    with app.app_context():
        assert World(app, hand_clock).case(at=6)
        db.session.remove()
    db.engine().dispose()
    clock.use(None)
    shelf.follow(None)
    for attempt in BENDING:
        with psycopg.connect(program) as connection, pytest.raises(errors.Error) as refused:
            connection.execute(attempt.encode())
        assert isinstance(refused.value, errors.InsufficientPrivilege | errors.RaiseException), (
            attempt
        )
    with psycopg.connect(program) as connection:
        columns = ", ".join(verify.COLUMNS)
        rows = connection.execute(f"SELECT {columns} FROM audit ORDER BY seq".encode()).fetchall()
    entries = [dict(zip(verify.COLUMNS, row, strict=True)) for row in rows]
    assert len(entries) > 5
    assert verify.check(entries, []).findings == []
