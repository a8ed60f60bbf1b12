"""Who may do what: pure predicates over a person and their holdings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from kimweb.people.models import CAPACITIES, DEFINITIVE, Absence, Holding, Person

# From the one who does the work up to the head of the office; Tim answers to Kasi.
CHAIN = ("staf", "kasi", "kabid", "sekdis", "kadis")
FIELD_LANE = "tim"


class Away(NamedTuple):
    """The days of an absence."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Official:
    """A person as one query finds them, for what is hot; `holdings` are rows."""

    id: int
    name: str
    is_active: bool
    is_admin: bool
    holdings: Sequence[Any]
    absences: Sequence[Away]


def lanes_of(person: Person | Official, on: date) -> frozenset[str]:
    """Return the lanes in which `person` may act on the day `on`; none while they are away."""
    is_away = any(covers(absence, on) for absence in person.absences)
    return frozenset() if is_away else posts_of(person, on)


def posts_of(person: Person | Official, on: date) -> frozenset[str]:
    """Return the lanes that `person` holds, present or away; none for a disabled account."""
    if not person.is_active:
        return frozenset()
    return frozenset(h.lane for h in person.holdings if covers(h, on))


def absence_of(person: Person, on: date) -> Absence | None:
    """Return why `person` is away on the day `on`; None when they are there."""
    return next((absence for absence in person.absences if covers(absence, on)), None)


def holds(person: Person | Official, lane: str, on: date) -> bool:
    """Tell whether `person` may act in `lane` on the day `on`."""
    return lane in lanes_of(person, on)


def capacity_in(person: Person | Official, lane: str, on: date) -> str:
    """Return in what capacity `person` holds `lane`: definitif, Plt., Plh., a.n. or u.b."""
    held = (h.capacity for h in person.holdings if h.lane == lane and covers(h, on))
    return min(held, key=CAPACITIES.index)


def own_lane(person: Person, on: date) -> str | None:
    """Return the highest lane that `person` holds in their own right; None without one."""
    own = (h.lane for h in person.holdings if h.capacity == DEFINITIVE and covers(h, on))
    return max(own, key=lambda lane: CHAIN.index(lane) if lane in CHAIN else -1, default=None)


def may_delegate(person: Person, on: date) -> bool:
    """Tell whether `person` may say who acts for whom: Kadis in their own right, administrators.

    Whoever only acts for Kadis may not prolong that themselves.
    """
    return person.is_active and (person.is_admin or own_lane(person, on) == CHAIN[-1])


def superior_of(lane: str) -> str | None:
    """Return the lane one rank up; None above Kadis."""
    if lane == FIELD_LANE:
        return "kasi"
    above = CHAIN.index(lane) + 1
    return CHAIN[above] if above < len(CHAIN) else None


def sees_all_cases(person: Person | Official, on: date) -> bool:
    """Tell whether `person` may see every case: the office's lanes and the administrator."""
    return person.is_admin or bool(posts_of(person, on) - {FIELD_LANE})


def covers(period: Holding | Absence | Away, on: date) -> bool:
    """Tell whether `on` lies in the period, whose first and last day both count."""
    return period.starts_on <= on and (period.ends_on is None or on <= period.ends_on)
