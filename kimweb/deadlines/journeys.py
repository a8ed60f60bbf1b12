"""How cases fare on the SOP's own chart: done, here or late, time really used, steps repeated."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kimweb.cases import overview
from kimweb.cases.models import SEND_BACK, Event, Stage
from kimweb.deadlines import evaluation
from kimweb.deadlines.models import Measure
from kimweb.documents import kinds, rendering
from kimweb.documents.fields import Field
from kimweb.sop import chart, shelf
from kimweb.sop.book import Sop
from kimweb.sop.chart import Mark, State


class Journey(NamedTuple):
    """By step how a case fares, or all of them, and how often the step sent the work back."""

    marks: Mapping[int, Mark]
    returns: Mapping[int, int]


def of_case(stages: Sequence[Stage], now: datetime) -> Journey:
    """Return the journey of one case; what lies beyond its open stage has no mark."""
    visits = defaultdict[int, list[Stage]](list)
    for stage in stages:
        visits[stage.step].append(stage)
    here = next((stage.step for stage in stages if stage.closed_at is None), max(visits))
    day = evaluation.working_day(shelf.office_calendar(), shelf.local(now).year)
    marks = {
        step: Mark(
            _state(own[-1], now),
            len(own),
            evaluation.in_words(sum(_minutes(stage, now) for stage in own), day),
        )
        for step, own in visits.items()
        if step <= here
    }
    return Journey(marks, Counter(stage.step for stage in stages if stage.verdict == SEND_BACK))


def of_all(session: Session, sop: Sop, now: datetime) -> Journey:
    """Return the journey of all cases together: where they stand now, and how this year went.

    The time really used is the median of the year; repeated are the visits beyond the first.
    """
    found = evaluation.of_year(session, shelf.local(now).year, sop.edition)
    loads = {load.step.number: load for load in overview.of(session, sop, now).loads}
    marks = {}
    for one in found.steps:
        load = loads[one.step.number]
        if load.cases or one.visits:
            state: State = "late" if load.late else "here" if load.cases else "done"
            used = None if one.median is None else evaluation.in_words(one.median, found.day)
            marks[one.step.number] = Mark(state, 1 + max(one.visits - one.cases, 0), used)
    return Journey(marks, _returns(session, sop, shelf.local(now).year))


def _returns(session: Session, sop: Sop, year: int) -> dict[int, int]:
    """Return by step how often it sent work back in a year."""
    deciding = [step.number for step in sop.steps if step.returns]
    query = (
        select(Measure.step, func.count())
        .join(Event, Event.id == Measure.event_id)
        .where(
            Measure.sop == sop.edition,
            Measure.year == year,
            Measure.step.in_(deciding),
            Event.kind == SEND_BACK,
        )
        .group_by(Measure.step)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def pdf(sop: Sop, journey: Journey, today: date) -> bytes:
    """Return the chart with its marks as it is printed: the very drawings of the screen."""
    content = {
        "status": "signed_wet",
        "dated_on": today.isoformat(),
        "fields": {
            "tentang": f"SOP Nomor {sop.identity.number}",
            "halaman": [[drawn] for drawn in chart.pages(sop, *journey)],
        },
    }
    return rendering.pdf(_SHEET, content)


def _state(stage: Stage, now: datetime) -> State:
    if stage.closed_at is not None:
        return "done"
    return "late" if now > stage.due_at else "here"


def _minutes(stage: Stage, now: datetime) -> int:
    """Return the working minutes of one visit so far, without those for which its clock stood."""
    until = stage.closed_at or min(stage.paused_at or now, now)
    worked = shelf.calendar_of(stage.lane).between(stage.opened_at, until)
    return max(worked - stage.paused_minutes, 0)


_SHEET = kinds.Kind(
    key="bagan_sop",
    title="Bagan SOP",
    shape="lembar",
    book=None,
    signer="kadis",
    parafs=(),
    addressed=False,
    letter=False,
    fields=(Field("tentang", "Bagan", "line"), Field("halaman", "Halaman", "table")),
)
