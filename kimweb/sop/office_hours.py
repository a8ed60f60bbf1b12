"""The office's own working time: weekly hours, special periods, special days; strictly read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast
from zoneinfo import ZoneInfo

from kimweb.sop.reading import Entry, FileError, open_file
from kimweb.sop.steps import LANES

Windows = tuple[tuple[dt.time, dt.time], ...]
"""The open stretches of one day, in order; empty on a day off."""

Week = tuple[Windows, ...]
"""Seven days of windows, Monday first."""

Kind = Literal["working", "weekend", "public_holiday", "collective_leave", "local"]

# Indonesia has no daylight saving time, which is what lets the calendar count on wall clocks.
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
WEEKDAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
NORMAL = "biasa"
_OVERRIDES = ("working", "public_holiday", "collective_leave")
_STRETCH = r"([01]\d|2[0-3])[.:]([0-5]\d) *- *([01]\d|2[0-3])[.:]([0-5]\d)"


class CalendarError(FileError):
    """The calendar file was refused; `problems` says everything that must be mended."""


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included, that keep the week called `hours` (Ramadan)."""

    name: str
    first: dt.date
    last: dt.date
    hours: str
    estimated: bool = False
    source: str = ""


@dataclass(frozen=True)
class SpecialDay:
    """One date that the office settled by hand; empty `windows` on a working day mean the usual."""

    kind: Kind
    name: str
    windows: Windows = ()
    source: str = ""


@dataclass(frozen=True)
class Unit:
    """Lanes that keep weeks of their own, such as one of six days; `weeks` maps usual to own."""

    name: str
    lanes: tuple[str, ...]
    weeks: Mapping[str, str]


SpecialDays = Mapping[dt.date, SpecialDay]


@dataclass(frozen=True)
class OfficeHours:
    """All that the office decides about its time; the same whether it comes from a file or rows."""

    zone: ZoneInfo
    weeks: Mapping[str, Week]
    periods: tuple[Period, ...] = ()
    special_days: SpecialDays = field(default_factory=dict)
    units: tuple[Unit, ...] = ()

    def period_on(self, date: dt.date) -> Period | None:
        """The special period that holds this date, if any."""
        return next((p for p in self.periods if p.first <= date <= p.last), None)

    def windows_on(self, date: dt.date) -> Windows:
        """The hours of this date's weekday, holidays not considered."""
        period = self.period_on(date)
        return self._week(period.hours if period else NORMAL)[date.weekday()]

    def of_unit(self, unit: Unit) -> OfficeHours:
        """The same time as a unit keeps it: its own weeks in the place of the usual ones."""
        own = {usual: self._week(name) for usual, name in unit.weeks.items()}
        return replace(self, weeks={**self.weeks, **own})

    def _week(self, name: str) -> Week:
        """The usual week in the place of one that the file has no longer; Calendar.gaps says so."""
        return self.weeks.get(name, self.weeks[NORMAL])


def read_office_hours(path: Path) -> OfficeHours:
    """The office hours in this file; raises CalendarError with every mistake on its line."""
    root = open_file(path, "berkas kalender", CalendarError)
    parts = root.fields(("zone", "hours", "periods", "days_off", "overrides"), ("units",))
    zone = parts["zone"].word(ZONES)
    weeks = _weeks(parts["hours"])
    units = _units(parts["units"], weeks)
    periods = _periods(parts["periods"].items("masa"), weeks)
    written = [
        *((item, *_day_off(item)) for item in parts["days_off"].items("libur setempat")),
        *((item, *_override(item)) for item in parts["overrides"].items("perubahan")),
    ]
    special_days = _special_days(written)
    root.refuse_if_wrong(CalendarError)
    hours = OfficeHours(ZoneInfo(zone), weeks, periods, special_days, units)
    for entry, date, special in written:
        if date and special.kind == "working" and not (special.windows or hours.windows_on(date)):
            entry.refuse(f"{entry.name} jatuh pada libur mingguan. Tulis jam kerjanya pada open.")
    root.refuse_if_wrong(CalendarError)
    return hours


def _weeks(entry: Entry) -> dict[str, Week]:
    weeks: dict[str, Week] = {}
    for item in entry.items("jam kerja"):
        parts = item.fields(("name", "days"))
        name = parts["name"].text()
        if name in weeks:
            item.refuse(f"Jam kerja “{name}” tertulis dua kali. Hapus salah satunya.")
        weeks[name] = _week(parts["days"])
    if NORMAL not in weeks:
        entry.refuse(f"Jam kerja bernama “{NORMAL}” belum ada. Tambahkan.")
    return weeks


def _week(entry: Entry) -> Week:
    week: dict[str, Windows] = {}
    for item in entry.items("kelompok hari", at_least_one=True):
        parts = item.fields(("days", "open"), ("break",))
        windows = _windows(parts)
        for day in parts["days"].words(WEEKDAYS):
            if day in week:
                item.refuse(f"Hari {day} sudah mempunyai jam kerja. Hapus salah satunya.")
            week[day] = windows
    return tuple(week.get(day, ()) for day in WEEKDAYS)


def _windows(parts: Mapping[str, Entry]) -> Windows:
    """Opening hours with the break, if any, cut out."""
    whole, pause = _stretch(parts["open"]), _stretch(parts["break"])
    if whole is None:
        return ()
    if pause is None:
        return (whole,)
    if not whole[0] < pause[0] < pause[1] < whole[1]:
        parts["break"].refuse("Istirahat harus berada di dalam jam buka. Periksa jamnya.")
    return ((whole[0], pause[0]), (pause[1], whole[1]))


def _stretch(entry: Entry) -> tuple[dt.time, dt.time] | None:
    if entry.node is None:
        return None
    match = entry.matching(_STRETCH, "07.30-16.00")
    if match is None:
        return None
    start, end = (dt.time(int(match[n]), int(match[n + 1])) for n in (1, 3))
    if start >= end:
        entry.refuse(f"{entry.name} berakhir sebelum dimulai. Periksa jamnya.")
    return start, end


def _periods(entries: list[Entry], weeks: Mapping[str, Week]) -> tuple[Period, ...]:
    periods: list[Period] = []
    for entry in entries:
        parts = entry.fields(("name", "first", "last", "hours", "estimated"))
        first, last = parts["first"].date(), parts["last"].date()
        period = Period(
            parts["name"].text(),
            first or dt.date.max,
            last or dt.date.max,
            parts["hours"].word(tuple(weeks)),
            parts["estimated"].flag(),
        )
        if first and last and first > last:
            entry.refuse(f"{entry.name} berakhir sebelum dimulai. Periksa tanggalnya.")
        if any(p.first <= period.last and period.first <= p.last for p in periods):
            entry.refuse(f"{entry.name} bertindihan dengan masa di atasnya. Periksa tanggalnya.")
        periods.append(period)
    return tuple(periods)


def _units(entry: Entry, weeks: Mapping[str, Week]) -> tuple[Unit, ...]:
    units: list[Unit] = []
    for item in entry.items("unit"):
        parts = item.fields(("name", "lanes", "hours"))
        lanes = parts["lanes"].words(LANES)
        if taken := {lane for unit in units for lane in unit.lanes}.intersection(lanes):
            item.refuse(f"{', '.join(sorted(taken))} sudah masuk unit lain. Hapus salah satunya.")
        units.append(Unit(parts["name"].text(), lanes, _own_weeks(parts["hours"], weeks)))
    return tuple(units)


def _own_weeks(entry: Entry, weeks: Mapping[str, Week]) -> dict[str, str]:
    own: dict[str, str] = {}
    for item in entry.items("pengganti jam kerja", at_least_one=True):
        parts = item.fields(("usual", "own"))
        own[parts["usual"].word(tuple(weeks))] = parts["own"].word(tuple(weeks))
    return own


def _special_days(written: list[tuple[Entry, dt.date | None, SpecialDay]]) -> SpecialDays:
    special_days: dict[dt.date, SpecialDay] = {}
    for entry, date, special in written:
        if date in special_days:
            entry.refuse(f"Tanggal {date} tertulis dua kali. Hapus salah satunya.")
        if date:
            special_days[date] = special
    return special_days


def _day_off(entry: Entry) -> tuple[dt.date | None, SpecialDay]:
    parts = entry.fields(("date", "name"))
    return parts["date"].date(), SpecialDay("local", parts["name"].text())


def _override(entry: Entry) -> tuple[dt.date | None, SpecialDay]:
    parts = entry.fields(("date", "kind", "name"), ("open", "break"))
    kind = cast(Kind, parts["kind"].word(_OVERRIDES))
    windows = _windows(parts)
    if windows and kind != "working":
        entry.refuse(f"{entry.name} adalah hari libur, jadi tidak mempunyai jam kerja. Hapus open.")
    if parts["break"].node and not parts["open"].node:
        entry.refuse(f"{entry.name} memuat break tanpa open. Tambahkan open.")
    return parts["date"].date(), SpecialDay(kind, parts["name"].text(), windows)
