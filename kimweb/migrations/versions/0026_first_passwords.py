"""First passwords run out

Revision: 0026
Follows: 0025
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("password_until", db.Instant(), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "password_until")
