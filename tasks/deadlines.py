"""Pressing on what is late, and asking whether anything is late that nobody presses on."""

from __future__ import annotations

import logging

from celery import shared_task

from kimweb import clock, db
from kimweb.deadlines import auditor, expiry, gaps, heartbeats, ladder, measuring, vacancies
from kimweb.deadlines import sweep as sweeping

log = logging.getLogger(__name__)


@shared_task(name="tasks.deadlines.sweep")
def sweep() -> int:
    """Let every open stage climb whose next rung is due; return how many rungs were taken."""
    return sweeping.run(clock.now())


@shared_task(name="tasks.deadlines.vacancies")
def look_for_vacancies() -> list[str]:
    """Tell of the lanes in which nobody acts any more; return them."""
    with db.writing() as session:
        return vacancies.note(session, clock.now())


@shared_task(name="tasks.deadlines.audit")
def audit() -> list[str]:
    """Look for limits that would go unseen; the auditor's sign of life stays away if there are."""
    found = auditor.findings(db.session(), clock.now(), ladder.current())
    for sentence in found:
        log.error(sentence)
    if not found:
        with db.writing() as session:
            heartbeats.record(session, auditor.PART, clock.now())
    return found


@shared_task(name="tasks.deadlines.mind_calendar")
def mind_calendar() -> int:
    """Tell the administrators once a day what the calendar lacks; return how many hear of it."""
    with db.writing() as session:
        return gaps.remind(session, clock.now())


@shared_task(name="tasks.deadlines.measure")
def measure() -> int:
    """Measure the steps that ended lately, and the pace that follows; return how many."""
    with db.writing() as session:
        if measured := measuring.measure(session, clock.now()):
            measuring.settle_pace(session, clock.now())
        return measured


@shared_task(name="tasks.deadlines.mind_certificates")
def mind_certificates() -> int:
    """Tell holders and administrators of certificates that end; return how many come to it."""
    with db.writing() as session:
        return expiry.remind(session, clock.now())
