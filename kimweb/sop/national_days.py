"""National holidays and collective leave, from the joint decree of three ministers (SKB 3 Menteri).

The dates come from the package `holidays`, which quotes each year's decree.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import holidays

_ESTIMATED = " (perkiraan)"


@dataclass(frozen=True)
class NationalDay:
    """A day off for the whole country; `estimated` while the moon has not been sighted."""

    kind: Literal["public_holiday", "collective_leave"]
    name: str
    estimated: bool


def national_days(year: int) -> dict[dt.date, NationalDay]:
    """The days off of one year; a holiday wins where collective leave falls on the same date.

    Years that no decree covers yet lack collective leave; moon-dependent holidays are estimates.
    """
    days: dict[dt.date, NationalDay] = {}
    for kind, category in (("collective_leave", "government"), ("public_holiday", "public")):
        listed = holidays.country_holidays("ID", years=year, categories=category, language="id")
        for date, name in listed.items():
            days[date] = NationalDay(
                kind,  # type: ignore[arg-type]
                name.replace(_ESTIMATED, ""),
                _ESTIMATED in name,
            )
    return days
