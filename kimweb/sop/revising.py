"""Changes laid over the calendar file: a date, period, week or unit each. Pure; facts are JSON."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from kimweb.sop.office_hours import OfficeHours, Period, SpecialDay, Unit, Week, Windows

DAY = "day"
PERIOD = "period"
WEEK = "week"
UNIT = "unit"
# Due times brought into line with the calendar, which itself stays as it is.
ALIGNED = "due:aligned"
Facts = Mapping[str, Any]
"""What it becomes; empty when it follows the file and the decrees again."""
# A week is kept by days of all years, by the office or by a unit.
_ALWAYS = (dt.date(1900, 1, 1), dt.date(9000, 1, 1))

_STRETCH = re.compile(r"\s*(\d{1,2})[.:](\d{2})\s*[-–]\s*(\d{1,2})[.:](\d{2})\s*")


def day_subject(date: dt.date) -> str:
    """What a change of one date is about."""
    return f"{DAY}:{date.isoformat()}"


def period_subject(name: str) -> str:
    """What a change of one period is about."""
    return f"{PERIOD}:{name}"


def week_subject(name: str) -> str:
    """What a change of the hours called `name` is about."""
    return f"{WEEK}:{name}"


def unit_subject(name: str) -> str:
    """What a change of one unit is about."""
    return f"{UNIT}:{name}"


def split(subject: str) -> tuple[str, str]:
    """DAY, PERIOD, WEEK or UNIT, then the date or the name."""
    kind, _, key = subject.partition(":")
    return kind, key


def overlay(base: OfficeHours, changes: Iterable[tuple[str, Facts]]) -> OfficeHours:
    """The hours of the file with every change laid over them, the later over the earlier."""
    days, periods = dict(base.special_days), {period.name: period for period in base.periods}
    first_days, first_periods, weeks = dict(days), dict(periods), dict(base.weeks)
    units = {unit.name: unit for unit in base.units}
    first_units = dict(units)
    for subject, facts in changes:
        kind, key = split(subject)
        if kind == DAY:
            date = dt.date.fromisoformat(key)
            _settle(days, date, special_day(facts) if facts else first_days.get(date))
        elif kind == PERIOD:
            _settle(periods, key, period(key, facts) if facts else first_periods.get(key))
        elif kind == WEEK:
            weeks[key] = week(facts)
        elif kind == UNIT:
            _settle(units, key, unit(key, facts) if facts else first_units.get(key))
    ordered = sorted(periods.values(), key=lambda p: p.first)
    return replace(
        base,
        weeks=weeks,
        special_days=days,
        periods=tuple(ordered),
        units=tuple(units.values()),
    )


def special_day(facts: Facts) -> SpecialDay:
    """The special day that these facts describe."""
    return SpecialDay(facts["kind"], facts["name"], _read(facts["windows"]), facts["source"])


def day_facts(special: SpecialDay) -> dict[str, Any]:
    """The facts of a special day."""
    return {
        "kind": special.kind,
        "name": special.name,
        "windows": _written(special.windows),
        "source": special.source,
    }


def period(name: str, facts: Facts) -> Period | None:
    """The period that these facts describe; None when it was called off."""
    if facts.get("off"):
        return None
    first, last = (dt.date.fromisoformat(facts[key]) for key in ("first", "last"))
    return Period(name, first, last, facts["hours"], facts["estimated"], facts["source"])


def period_facts(period: Period) -> dict[str, Any]:
    """The facts of a period."""
    return {
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "hours": period.hours,
        "estimated": period.estimated,
        "source": period.source,
    }


def week(facts: Facts) -> Week:
    """The week that these facts describe, Monday first."""
    return tuple(_read(day) for day in facts["days"])


def week_facts(week: Week, source: str) -> dict[str, Any]:
    """The facts of a week."""
    return {"days": [_written(day) for day in week], "source": source}


def unit(name: str, facts: Facts) -> Unit | None:
    """The unit that these facts describe; None when it keeps the office's weeks again."""
    if facts.get("off"):
        return None
    return Unit(name, tuple(facts["lanes"]), dict(facts["weeks"]))


def unit_facts(unit: Unit, source: str) -> dict[str, Any]:
    """The facts of a unit."""
    return {"lanes": list(unit.lanes), "weeks": dict(unit.weeks), "source": source}


def dates_of(subject: str, *versions: Facts) -> tuple[dt.date, dt.date] | None:
    """The first and last date that a change between these versions may touch; None for none."""
    kind, key = split(subject)
    if kind == DAY:
        return dt.date.fromisoformat(key), dt.date.fromisoformat(key)
    if kind in (WEEK, UNIT):
        return _ALWAYS
    periods = [made for facts in versions if facts and (made := period(key, facts))]
    if not periods:
        return None
    return min(p.first for p in periods), max(p.last for p in periods)


def windows(opens: str, pause: str) -> Windows:
    """Opening hours typed as 07.30-16.00 with the break cut out; ValueError says what is wrong."""
    whole = _stretch(opens)
    if not pause:
        return (whole,)
    off = _stretch(pause)
    if not whole[0] < off[0] < off[1] < whole[1]:
        raise ValueError("Istirahat harus berada di dalam jam buka. Periksa jamnya.")
    return ((whole[0], off[0]), (off[1], whole[1]))


def _stretch(typed: str) -> tuple[dt.time, dt.time]:
    match = _STRETCH.fullmatch(typed)
    try:
        numbers = [int(part) for part in match.groups()] if match else [24, 0, 24, 0]
        start, end = dt.time(numbers[0], numbers[1]), dt.time(numbers[2], numbers[3])
    except ValueError:
        raise ValueError(f"“{typed}” tidak dikenali. Tulis jamnya seperti 07.30-16.00.") from None
    if start >= end:
        raise ValueError(f"“{typed}” berakhir sebelum dimulai. Periksa jamnya.")
    return start, end


def _settle(known: dict[Any, Any], key: Any, value: Any) -> None:
    if value is None:
        known.pop(key, None)
    else:
        known[key] = value


def _read(windows: Iterable[tuple[str, str]]) -> Windows:
    return tuple((_clock(start), _clock(end)) for start, end in windows)


def _written(windows: Windows) -> list[list[str]]:
    return [[f"{start:%H.%M}", f"{end:%H.%M}"] for start, end in windows]


def _clock(written: str) -> dt.time:
    return dt.time.fromisoformat(written.replace(".", ":"))
