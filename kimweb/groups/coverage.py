"""How far KIM reach: groups per kecamatan, and which kecamatan and desa/kelurahan have one.

The old SPM indicator (Permenkominfo 22/2010) divides groups by kecamatan, which can pass 100 %
and hide empty areas; so the areas that have an active group are counted beside it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.documents import regions
from kimweb.documents.regions import Region
from kimweb.groups import register
from kimweb.groups.models import ACTIVE, Group
from kimweb.sop import shelf


@dataclass(frozen=True, slots=True)
class DistrictRow:
    """One kecamatan: its groups, and each of its desa/kelurahan with whether one is active."""

    code: str
    name: str
    groups: int
    active: int
    areas: Sequence[tuple[Region, bool]]

    @property
    def villages(self) -> int:
        return len(self.areas)

    @property
    def villages_covered(self) -> int:
        return sum(covered for _, covered in self.areas)


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


def table(session: Session, on: date | None = None) -> Coverage:
    """Count the register per kecamatan as it is, or as it was at the end of `on`."""
    return _counted(session.scalars(select(Group)), on)


def years(session: Session) -> list[tuple[int, Coverage]]:
    """Return the coverage at the end of each year since the first group, of this year as it is.

    At most ten years are told.
    """
    groups, today = session.scalars(select(Group)).all(), shelf.today()
    began = [group.formed_on or shelf.local(group.registered_at).date() for group in groups]
    first = max(min((day.year for day in began), default=today.year), today.year - 9)
    past = [(year, _counted(groups, date(year, 12, 31))) for year in range(first, today.year)]
    return [*past, (today.year, _counted(groups, None))]


def _counted(found: Iterable[Group], on: date | None) -> Coverage:
    groups: Counter[str] = Counter()
    active: Counter[str] = Counter()
    covered: dict[str, set[str]] = defaultdict(set)
    for group in found:
        state = register.state_at(group, on) if on else group.state
        if state is None:
            continue
        groups[group.district] += 1
        if state in ACTIVE:
            active[group.district] += 1
            covered[group.district].add(group.village)
    return Coverage(
        [
            DistrictRow(
                area.code,
                area.name,
                groups[area.code],
                active[area.code],
                [(v, v.code in covered[area.code]) for v in regions.villages(area.code)],
            )
            for area in regions.districts()
        ]
    )


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
