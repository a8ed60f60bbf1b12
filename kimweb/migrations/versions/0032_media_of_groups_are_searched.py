"""Groups are found by their media

Revision: 0032
Follows: 0031
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

BEFORE = ("name", "district", "village", "address", "formed_on", "potential")


def upgrade() -> None:
    _watch((*BEFORE, "media"))
    op.execute("INSERT INTO search_due (kind, thing) SELECT 'group', id FROM kim_group")


def downgrade() -> None:
    _watch(BEFORE)


def _watch(columns: tuple[str, ...]) -> None:
    """Let the search hear of changes in these columns of a group."""
    when = f"UPDATE OF {', '.join(columns)}"
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER kim_group_is_due ON kim_group")
        op.execute(
            f"CREATE TRIGGER kim_group_is_due AFTER INSERT OR DELETE OR {when} ON kim_group "
            "FOR EACH ROW EXECUTE FUNCTION search_is_due('group', 'id')"
        )
    else:
        op.execute("DROP TRIGGER kim_group_changed")
        does = "INSERT INTO search_due (kind, thing) VALUES ('group', NEW.id)"
        op.execute(f"CREATE TRIGGER kim_group_changed AFTER {when} ON kim_group BEGIN {does}; END")
