"""When the chain of evidence was examined, and what was found

Revision: 0024
Follows: 0023
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "examination",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", db.Instant(), nullable=False),
        sa.Column("ended_at", db.Instant(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("checkpoints", sa.Integer(), nullable=False),
        sa.Column("findings", db.Json, nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_examination_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examination")),
    )


def downgrade() -> None:
    op.drop_table("examination")
