"""What SRIKANDI said of letters

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "srikandi_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=150), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_srikandi_report_by")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_srikandi_report_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_srikandi_report")),
    )
    with op.batch_alter_table("srikandi_report", schema=None) as table:
        table.create_index(op.f("ix_srikandi_report_document_id"), ["document_id"], unique=False)


def downgrade() -> None:
    op.drop_table("srikandi_report")
