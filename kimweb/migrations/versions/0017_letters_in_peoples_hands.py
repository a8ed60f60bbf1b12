"""Finding the letters that wait for a person

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    in_hands = sa.text("state IN ('refused', 'unknown', 'bounced')")
    op.create_index(
        "ix_message_troubled",
        "message",
        ["dated_at"],
        sqlite_where=in_hands,
        postgresql_where=in_hands,
    )


def downgrade() -> None:
    op.drop_index("ix_message_troubled", "message")
