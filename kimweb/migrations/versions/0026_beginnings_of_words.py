"""Short beginnings of words found fast on SQLite

Revision: 0026
Follows: 0025
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

WORDS = "words, content='search_entry', content_rowid='id', detail=none"
TOKENS = "tokenize=\"unicode61 remove_diacritics 0 tokenchars '^~='\""


def upgrade() -> None:
    _index_again(f"{WORDS}, prefix='2 3 4', {TOKENS}")


def downgrade() -> None:
    _index_again(f"{WORDS}, {TOKENS}")


def _index_again(options: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
        op.execute(f"CREATE VIRTUAL TABLE search_words USING fts5({options})")
        op.execute("INSERT INTO search_words (search_words) VALUES ('rebuild')")
