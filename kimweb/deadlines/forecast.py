"""When the steps ahead of a case will be done: by the SOP's times, and at the office's own pace.

Pure: where the case stands, the plan, the pace and the present moment go in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from kimweb.sop import shelf
from kimweb.sop.book import Step

# The work for whose day the activity is planned; everything before it prepares it.
ACTIVITY = "activity"
# With fewer finished visits of a step the office has no pace of its own yet.
ENOUGH = 5

# The working minutes that the office takes for a step, by its number, returns counted in.
Pace = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """An open case: its open step, since when, until when, and the day its activity is planned."""

    sop: str
    step: int
    opened_at: datetime
    due_at: datetime
    planned_on: date


@dataclass(frozen=True, slots=True)
class Leg:
    """One step ahead and when it will be done, by either measure."""

    step: Step
    by_sop: datetime
    by_pace: datetime


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is ahead of a case; `ready_on` is the day its preparation ends, None once it has."""

    legs: Sequence[Leg]
    planned_on: date
    ready_on: date | None
    misses_due: bool

    @property
    def misses_plan(self) -> bool:
        """Whether the preparation will not be done by the day planned for the activity."""
        return self.ready_on is not None and self.ready_on > self.planned_on

    @property
    def done_on(self) -> date:
        """The day on which the whole case will be done."""
        return shelf.local(self.legs[-1].by_pace).date()

    def at(self, number: int) -> Leg | None:
        """Return what is expected of the step of this number; None when it is behind."""
        return next((leg for leg in self.legs if leg.step.number == number), None)

    @property
    def is_late(self) -> bool:
        """Whether the case will be late as far as can be told now."""
        return self.misses_plan or self.misses_due


def outlook(here: Standing, pace: Pace, now: datetime) -> Outlook:
    """Return what is ahead of a case that stands `here`, at the pace of the office."""
    sop = shelf.sop(here.sop)
    legs: list[Leg] = []
    ready_on = None
    for step in sop.steps[here.step - 1 :]:
        before = legs[-1] if legs else None
        if step.work == ACTIVITY and before:
            ready_on = shelf.local(before.by_pace).date()
            before = Leg(
                before.step, *(_on_the_day(here, at) for at in (before.by_sop, before.by_pace))
            )
        legs.append(_after(before, step, pace) if before else _first(here, step, pace, now))
    return Outlook(
        legs=legs,
        planned_on=here.planned_on,
        ready_on=ready_on,
        misses_due=now <= here.due_at < legs[0].by_pace,
    )


def _first(here: Standing, step: Step, pace: Pace, now: datetime) -> Leg:
    by_sop = max(here.due_at, now)
    if step.number not in pace:
        return Leg(step, by_sop, by_sop)
    calendar = shelf.calendar_of(step.lane)
    usual = calendar.add_minutes(here.opened_at, pace[step.number])
    return Leg(step, by_sop, max(usual, now))


def _after(before: Leg, step: Step, pace: Pace) -> Leg:
    calendar = shelf.calendar_of(step.lane)
    by_sop = calendar.add(before.by_sop, step.time)
    if step.number not in pace:
        return Leg(step, by_sop, calendar.add(before.by_pace, step.time))
    return Leg(step, by_sop, calendar.add_minutes(before.by_pace, pace[step.number]))


def _on_the_day(here: Standing, ready_at: datetime) -> datetime:
    """The activity begins when it is prepared, but not before the day it is planned for."""
    planned = datetime.combine(here.planned_on, time(), shelf.zone())
    return max(ready_at, planned)
