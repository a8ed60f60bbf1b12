"""A private calendar address per person

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_feed_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_feed")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_feed_secret_hash")),
    )
