"""What a group does, who visits it, and the decrees about it

Revision: 0028
Follows: 0027
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "group_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_group_record_by")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["kim_group.id"], name=op.f("fk_group_record_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_record")),
    )
    op.create_index(op.f("ix_group_record_group_id"), "group_record", ["group_id"])


def downgrade() -> None:
    op.drop_table("group_record")
