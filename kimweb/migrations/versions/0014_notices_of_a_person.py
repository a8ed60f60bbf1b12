"""Finding the notices of a person

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    of_people = sa.text("person_id IS NOT NULL")
    op.create_index(
        "ix_message_noticed",
        "message",
        ["person_id", "dated_at"],
        sqlite_where=of_people,
        postgresql_where=of_people,
    )


def downgrade() -> None:
    op.drop_index("ix_message_noticed", "message")
