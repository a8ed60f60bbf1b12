"""The yearly evaluation of the SOP: what was measured, step by step, beside what it allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kimweb.cases.models import Case
from kimweb.deadlines.measuring import percentile
from kimweb.deadlines.models import Measure
from kimweb.documents import dates, kinds, office, rendering, tables
from kimweb.documents.fields import Field
from kimweb.sop import shelf
from kimweb.sop.book import Sop, Step
from kimweb.sop.calendar import Calendar

HOUR = 60


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step in one year. Times in working minutes; shares from 0 to 100, None without visits."""

    step: Step
    standard: int
    visits: int
    cases: int
    median: int | None
    p90: int | None
    on_time: int | None
    rework: int | None


@dataclass(frozen=True, slots=True)
class Wait:
    """How often and how long one lane waited for another, and how much of it beyond the limits."""

    waiting: str
    on: str
    times: int
    minutes: int
    late_minutes: int


@dataclass(frozen=True, slots=True)
class Month:
    """How many visits ended in a month, and how many of them in time."""

    number: int
    ended: int
    in_time: int

    @property
    def share(self) -> int | None:
        """The share in time, from 0 to 100; None where nothing ended."""
        return _share(self.in_time, self.ended)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything about one edition of the SOP in one year; `day` is a working day in minutes."""

    sop: Sop
    year: int
    day: int
    closed: int
    steps: Sequence[StepResult]
    waits: Sequence[Wait]
    months: Sequence[Month]

    @property
    def on_time(self) -> int | None:
        """The share of all visits that ended in time."""
        return _share(sum(m.in_time for m in self.months), sum(m.ended for m in self.months))


def of_year(session: Session, year: int, edition: str = shelf.CURRENT) -> Evaluation:
    """Return the evaluation of a year: three queries, whatever was measured."""
    sop, (start, end) = shelf.sop(edition), _bounds(year)
    closed = select(func.count()).select_from(Case)
    closed = closed.where(Case.sop == edition, Case.closed_at >= start, Case.closed_at < end)
    sums = _sums(session, edition, year)
    return Evaluation(
        sop=sop,
        year=year,
        day=working_day(shelf.office_calendar(), year),
        closed=session.scalar(closed) or 0,
        steps=_steps(sop, sums, _lengths(session, edition, year), year),
        waits=_waits(sums),
        months=_months(sums),
    )


def years(session: Session, today: date) -> list[int]:
    """Return the years that can be evaluated, this one first."""
    first = session.scalar(select(func.min(Measure.year))) or today.year
    return list(range(today.year, min(first, today.year) - 1, -1))


def in_words(minutes: int | None, day: int) -> str:
    """Return working time as people say it: "45 menit", "3 jam 20 menit", "2,5 hari kerja"."""
    if minutes is None:
        return "–"
    if minutes >= day:
        return f"{minutes / day:.1f}".replace(".", ",").removesuffix(",0") + " hari kerja"
    hours, rest = divmod(minutes, HOUR)
    words = [f"{hours} jam"] * bool(hours) + [f"{rest} menit"] * bool(rest or not hours)
    return " ".join(words)


def csv(found: Evaluation) -> bytes:
    """Return the evaluation by step as CSV; times in working minutes."""
    header = (
        *("langkah", "uraian", "pelaksana", "waktu_baku", "waktu_baku_menit", "dikerjakan"),
        *("kegiatan", "median_menit", "p90_menit", "tepat_waktu_persen", "diulang_persen"),
    )
    title = office.current().lane_title
    rows = (
        (
            *(one.step.number, one.step.text, title(one.step.lane), one.step.time.text),
            *(one.standard, one.visits, one.cases, one.median, one.p90, one.on_time, one.rework),
        )
        for one in found.steps
    )
    return tables.to_csv(header, rows)


def pdf(found: Evaluation, today: date) -> bytes:
    """Return the evaluation as it is printed, landscape."""
    title = office.current().lane_title
    words = [
        (
            *(str(one.step.number), one.step.text, title(one.step.lane), one.step.time.text),
            *(str(one.visits), in_words(one.median, found.day), in_words(one.p90, found.day)),
            *(_percent(one.on_time), _percent(one.rework)),
        )
        for one in found.steps
    ]
    waits = [
        (
            *(title(wait.waiting), title(wait.on), f"{wait.times} kali"),
            *(in_words(wait.minutes // wait.times, found.day), _late(wait, found.day)),
        )
        for wait in found.waits
    ]
    months = [
        (dates.MONTHS[month.number - 1], str(month.ended), _percent(month.share))
        for month in found.months
        if month.ended
    ]
    content = {
        "status": "signed_wet",
        "dated_on": today.isoformat(),
        "fields": {
            "tentang": f"Evaluasi SOP {found.sop.identity.number} Tahun {found.year}",
            "keterangan": f"{found.closed} kegiatan selesai; {_percent(found.on_time)} langkah "
            "selesai tepat waktu. Waktu dihitung dalam jam kerja, tanpa masa jeda.",
            "langkah": words,
            "tunggu": waits,
            "bulan": months,
        },
    }
    return rendering.pdf(_SHEET, content)


@dataclass(frozen=True, slots=True)
class _Sum:
    """Visits of one step in one month whose work went on to the same lane, added up."""

    step: int
    month: int
    lane: str
    waiting: str | None
    visits: int
    cases: int
    in_time: int
    minutes: int
    late_minutes: int


def _sums(session: Session, edition: str, year: int) -> list[_Sum]:
    keys = (Measure.step, Measure.month, Measure.lane, Measure.waiting_lane)
    query = select(
        *keys,
        func.count(),
        func.count().filter(Measure.visit == 1),
        func.count().filter(~Measure.is_late),
        func.sum(Measure.minutes),
        func.sum(Measure.late_minutes),
    ).where(Measure.sop == edition, Measure.year == year)
    return [_Sum(*row) for row in session.execute(query.group_by(*keys))]


def _lengths(session: Session, edition: str, year: int) -> Mapping[int, list[tuple[int, int]]]:
    """Return by step how often each length occurred, the shortest first."""
    query = select(Measure.step, Measure.minutes, func.count()).where(
        Measure.sop == edition, Measure.year == year
    )
    keys = (Measure.step, Measure.minutes)
    found = defaultdict[int, list[tuple[int, int]]](list)
    for number, minutes, count in session.execute(query.group_by(*keys).order_by(*keys)):
        found[number].append((minutes, count))
    return found


def _steps(
    sop: Sop, sums: Sequence[_Sum], lengths: Mapping[int, list[tuple[int, int]]], year: int
) -> list[StepResult]:
    made = []
    for step in sop.steps:
        own = [one for one in sums if one.step == step.number]
        visits, cases = sum(one.visits for one in own), sum(one.cases for one in own)
        counted = lengths.get(step.number)
        made.append(
            StepResult(
                step=step,
                standard=_standard(step, year),
                visits=visits,
                cases=cases,
                median=percentile(counted, 50) if counted else None,
                p90=percentile(counted, 90) if counted else None,
                on_time=_share(sum(one.in_time for one in own), visits),
                rework=_share(visits - cases, cases),
            )
        )
    return made


def _waits(sums: Sequence[_Sum]) -> list[Wait]:
    """Add up who waited for whom, the longest first; nobody waits for themselves."""
    pairs = defaultdict[tuple[str, str], list[_Sum]](list)
    for one in sums:
        if one.waiting and one.waiting != one.lane:
            pairs[one.waiting, one.lane].append(one)
    waits = (
        Wait(
            *pair,
            times=sum(one.visits for one in own),
            minutes=sum(one.minutes for one in own),
            late_minutes=sum(one.late_minutes for one in own),
        )
        for pair, own in pairs.items()
    )
    return sorted(waits, key=lambda wait: -wait.minutes)


def _months(sums: Sequence[_Sum]) -> list[Month]:
    return [
        Month(
            number,
            ended=sum(one.visits for one in sums if one.month == number),
            in_time=sum(one.in_time for one in sums if one.month == number),
        )
        for number in range(1, 13)
    ]


def _bounds(year: int) -> tuple[datetime, datetime]:
    """Return the office's midnights at which the year begins and is over."""
    zone = shelf.zone()
    return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)


def _standard(step: Step, year: int) -> int:
    """Return the SOP's time for a step in working minutes; a day is an average one of the year."""
    if step.time.unit == "days":
        return step.time.amount * working_day(shelf.calendar_of(step.lane), year)
    return step.time.amount * (HOUR if step.time.unit == "hours" else 1)


def working_day(calendar: Calendar, year: int) -> int:
    """Return how many minutes the office works on a usual working day of the year."""
    start, end = _bounds(year)
    days = (date(year, 1, 1) + timedelta(days=n) for n in range((end - start).days))
    return calendar.between(start, end) // max(sum(bool(calendar.day(d).windows) for d in days), 1)


def _share(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def _percent(share: int | None) -> str:
    return "–" if share is None else f"{share} %"


def _late(wait: Wait, day: int) -> str:
    return in_words(wait.late_minutes, day) if wait.late_minutes else "–"


_SHEET = kinds.Kind(
    key="evaluasi_sop",
    title="Evaluasi SOP",
    shape="lembar",
    book=None,
    signer="kadis",
    parafs=(),
    addressed=False,
    letter=False,
    fields=(
        Field("tentang", "Evaluasi", "line"),
        Field("keterangan", "Keterangan", "line"),
        Field("langkah", "Langkah", "table"),
        Field("tunggu", "Saling menunggu", "table"),
        Field("bulan", "Bulan", "table"),
    ),
)
