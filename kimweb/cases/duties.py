"""Separation of duties: nobody approves their own work, however many lanes they act in.

One person puts one mark on the same papers: a later one takes the place of an earlier one
(docs/decisions/0006). Whoever wrote the papers approves them nowhere, and nobody signs what no
other person has initialled.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from kimweb import db
from kimweb.cases.models import Stage
from kimweb.cases.situations import Blocker, Situation
from kimweb.documents.versions import Reviewed
from kimweb.sop.steps import APPROVALS

ASK = "Minta Kepala Dinas atau administrator menunjuk pejabat lain untuk langkah ini."
_LAST_BY = (
    select(Stage.closed_by)
    .where(
        Stage.case_id == bindparam("case_id"),
        Stage.step == bindparam("step"),
        Stage.closed_at.is_not(None),
    )
    .order_by(Stage.visit.desc())
    .limit(1)
)


def against_approval(here: Situation) -> Iterable[Blocker]:
    """Return why `here.by` may not approve these papers, whatever lanes they act in."""
    if here.step.mark not in APPROVALS:
        return
    written = _written_at(here)
    if written and _last_by(here, written) == here.by.id:
        yield Blocker(
            f"Anda sendiri yang menyerahkan naskah ini pada langkah {written}; "
            "langkah ini harus diperiksa orang lain.",
            ASK,
        )
    elif here.step.mark == "signature" and not all(_is_seen_by_others(here)):
        yield Blocker("Naskah ini belum diparaf orang lain selain Anda.", ASK)


def is_stood_for(here: Situation, paper: Reviewed, step: int) -> bool:
    """Tell whether who did an earlier step marked the paper at another one, or does so now."""
    person_id = _last_by(here, step)
    return person_id == here.by.id or paper.is_marked_by(person_id)


def _last_by(here: Situation, step: int) -> int | None:
    """Return who last handed on, or sent back, the work of a step."""
    found: int | None = db.run(
        here.session, _LAST_BY, case_id=here.case_id, step=step
    ).scalar_one_or_none()
    return found


def _written_at(here: Situation) -> int | None:
    """Return the step that last wrote the papers before the first approval; None without one."""
    written = (
        step.number
        for step in here.sop.steps
        if step.edits and step.mark not in APPROVALS and step.papers == here.step.papers
    )
    return max((number for number in written if number < here.step.number), default=None)


def _is_seen_by_others(here: Situation) -> Iterable[bool]:
    for paper in here.reviewed:
        yield any(person_id != here.by.id for _, person_id in paper.parafs)
