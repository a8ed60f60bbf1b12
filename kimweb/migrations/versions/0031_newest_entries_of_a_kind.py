"""The newest entries of each kind are found without reading the others

Revision: 0031
Follows: 0030
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

INDEX = "ix_search_entry_kind_id"


def upgrade() -> None:
    op.create_index(INDEX, "search_entry", ["kind", "id"])


def downgrade() -> None:
    op.drop_index(INDEX, "search_entry")
