"""How far KIM reach: groups per kecamatan, and which kecamatan and desa/kelurahan have one.

The old SPM indicator (Permenkominfo 22/2010) divides groups by kecamatan, which can pass 100 %
and hide empty areas; so the areas that have an active group are counted beside it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.documents import regions
from kimweb.groups.models import ACTIVE, Group


@dataclass(frozen=True, slots=True)
class DistrictRow:
    """One kecamatan: its groups, and how many of its desa/kelurahan have an active one."""

    code: str
    name: str
    groups: int
    active: int
    villages: int
    villages_covered: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """The kabupaten as a whole; percentages are whole numbers."""

    rows: Sequence[DistrictRow]

    @property
    def groups(self) -> int:
        return sum(row.groups for row in self.rows)

    @property
    def active(self) -> int:
        return sum(row.active for row in self.rows)

    @property
    def districts(self) -> int:
        return len(self.rows)

    @property
    def districts_covered(self) -> int:
        return sum(row.active > 0 for row in self.rows)

    @property
    def villages(self) -> int:
        return sum(row.villages for row in self.rows)

    @property
    def villages_covered(self) -> int:
        return sum(row.villages_covered for row in self.rows)

    @property
    def groups_percent(self) -> int:
        """Groups divided by kecamatan, as the province's table counts."""
        return _percent(self.groups, self.districts)

    @property
    def districts_percent(self) -> int:
        return _percent(self.districts_covered, self.districts)

    @property
    def villages_percent(self) -> int:
        return _percent(self.villages_covered, self.villages)


def table(session: Session) -> Coverage:
    """Count the register per kecamatan, also those that have no group yet."""
    groups: Counter[str] = Counter()
    active: Counter[str] = Counter()
    covered: dict[str, set[str]] = defaultdict(set)
    for district, village, state in session.execute(
        select(Group.district, Group.village, Group.state)
    ):
        groups[district] += 1
        if state in ACTIVE:
            active[district] += 1
            covered[district].add(village)
    return Coverage(
        [
            DistrictRow(
                area.code,
                area.name,
                groups[area.code],
                active[area.code],
                len(regions.villages(area.code)),
                len(covered[area.code]),
            )
            for area in regions.districts()
        ]
    )


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
