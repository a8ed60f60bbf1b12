"""By which media a group spreads what it knows

Revision: 0030
Follows: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("kim_group", sa.Column("media", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("kim_group", "media")
