"""For tests that must hold on SQLite and on PostgreSQL alike."""

import pytest

both_databases = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
    indirect=True,
)
