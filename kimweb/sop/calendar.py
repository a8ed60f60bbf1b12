"""Working time: when the office is open, when a span of work is due, how long something took."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from kimweb.sop.national_days import NationalDay, national_days
from kimweb.sop.office_hours import NORMAL, Kind, OfficeHours, Windows
from kimweb.sop.steps import Span

_MINUTE = dt.timedelta(minutes=1)
_DECREE = "SKB 3 Menteri"
_OFFICE = "Kalender kantor"


@dataclass(frozen=True)
class Day:
    """One date of the office: what kind of day, called what, decided by whom, open when.

    `estimated` tells that a moon-dependent date may still move; `windows` are local clock times.
    """

    date: dt.date
    kind: Kind
    name: str
    source: str
    estimated: bool
    windows: Windows


class _Year:
    """One local year's open windows, in UTC, with the working time before each."""

    def __init__(self, days: Iterable[Day], offset: dt.timedelta) -> None:
        self.days = {day.date: day for day in days}
        self.working = [day.date for day in self.days.values() if day.windows]
        self.opens: list[dt.datetime] = []
        self.closes: list[dt.datetime] = []
        self.before: list[dt.timedelta] = []
        self.after: list[dt.timedelta] = []
        self.total = dt.timedelta()
        for date in self.working:
            for window in self.days[date].windows:
                opens, closes = (dt.datetime.combine(date, time, dt.UTC) for time in window)
                self._append(opens - offset, closes - offset)

    def _append(self, opens: dt.datetime, closes: dt.datetime) -> None:
        self.opens.append(opens)
        self.closes.append(closes)
        self.before.append(self.total)
        self.total += closes - opens
        self.after.append(self.total)

    def worked_until(self, at: dt.datetime) -> dt.timedelta:
        """Working time from the start of the year until this moment."""
        i = bisect_right(self.opens, at) - 1
        if i < 0:
            return dt.timedelta()
        return self.before[i] + min(at - self.opens[i], self.closes[i] - self.opens[i])

    def moment_of(self, worked: dt.timedelta) -> dt.datetime:
        """The earliest moment at which this much (more than none) has been worked."""
        i = bisect_left(self.after, worked)
        return self.opens[i] + (worked - self.before[i])

    def next_open(self, at: dt.datetime) -> dt.datetime | None:
        """The moment itself when open, else the next opening; None when the year has no more."""
        i = bisect_right(self.closes, at)
        return max(at, self.opens[i]) if i < len(self.opens) else None


class Calendar:
    """The office's working calendar. Takes aware datetimes of any zone, returns UTC.

    A stretch of opening hours includes its first moment and excludes its last, so work that
    arrives at closing time starts at the next opening; a deadline may fall on closing time itself.
    Naive datetimes raise ValueError. Years are computed once and kept.
    """

    def __init__(self, hours: OfficeHours) -> None:
        if not any(hours.weeks[NORMAL]):
            raise ValueError("the weekly hours have no open day")
        self.hours = hours
        # Indonesia keeps the same offset all year, so no moment has to ask the zone for it.
        self._offset = dt.datetime(2020, 1, 1, tzinfo=hours.zone).utcoffset() or dt.timedelta()
        self._years: dict[int, _Year] = {}
        self._gaps: dict[int, list[str]] = {}

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return self.hours.zone

    def add(self, start: dt.datetime, span: Span) -> dt.datetime:
        """When work of this span is due. Days mean the same clock time that many working days on.

        The clock time is moved into the hours of that day: out of the break to its end, from before
        opening to opening, from after closing to closing.
        """
        if span.unit == "days":
            return self._add_days(start, span.amount)
        return self.add_minutes(start, span.amount * (60 if span.unit == "hours" else 1))

    def add_minutes(self, start: dt.datetime, minutes: int) -> dt.datetime:
        """The moment after this many working minutes; after 0 it is the next open moment."""
        if minutes < 0:
            raise ValueError("working minutes are added, not taken away")
        if minutes == 0:
            return self.next_open(start)
        start = _utc(start)
        number = self._local(start).year
        target = self._year(number).worked_until(start) + minutes * _MINUTE
        while target > self._year(number).total:
            target -= self._year(number).total
            number += 1
        return self._year(number).moment_of(target)

    def between(self, start: dt.datetime, end: dt.datetime) -> int:
        """Whole working minutes from start to end; negative when the end comes first."""
        if end < start:
            return -self.between(end, start)
        start, end = _utc(start), _utc(end)
        first, last = self._local(start).year, self._local(end).year
        worked = self._year(last).worked_until(end) - self._year(first).worked_until(start)
        for number in range(first, last):
            worked += self._year(number).total
        return worked // _MINUTE

    def apart(self, start: dt.datetime, end: dt.datetime) -> tuple[int, int]:
        """Working days from start to a later end, as `add` counts days, and the minutes left."""
        days = self._days_between(start, end)
        if days and self._add_days(start, days) > end:
            days -= 1
        return days, self.between(self._add_days(start, days) if days else start, end)

    def day(self, date: dt.date) -> Day:
        """What this date is for the office."""
        return self._year(date.year).days[date]

    def is_open(self, at: dt.datetime) -> bool:
        """Whether the office works at this moment."""
        return self.next_open(at) == at

    def next_open(self, at: dt.datetime) -> dt.datetime:
        """This moment when the office works, else its next opening."""
        at = _utc(at)
        number = self._local(at).year
        while (found := self._year(number).next_open(at)) is None:
            number += 1
        return found

    def gaps(self, years: Iterable[int]) -> list[str]:
        """What is still unknown about these years, in Indonesian; unknown days count as working."""
        return [sentence for year in years for sentence in self._gaps_of(year)]

    def _gaps_of(self, year: int) -> list[str]:
        if year not in self._gaps:
            self._gaps[year] = self._look_for_gaps(year)
        return self._gaps[year]

    def _look_for_gaps(self, year: int) -> list[str]:
        days = self._year(year).days.values()
        sentences = []
        if not any(day.kind == "collective_leave" for day in days):
            sentences.append(
                f"Cuti bersama tahun {year} belum ada di kalender, jadi masih dihitung sebagai "
                "hari kerja. Perbarui kalender setelah SKB 3 Menteri terbit."
            )
        if self.hours.periods and not any(self.hours.period_on(day.date) for day in days):
            sentences.append(
                f"Jam kerja Ramadan tahun {year} belum diisi, jadi masih dihitung dengan jam kerja "
                "biasa. Tambahkan masanya pada kalender."
            )
        periods = (p for p in self.hours.periods if year in (p.first.year, p.last.year))
        kept = [(period.name, period.hours) for period in periods]
        kept += [(unit.name, own) for unit in self.hours.units for own in unit.weeks.values()]
        sentences += [
            f"Jam kerja “{week}” yang dipakai {name} tidak ada lagi di berkas kalender, jadi "
            "dihitung dengan jam kerja biasa. Pilihlah jam kerja yang lain pada kalender."
            for name, week in kept
            if week not in self.hours.weeks
        ]
        return sentences

    def _days_between(self, start: dt.datetime, end: dt.datetime) -> int:
        """Working dates after that of the first working moment, up to the date of `end`."""
        first = self._local(self.next_open(start)).date()
        last = self._local(_utc(end)).date()
        count = bisect_right(self._year(last.year).working, last)
        count -= bisect_right(self._year(first.year).working, first)
        count += sum(len(self._year(year).working) for year in range(first.year, last.year))
        return max(count, 0)

    def _add_days(self, start: dt.datetime, days: int) -> dt.datetime:
        if days < 1:
            raise ValueError("a span of days has at least one day")
        local = self._local(self.next_open(start))
        number = local.year
        index = bisect_left(self._year(number).working, local.date()) + days
        while index >= len(self._year(number).working):
            index -= len(self._year(number).working)
            number += 1
        date = self._year(number).working[index]
        time = _into(self._year(number).days[date].windows, local.time())
        return dt.datetime.combine(date, time, dt.UTC) - self._offset

    def _year(self, number: int) -> _Year:
        if number not in self._years:
            self._years[number] = _Year(self._days_of(number), self._offset)
        return self._years[number]

    def _days_of(self, number: int) -> Iterable[Day]:
        national = national_days(number)
        date = dt.date(number, 1, 1)
        while date.year == number:
            yield self._day_of(date, national.get(date))
            date += dt.timedelta(days=1)

    def _day_of(self, date: dt.date, national: NationalDay | None) -> Day:
        special = self.hours.special_days.get(date)
        period = self.hours.period_on(date)
        usual = self.hours.windows_on(date)
        if special:
            windows = (special.windows or usual) if special.kind == "working" else ()
            return Day(date, special.kind, special.name, special.source or _OFFICE, False, windows)
        if national:
            return Day(date, national.kind, national.name, _DECREE, national.estimated, ())
        if not usual:
            return Day(date, "weekend", "Libur mingguan", _OFFICE, False, ())
        if period is None:
            return Day(date, "working", "", _OFFICE, False, usual)
        source = period.source or _OFFICE
        return Day(date, "working", period.name, source, period.estimated, usual)

    def _local(self, at: dt.datetime) -> dt.datetime:
        """The date and clock time of the office at this moment in UTC, for reading only."""
        return at + self._offset


def _utc(at: dt.datetime) -> dt.datetime:
    if at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return at if at.tzinfo is dt.UTC else at.astimezone(dt.UTC)


def _into(windows: Windows, clock: dt.time) -> dt.time:
    """The clock time moved into the day's windows; later closed time goes to the last closing."""
    for start, end in windows:
        if clock <= end:
            return max(clock, start)
    return windows[-1][1]
