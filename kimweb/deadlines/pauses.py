"""Waiting for the outside: who may stop a step's clock, for how long, and how it runs again.

The clock of the step stands, so what the ladder said before stays said: rungs taken for the due
time before are taken for the one after.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.cases import clocks, situations
from kimweb.cases.situations import Blocker, NotPossible
from kimweb.deadlines import ladder
from kimweb.deadlines.models import Escalation
from kimweb.people.models import Person
from kimweb.sop import shelf

# A date further away than this is a slip of the keyboard.
LONGEST = timedelta(days=366)


def pause(
    session: Session, case_id: int, stage_id: int, by: Person, reason: str, day: date | None
) -> datetime:
    """Stop the clock of a step that waits for the outside; return when it runs again by itself.

    That is when the office opens on `day`, or after the ladder's longest pause when no day is
    known. NotAllowed unless it is the turn of `by`, NotPossible without a reason.
    """
    here = situations.find_own(session, case_id, stage_id, by)
    calendar = shelf.calendar_of(here.step.lane)
    if wrong := _refusals(reason, day, here.paused_until, here.now):
        raise NotPossible(wrong)
    if day is None:
        until = calendar.add(here.now, ladder.current().pause)
    else:
        until = calendar.next_open(datetime.combine(day, time(), shelf.zone()))
    due_at = clocks.pause(session, here, reason.strip(), until)
    _carry(session, stage_id, here.due_at, due_at, here.now)
    return until


def resume(session: Session, case_id: int, stage_id: int, by: Person) -> None:
    """Let the clock run again before its time; NotAllowed unless it is the turn of `by`."""
    here = situations.find_own(session, case_id, stage_id, by)
    if here.paused_until is None:
        raise NotPossible([Blocker("Jam langkah ini sudah berjalan.", "Muat ulang halaman ini.")])
    due_at = clocks.resume(session, stage_id, here.by.id, here.now)
    _carry(session, stage_id, here.due_at, due_at, here.now)


def run_out(session: Session, stage_id: int, due_at: datetime, now: datetime) -> None:
    """Let the clock run again because the pause is over; the sweep calls this."""
    _carry(session, stage_id, due_at, clocks.resume(session, stage_id, None, now), now)


def longest_day(lane: str) -> date:
    """Return the day on which a pause without a date ends, when begun now."""
    until = shelf.calendar_of(lane).add(clock.now(), ladder.current().pause)
    return shelf.local(until).date()


def _refusals(
    reason: str, day: date | None, paused_until: datetime | None, now: datetime
) -> list[Blocker]:
    today = shelf.local(now).date()
    wrong = []
    if paused_until:
        wrong.append(Blocker("Jam langkah ini sudah dihentikan.", "Muat ulang halaman ini."))
    if not reason.strip():
        wrong.append(Blocker("Tulis apa yang ditunggu, dan dari siapa."))
    if day and day <= today:
        wrong.append(Blocker("Tanggal melanjutkan harus sesudah hari ini."))
    if day and day > today + LONGEST:
        wrong.append(Blocker("Tanggal melanjutkan paling lama satu tahun lagi."))
    return wrong


def _carry(session: Session, stage_id: int, old: datetime, new: datetime, now: datetime) -> None:
    """Take over for the due time `new` the rungs that were taken for `old`."""
    if old == new:
        return
    of_stage = select(Escalation.rung, Escalation.due_at).where(Escalation.stage_id == stage_id)
    taken = [(rung, due_at) for rung, due_at in session.execute(of_stage)]
    known = {rung for rung, due_at in taken if due_at == new}
    carried = [rung for rung, due_at in taken if due_at == old and rung not in known]
    if carried:
        session.execute(
            insert(Escalation),
            [
                {
                    "stage_id": stage_id,
                    "rung": rung,
                    "due_at": new,
                    "taken_at": now,
                    "told": [],
                    "folded_into": rung,
                }
                for rung in carried
            ],
        )
