"""What is ahead of the cases on a page: one query for the pace, then arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from kimweb import clock, db
from kimweb.cases.desks import DeskRow
from kimweb.cases.models import Case, Stage
from kimweb.deadlines import forecast, measuring
from kimweb.deadlines.forecast import Outlook, Standing
from kimweb.documents import dates
from kimweb.sop import shelf
from kimweb.sop.shelf import Calendars

EVERY_MINUTES = 10


def warnings(rows: Iterable[DeskRow]) -> dict[int, str]:
    """Say of each open case on a desk why it will be late, by case id; empty when it will not.

    Looking ahead takes far longer than showing a row, and a forecast in days hardly changes: it
    is kept for EVERY_MINUTES, for all desks.
    """
    paces = {sop: tuple(pace.items()) for sop, pace in measuring.pace(db.session()).items()}
    now, calendars = clock.now(), shelf.calendars()
    about = now - timedelta(minutes=now.minute % EVERY_MINUTES)
    about = about.replace(second=0, microsecond=0)
    return {
        row.case_id: _warning(_standing(row), paces.get(row.sop, ()), about, calendars)
        for row in rows
    }


@lru_cache(maxsize=10_000)
def _warning(
    here: Standing, pace: tuple[tuple[int, int], ...], now: datetime, _calendars: Calendars
) -> str:
    return in_words(forecast.outlook(here, dict(pace), now))


def _standing(row: DeskRow) -> Standing:
    return Standing(row.sop, row.step, row.opened_at, row.due_at, row.planned_on)


def of_cases(rows: Iterable[tuple[Case, Stage | None]]) -> dict[int, Outlook]:
    """Return the outlook of each case that is open, by case id."""
    return _of((case.id, standing(case, stage)) for case, stage in rows if stage)


def standing(case: Case, stage: Stage) -> Standing:
    """Return where an open case stands."""
    return Standing(case.sop, stage.step, stage.opened_at, stage.due_at, case.planned_on)


def in_words(outlook: Outlook) -> str:
    """Say why a case will be late, in one sentence; empty when it will not."""
    if outlook.misses_plan and outlook.ready_on:
        return (
            f"Persiapan diperkirakan selesai {dates.long_date(outlook.ready_on)}, "
            f"sesudah tanggal rencana {dates.long_date(outlook.planned_on)}."
        )
    if outlook.misses_due:
        return "Langkah ini biasanya memakan waktu lebih lama daripada tenggatnya."
    return ""


def _of(cases: Iterable[tuple[int, Standing]]) -> dict[int, Outlook]:
    now, paces = clock.now(), measuring.pace(db.session())
    return {number: forecast.outlook(here, paces.get(here.sop, {}), now) for number, here in cases}
