"""Receipts of couriers, distribution lists, and when a person wants notices

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("person") as person:
        person.add_column(
            sa.Column("notices", sa.String(length=8), nullable=False, server_default="at_once")
        )
    with op.batch_alter_table("message") as message:
        message.add_column(
            sa.Column("received_by", sa.String(length=200), nullable=False, server_default="")
        )
        message.add_column(sa.Column("receipt_id", sa.Integer(), nullable=True))
    op.create_table(
        "distribution_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distribution_list")),
        sa.UniqueConstraint("name", name=op.f("uq_distribution_list_name")),
    )
    op.create_table(
        "distribution_list_member",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["distribution_list.id"],
            name=op.f("fk_distribution_list_member_list_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["recipient.id"],
            name=op.f("fk_distribution_list_member_recipient_id"),
        ),
        sa.PrimaryKeyConstraint(
            "list_id", "recipient_id", name=op.f("pk_distribution_list_member")
        ),
    )


def downgrade() -> None:
    op.drop_table("distribution_list_member")
    op.drop_table("distribution_list")
    with op.batch_alter_table("message") as message:
        message.drop_column("receipt_id")
        message.drop_column("received_by")
    with op.batch_alter_table("person") as person:
        person.drop_column("notices")
