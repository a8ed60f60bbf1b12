"""A step waits for the outside while its clock stands

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stage", sa.Column("paused_at", db.Instant(), nullable=True))
    op.add_column("stage", sa.Column("paused_until", db.Instant(), nullable=True))
    op.add_column(
        "stage", sa.Column("paused_minutes", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("began_at", db.Instant(), nullable=False),
        sa.Column("until", db.Instant(), nullable=False),
        sa.Column("due_at", db.Instant(), nullable=False),
        sa.Column("ended_at", db.Instant(), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_pause_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_pause_ended_by")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_pause_stage_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    op.create_index(op.f("ix_pause_stage_id"), "pause", ["stage_id"])
