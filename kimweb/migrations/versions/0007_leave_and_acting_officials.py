"""Leave and acting officials

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

from kimweb import db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("decree", sa.String(length=200), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["person.id"], name=op.f("fk_absence_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_person_id"), "absence", ["person_id"])
    with op.batch_alter_table("holding") as batch:
        batch.add_column(sa.Column("decree_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("absence_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("recorded_by", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("recorded_at", db.Instant(), nullable=True))
        batch.create_foreign_key(op.f("fk_holding_absence_id"), "absence", ["absence_id"], ["id"])
        batch.create_foreign_key(op.f("fk_holding_recorded_by"), "person", ["recorded_by"], ["id"])
        batch.create_index(op.f("ix_holding_absence_id"), ["absence_id"])
    op.create_table(
        "vacancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("noticed_at", db.Instant(), nullable=False),
        sa.Column("filled_at", db.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vacancy")),
    )
    op.create_index(
        "uq_vacancy_open",
        "vacancy",
        ["lane"],
        unique=True,
        sqlite_where=sa.text("filled_at IS NULL"),
        postgresql_where=sa.text("filled_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("vacancy")
    with op.batch_alter_table("holding") as batch:
        batch.drop_index(op.f("ix_holding_absence_id"))
        batch.drop_constraint(op.f("fk_holding_recorded_by"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_holding_absence_id"), type_="foreignkey")
        for column in ("recorded_at", "recorded_by", "absence_id", "decree_on"):
            batch.drop_column(column)
    op.drop_table("absence")
