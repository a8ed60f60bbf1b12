"""Lengths counted by year

What was measured is worked out again from the events, so the table begins anew.

Revision: 0015
Follows: 0014
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_COMMON: tuple[tuple[str, Any], ...] = (
    ("sop", sa.String(length=80)),
    ("step", sa.Integer()),
    ("lane", sa.String(length=16)),
    ("minutes", sa.Integer()),
    ("late_minutes", sa.Integer()),
    ("is_late", sa.Boolean()),
)


def upgrade() -> None:
    op.drop_table("measure")
    _create(("visit", sa.Integer()), ("year", sa.Integer()), ("month", sa.Integer()))
    op.create_index("ix_measure_lengths", "measure", ["sop", "year", "step", "minutes"])


def downgrade() -> None:
    op.drop_table("measure")
    _create(("case_id", sa.Integer()), ("closed_at", db.Instant()), ("is_return", sa.Boolean()))
    op.create_index(op.f("ix_measure_closed_at"), "measure", ["closed_at"])


def _create(*own: tuple[str, Any]) -> None:
    columns = [sa.Column(name, kind, nullable=False) for name, kind in (*_COMMON, *own)]
    op.create_table(
        "measure",
        sa.Column("event_id", sa.Integer(), nullable=False),
        *columns,
        sa.Column("waiting_lane", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_measure_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_measure")),
    )
