"""What is ahead of the cases on a page: one query for the pace, then arithmetic."""

from __future__ import annotations

from collections.abc import Iterable

from kimweb import clock, db
from kimweb.cases.desks import DeskRow
from kimweb.cases.models import Case, Stage
from kimweb.deadlines import forecast, measuring
from kimweb.deadlines.forecast import Outlook, Standing
from kimweb.documents import dates


def warnings(rows: Iterable[DeskRow]) -> dict[int, str]:
    """Say of each open case on a desk why it will be late, by case id; empty when it will not."""
    found = _of(
        (row.case_id, Standing(row.sop, row.step, row.opened_at, row.due_at, row.planned_on))
        for row in rows
    )
    return {number: in_words(outlook) for number, outlook in found.items()}


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
