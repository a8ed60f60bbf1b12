"""What the office decided about its working time

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", db.Instant(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("before", db.Json, nullable=False),
        sa.Column("after", db.Json, nullable=False),
        sa.Column("touched", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_calendar_change_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_change")),
    )
