"""Returned stages found by lane, for the count on each desk

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

RETURNED = sa.text("closed_at IS NULL AND returned_from IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_stage_returned",
        "stage",
        ["lane", "due_at"],
        sqlite_where=RETURNED,
        postgresql_where=RETURNED,
    )


def downgrade() -> None:
    op.drop_index("ix_stage_returned", "stage")
