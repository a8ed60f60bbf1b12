"""Guests write themselves down by a QR

Revision: 0023
Follows: 0022
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attendee", sa.Column("added_at", db.Instant(), nullable=True))
    op.create_table(
        "guest_door",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", db.Instant(), nullable=False),
        sa.Column("closes_at", db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["kim_case.id"], name=op.f("fk_guest_door_case_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_guest_door_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_door")),
        sa.UniqueConstraint("code", name=op.f("uq_guest_door_code")),
    )
    op.create_index(op.f("ix_guest_door_case_id"), "guest_door", ["case_id"])


def downgrade() -> None:
    op.drop_table("guest_door")
    with op.batch_alter_table("attendee") as attendee:
        attendee.drop_column("added_at")
