"""How long an archive is kept, and what is added to it after the case is closed

Revision: 0027
Follows: 0026
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

RETENTION = ("active", "inactive", "fate")


def upgrade() -> None:
    for name in RETENTION:
        op.add_column(
            "archive", sa.Column(name, sa.String(length=60), server_default="", nullable=False)
        )
    op.create_table(
        "addendum",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("added_at", db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_addendum_added_by")),
        sa.ForeignKeyConstraint(["case_id"], ["kim_case.id"], name=op.f("fk_addendum_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addendum")),
    )
    op.create_index(op.f("ix_addendum_case_id"), "addendum", ["case_id"])


def downgrade() -> None:
    op.drop_table("addendum")
    with op.batch_alter_table("archive") as archive:
        for name in RETENTION:
            archive.drop_column(name)
