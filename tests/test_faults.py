"""The short form of the fault matrix (`make faults` runs all of it): a few rows, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults import matrix, rows
from tests.faults.harness import SQLITE, Stock
from tests.faults.matrix import Row

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]

assert rows  # importing them enters them


@pytest.fixture(scope="module")
def stock() -> Iterator[Stock]:
    with Stock() as made:
        yield made


@pytest.mark.parametrize("row", [row for row in matrix.ROWS if row.short], ids=lambda row: row.name)
def test_the_office_survives(row: Row, stock: Stock) -> None:
    assert matrix.run(row, SQLITE, stock, short=True).wrong == []
