"""First passwords run out

Revision: 0029
Follows: 0028
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("password_until", db.Instant(), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "password_until")
