"""The chain of evidence and its checkpoints

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Only the words of an entry may be taken out; the entry itself stays as it is.
SEALED = (
    *("seq", "at", "actor", "capacity", "case_id", "stage_id"),
    *("action", "payload_digest", "prev", "hash"),
)
STAYS = "Jejak audit tidak dapat diubah."


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=True),
        sa.Column("capacity", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("stage_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("payload_digest", sa.String(length=64), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=True),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_case_id"), "audit", ["case_id"])
    op.create_table(
        "checkpoint",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_checkpoint")),
    )
    make = _on_postgresql if op.get_bind().dialect.name == "postgresql" else _on_sqlite
    make()


def _on_sqlite() -> None:
    same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in SEALED)
    erased = "NEW.payload IS NULL AND NEW.salt IS NULL"
    for name, when in (
        ("audit_stays", f"BEFORE UPDATE ON audit WHEN NOT ({same} AND {erased})"),
        ("audit_is_kept", "BEFORE DELETE ON audit"),
        ("checkpoint_stays", "BEFORE UPDATE ON checkpoint"),
        ("checkpoint_is_kept", "BEFORE DELETE ON checkpoint"),
    ):
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{STAYS}'); END")


def _on_postgresql() -> None:
    same = ", ".join(f"NEW.{name}" for name in SEALED), ", ".join(f"OLD.{name}" for name in SEALED)
    op.execute(
        f"""CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit' THEN
                IF ({same[0]}) IS NOT DISTINCT FROM ({same[1]})
                    AND NEW.payload IS NULL AND NEW.salt IS NULL THEN RETURN NEW; END IF;
            END IF;
            RAISE EXCEPTION '{STAYS}';
        END $$"""
    )
    for table in ("audit", "checkpoint"):
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit_stays()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()"
        )


def downgrade() -> None:
    op.drop_table("checkpoint")
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_stays()")
