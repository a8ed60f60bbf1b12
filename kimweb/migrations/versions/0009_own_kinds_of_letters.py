"""Kinds of letters that the office puts together itself

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_kind",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("shape", sa.String(length=16), nullable=False),
        sa.Column("numbered_as", sa.String(length=40), nullable=False),
        sa.Column("parts", db.Json, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_own_kind_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_kind")),
    )


def downgrade() -> None:
    op.drop_table("own_kind")
