"""Logins are rows, ended one by one

Revision: 0020
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "login",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("opened_at", db.Instant(), nullable=False),
        sa.Column("seen_at", db.Instant(), nullable=False),
        sa.Column("ended_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_login_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_token_hash")),
    )
    op.create_index(op.f("ix_login_person_id"), "login", ["person_id"])
    op.create_index(op.f("ix_login_opened_at"), "login", ["opened_at"])
    op.drop_column("person", "login_epoch")


def downgrade() -> None:
    op.add_column(
        "person", sa.Column("login_epoch", sa.Integer(), nullable=False, server_default="0")
    )
    op.drop_table("login")
