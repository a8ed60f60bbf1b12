"""How the channel for mail fares

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    channel = op.create_table(
        "channel",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("try_at", db.Instant(), nullable=True),
        sa.Column("paused_at", db.Instant(), nullable=True),
        sa.Column("minute_at", db.Instant(), nullable=True),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channel")),
    )
    op.bulk_insert(channel, [{"name": "email", "failures": 0, "reason": "", "sent": 0}])


def downgrade() -> None:
    op.drop_table("channel")
