"""Entries by which everything is found, and triggers that say which are out of date

Revision: 0022
Follows: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# Of each table: what kind of thing changes with it, by which column, and which columns are told.
WATCHED = {
    "kim_case": ("case", "id", ("subject", "district", "village", "instruction", "opened_at")),
    "document": (
        *("letter", "id"),
        ("case_id", "kind", "subject", "fields", "number", "dated_on", "withdrawn_at"),
    ),
    "addressee": ("letter", "document_id", ("document_id", "position", "name")),
    "recipient": (
        *("recipient", "id"),
        ("kind", "name", "title", "place", "region", "email", "removed_at"),
    ),
    "kim_group": (
        *("group", "id"),
        ("name", "district", "village", "address", "formed_on", "potential"),
    ),
    "officer": ("group", "group_id", ("group_id", "position", "role", "name")),
    "person": ("person", "id", ("name", "title", "rank", "disabled_at")),
}
WORDS = "array_to_tsvector(string_to_array(words, ' '))"


def upgrade() -> None:
    op.create_table(
        "search_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("thing", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
        sa.UniqueConstraint("kind", "thing", name=op.f("uq_search_entry_kind_thing")),
    )
    op.create_index(op.f("ix_search_entry_year"), "search_entry", ["year"])
    word = sa.String(length=40)
    op.create_table(
        "search_word",
        sa.Column(
            "word",
            word.with_variant(sa.String(length=40, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_word")),
    )
    op.create_table(
        "search_due",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("thing", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_due")),
    )
    make = _on_postgresql if op.get_bind().dialect.name == "postgresql" else _on_sqlite
    make()
    for table, (kind, _, _) in WATCHED.items():
        if table not in ("addressee", "officer"):
            old = f"SELECT '{kind}', id FROM {table}"  # noqa: S608
            op.execute(f"INSERT INTO search_due (kind, thing) {old}")


def _on_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE search_words USING fts5(words, content='search_entry', "
        "content_rowid='id', detail=none, "
        "tokenize=\"unicode61 remove_diacritics 0 tokenchars '^~='\")"
    )
    out = (
        "INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', OLD.id, OLD.words)"
    )
    into = "INSERT INTO search_words (rowid, words) VALUES (NEW.id, NEW.words)"
    for name, when, does in (
        ("added", "INSERT", into),
        ("changed", "UPDATE OF words", f"{out}; {into}"),
        ("removed", "DELETE", out),
    ):
        op.execute(
            f"CREATE TRIGGER search_entry_{name} AFTER {when} ON search_entry BEGIN {does}; END"
        )
    for table, (kind, key, columns) in WATCHED.items():
        for name, when, row in (
            ("added", "INSERT", "NEW"),
            ("changed", f"UPDATE OF {', '.join(columns)}", "NEW"),
            ("removed", "DELETE", "OLD"),
        ):
            told = f"VALUES ('{kind}', {row}.{key})"
            op.execute(
                f"CREATE TRIGGER {table}_{name} AFTER {when} ON {table} "
                f"BEGIN INSERT INTO search_due (kind, thing) {told}; END"
            )


def _on_postgresql() -> None:
    op.execute(f"CREATE INDEX ix_search_entry_words ON search_entry USING gin (({WORDS}))")
    op.execute(
        """CREATE FUNCTION search_is_due() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO search_due (kind, thing) VALUES (TG_ARGV[0], (to_jsonb(
                CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END) ->> TG_ARGV[1])::int);
            RETURN NULL;
        END $$"""
    )
    for table, (kind, key, columns) in WATCHED.items():
        op.execute(
            f"CREATE TRIGGER {table}_is_due "
            f"AFTER INSERT OR DELETE OR UPDATE OF {', '.join(columns)} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION search_is_due('{kind}', '{key}')"
        )


def downgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in WATCHED:
        if is_postgresql:
            op.execute(f"DROP TRIGGER {table}_is_due ON {table}")
        else:
            for name in ("added", "changed", "removed"):
                op.execute(f"DROP TRIGGER {table}_{name}")
    op.execute("DROP FUNCTION search_is_due" if is_postgresql else "DROP TABLE search_words")
    op.drop_table("search_due")
    op.drop_table("search_word")
    op.drop_table("search_entry")
