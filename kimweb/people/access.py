"""Who may do what: pure predicates over a person and their holdings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kimweb.people.models import Holding, Person

# From the one who does the work up to the head of the office; Tim answers to Kasi.
CHAIN = ("staf", "kasi", "kabid", "sekdis", "kadis")
FIELD_LANE = "tim"


@dataclass(frozen=True, slots=True)
class Official:
    """A person as a move finds them, read in its own transaction; `holdings` are rows."""

    id: int
    name: str
    is_active: bool
    holdings: Sequence[Any]


def lanes_of(person: Person | Official, on: date) -> frozenset[str]:
    """Return the lanes that `person` holds on the day `on`; none for a disabled account."""
    if not person.is_active:
        return frozenset()
    return frozenset(h.lane for h in person.holdings if _covers(h, on))


def holds(person: Person | Official, lane: str, on: date) -> bool:
    """Tell whether `person` holds `lane` on the day `on`."""
    return lane in lanes_of(person, on)


def capacity_in(person: Person | Official, lane: str, on: date) -> str:
    """Return in what capacity `person` holds `lane`: definitif, Plt. or Plh."""
    return next(h.capacity for h in person.holdings if h.lane == lane and _covers(h, on))


def superior_of(lane: str) -> str | None:
    """Return the lane one rank up; None above Kadis."""
    if lane == FIELD_LANE:
        return "kasi"
    above = CHAIN.index(lane) + 1
    return CHAIN[above] if above < len(CHAIN) else None


def sees_all_cases(person: Person, on: date) -> bool:
    """Tell whether `person` may see every case: the office's lanes and the administrator."""
    return person.is_admin or bool(lanes_of(person, on) - {FIELD_LANE})


def _covers(holding: Holding, on: date) -> bool:
    return holding.starts_on <= on and (holding.ends_on is None or on <= holding.ends_on)
