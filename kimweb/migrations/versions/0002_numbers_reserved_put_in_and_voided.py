"""Numbers reserved, put in and voided, each with its reason

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("number", schema=None) as table:
        table.add_column(sa.Column("suffix", sa.String(8), nullable=False, server_default=""))
        table.add_column(sa.Column("subject", sa.String(500), nullable=False, server_default=""))
        table.add_column(sa.Column("recipient", sa.String(300), nullable=False, server_default=""))
        table.add_column(sa.Column("voided_by", sa.Integer(), nullable=True))
        table.add_column(sa.Column("voided_at", db.Instant(), nullable=True))
        table.add_column(sa.Column("void_reason", sa.Text(), nullable=False, server_default=""))
        table.create_foreign_key(op.f("fk_number_voided_by"), "person", ["voided_by"], ["id"])
        table.drop_constraint(op.f("uq_number_book_year_n"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_number_book_year_n_suffix"), ["book", "year", "n", "suffix"]
        )
    with op.batch_alter_table("number_book", schema=None) as table:
        table.add_column(sa.Column("on_paper", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("number_book", schema=None) as table:
        table.drop_column("on_paper")
    with op.batch_alter_table("number", schema=None) as table:
        table.drop_constraint(op.f("uq_number_book_year_n_suffix"), type_="unique")
        table.create_unique_constraint(op.f("uq_number_book_year_n"), ["book", "year", "n"])
        table.drop_constraint(op.f("fk_number_voided_by"), type_="foreignkey")
        for name in ("void_reason", "voided_at", "voided_by", "recipient", "subject", "suffix"):
            table.drop_column(name)
