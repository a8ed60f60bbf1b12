"""How long steps take

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "measure",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("sop", sa.String(length=80), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("waiting_lane", sa.String(length=16), nullable=True),
        sa.Column("closed_at", db.Instant(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("late_minutes", sa.Integer(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("is_return", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_measure_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_measure")),
    )
    op.create_index(op.f("ix_measure_closed_at"), "measure", ["closed_at"])
    op.create_table(
        "step_pace",
        sa.Column("sop", sa.String(length=80), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sop", "step", name=op.f("pk_step_pace")),
    )


def downgrade() -> None:
    op.drop_table("step_pace")
    op.drop_table("measure")
