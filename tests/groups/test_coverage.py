"""How far KIM reach: per kecamatan and per desa/kelurahan."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from kimweb.documents import regions
from kimweb.groups import coverage
from kimweb.groups.models import Group

TOARI, SAMATURU = "74.01.24", "74.01.20"


def add(session: Session, district: str, village: int, state: str = "dibentuk") -> None:
    session.add(
        Group(
            name="KIM",
            district=district,
            village=regions.villages(district)[village].code,
            state=state,
            facts={},
            registered_at=datetime(2026, 12, 8, tzinfo=UTC),
        )
    )
    session.flush()


def test_an_empty_register_still_shows_all_12_kecamatan_and_135_villages(session: Session) -> None:
    table = coverage.table(session)
    assert (table.districts, table.villages) == (12, 135)
    assert (table.groups, table.districts_covered, table.groups_percent) == (0, 0, 0)


def test_groups_and_areas_are_counted_side_by_side(session: Session) -> None:
    add(session, TOARI, 0)
    add(session, TOARI, 0, "aktif")
    add(session, TOARI, 1, "dikukuhkan")
    add(session, SAMATURU, 0, "vakum")
    table = coverage.table(session)
    rows = {row.name: (row.groups, row.active, row.villages_covered) for row in table.rows}
    assert rows["Toari"] == (3, 3, 2)
    assert rows["Samaturu"] == (1, 0, 0)
    assert (table.groups, table.districts_covered, table.villages_covered) == (4, 1, 2)
    # 4 groups in 12 kecamatan, though only one kecamatan really has a living one.
    assert (table.groups_percent, table.districts_percent) == (33, 8)


def test_a_dormant_mapped_or_dissolved_group_covers_nothing(session: Session) -> None:
    for state in ("dipetakan", "vakum", "bubar"):
        add(session, TOARI, 0, state)
    assert coverage.table(session).districts_covered == 0
