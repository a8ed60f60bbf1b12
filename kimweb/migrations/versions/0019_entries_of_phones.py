"""Entries that phones send: each once, and two texts for one field

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "attendee", sa.Column("via", sa.String(length=8), server_default="", nullable=False)
    )
    op.add_column("attendee", sa.Column("same_as", sa.Integer(), nullable=True))
    op.create_table(
        "field_entry",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["kim_case.id"], name=op.f("fk_field_entry_case_id")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_field_entry_person_id")
        ),
        sa.PrimaryKeyConstraint("case_id", "key", name=op.f("pk_field_entry")),
    )
    op.create_table(
        "field_rival",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=12), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["kim_case.id"], name=op.f("fk_field_rival_case_id")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_field_rival_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_rival")),
    )
    op.create_index(op.f("ix_field_rival_case_id"), "field_rival", ["case_id"])


def downgrade() -> None:
    op.drop_table("field_rival")
    op.drop_table("field_entry")
    with op.batch_alter_table("attendee") as attendee:
        attendee.drop_column("same_as")
        attendee.drop_column("via")
