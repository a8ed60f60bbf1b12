"""The only place that moves a case: open, forward, send back, dispatch.

A move = check, change, record, in the caller's one transaction. Everything that must happen
next (a PDF to make, a mail to send) is written as a row beside it; the bell rings after the
commit. This is the hot path: what every move reads and writes are the prepared statements of
rows.py rather than objects.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from kimweb import bell, clock, db
from kimweb.cases import blockers, clocks, effects, facts, history, marks, notices, rows, situations
from kimweb.cases.models import FORWARD, SEND_BACK, Case
from kimweb.cases.situations import Blocker, NotAllowed, NotPossible, Situation, Stale
from kimweb.documents import drafts, versions
from kimweb.documents.models import DISPOSITION, LETTERS
from kimweb.people import access
from kimweb.people.models import Person
from kimweb.sop import shelf
from kimweb.sop.book import Sop, Step

DISPOSITION_KIND = "lembar_disposisi"
DISPATCH = "tasks.dispatch.drain"
ARCHIVE = "tasks.archive.drain"


@dataclass(frozen=True, slots=True)
class Order:
    """What Kadis orders at step 1; `village` and `district` are Kemendagri codes."""

    subject: str
    district: str
    village: str
    planned_on: date
    instruction: str


def open_case(session: Session, order: Order, by: Person) -> Situation:
    """Open a case at the first step, with its lembar disposisi begun."""
    now, sop = clock.now(), shelf.sop()
    if not access.holds(by, sop.first.lane, shelf.today()):
        raise NotAllowed("Hanya Kepala Dinas yang membuka kegiatan baru.")
    case = Case(
        sop=sop.edition,
        subject=order.subject,
        district=order.district,
        village=order.village,
        planned_on=order.planned_on,
        instruction=order.instruction,
        opened_by=by.id,
        opened_at=now,
    )
    session.add(case)
    session.flush()
    due_at = shelf.calendar_of(sop.first.lane).add(now, sop.first.time)
    stage_id = _open_stage(session, case.id, sop.first, now, due_at)
    _record(session, case.id, stage_id, "opened", by.id, now, step=sop.first.number)
    drafts.start(
        session,
        case_id=case.id,
        papers=DISPOSITION,
        kind=DISPOSITION_KIND,
        facts=facts.of(session, case),
        now=now,
    )
    return situations.find(session, case.id, stage_id, by)


def find_order(session: Session, case_id: int, stage_id: int, by: Person) -> Situation:
    """Return where the case stands while its order may still be changed; else NotAllowed."""
    here = situations.find_own(session, case_id, stage_id, by)
    if not here.step.is_first:
        raise NotAllowed("Perintah yang sudah diteruskan tidak dapat diubah lagi.")
    return here


def change_order(session: Session, here: Situation, order: Order) -> None:
    """Change the order, and the disposition with it."""
    for name in ("subject", "district", "village", "planned_on", "instruction"):
        setattr(here.case, name, getattr(order, name))
    known = facts.of(session, here.case)
    for sheet in drafts.of_case(session, here.case_id, DISPOSITION):
        drafts.refill(sheet, known)


def forward(
    session: Session,
    case_id: int,
    stage_id: int,
    by: Person,
    note: str = "",
    *,
    passphrase: str | None = None,
) -> Situation | None:
    """Hand the work on to the next step; None when that was the last and the case is closed.

    Where the step signs, `passphrase` opens the signer's certificate; None means ink.
    """
    here = situations.find_own(session, case_id, stage_id, by)
    if reasons := blockers.against_forward(here):
        raise NotPossible(reasons)
    marks.stamp(here)
    if here.step.edits:
        versions.freeze(session, here.papers, stage_id=stage_id, by=here.by.id, now=here.now)
        effects.order_pdfs(session)
    marks.put(session, here, passphrase)
    if here.step.mark == "signature":
        effects.order_pdfs(session)
    after = here.sop.after(here.step.number)
    _close_stage(session, here, FORWARD, note)
    _record_move(session, here, FORWARD, to=after.number if after else None, note=note)
    for effect in here.step.on_forward:
        effects.EFFECTS[effect](session, here)
    if after is None:
        _close_case(session, here)
        return None
    return _enter(session, here, after, note)


def send_back(
    session: Session, case_id: int, stage_id: int, by: Person, to: int, reason: str
) -> Situation:
    """Return the work to the earlier step `to`; parafs from there on become void.

    The target's clock starts anew, the case's own time goes on (SOP steps 6, 7, 8 and 15).
    """
    here = situations.find_own(session, case_id, stage_id, by)
    if not here.step.may_return_to(to):
        raise NotPossible([Blocker("Langkah ini tidak dapat mengembalikan ke langkah itu.")])
    if not reason.strip():
        raise NotPossible(
            [Blocker("Tulis alasan pengembalian agar penerima tahu yang diperbaiki.")]
        )
    target = here.sop.step(to)
    ids = [paper.version_id for paper in here.reviewed if paper.version_id]
    versions.void(session, ids, step=to, reason=reason, now=here.now)
    if _stamps_again(here.sop, to):
        for paper in here.papers:
            paper.stamped = False
    _close_stage(session, here, SEND_BACK, reason)
    _record_move(session, here, SEND_BACK, to=to, note=reason)
    return _enter(session, here, target, reason, returned_from=stage_id)


def dispatch(session: Session, case_id: int, stage_id: int, by: Person) -> int:
    """Send the signed letters to every addressee (step 10): one message each, queued as rows.

    Asking again queues only what is not queued yet. Return how many messages were added.
    """
    here = situations.find_own(session, case_id, stage_id, by)
    if here.step.work != "dispatch":
        raise NotAllowed("Surat didistribusikan pada langkah distribusi, bukan pada langkah ini.")
    letters = drafts.of_case(session, case_id, LETTERS)
    added = notices.dispatch_letters(session, here.case, letters, here.now)
    if added:
        numbers = [letter.number for letter in letters]
        told = {"messages": added, "numbers": numbers}
        _record(session, case_id, stage_id, "dispatched", here.by.id, here.now, **told)
        bell.after_commit(session, tasks=[DISPATCH], topics=[f"case:{case_id}"])
    return added


def _enter(
    session: Session, here: Situation, step: Step, note: str, returned_from: int | None = None
) -> Situation:
    due_at = shelf.calendar_of(step.lane).add(here.now, step.time)
    stage_id = _open_stage(session, here.case_id, step, here.now, due_at, returned_from)
    there = replace(here, stage_id=stage_id, step=step, due_at=due_at, paused_until=None)
    if step.work == "report":
        effects.begin_report(session, here)
    notices.tell_next(session, there, returned=returned_from is not None, note=note)
    topics = {f"case:{here.case_id}", *(f"lane:{lane}" for lane in (*here.step.lanes, *step.lanes))}
    bell.after_commit(session, tasks=[DISPATCH], topics=topics)
    return there


def _close_case(session: Session, here: Situation) -> None:
    here.case.closed_at = here.now
    _record(session, here.case_id, here.stage_id, "closed", here.by.id, here.now)
    topics = {f"case:{here.case_id}", *(f"lane:{lane}" for lane in here.step.lanes)}
    bell.after_commit(session, tasks=[ARCHIVE], topics=topics)


def _open_stage(
    session: Session,
    case_id: int,
    step: Step,
    now: datetime,
    due_at: datetime,
    returned_from: int | None = None,
) -> int:
    opened = db.run(
        session,
        rows.OPEN_STAGE,
        case_id=case_id,
        step=step.number,
        lane=step.lane,
        now=now,
        due_at=due_at,
        returned_from=returned_from,
    )
    stage_id: int = opened.scalar_one()
    return stage_id


def _close_stage(session: Session, here: Situation, verdict: str, note: str) -> None:
    if here.paused_until:
        clocks.resume(session, here.stage_id, here.by.id, here.now)
    closed = db.run(
        session,
        rows.CLOSE_STAGE,
        stage_id=here.stage_id,
        now=here.now,
        person_id=here.by.id,
        with_verdict=verdict,
        with_note=note,
    )
    if closed.rowcount != 1:
        raise Stale(situations.what_happened(session, here.stage_id))


def _record_move(
    session: Session, here: Situation, verdict: str, *, to: int | None, note: str
) -> None:
    # A signature has just numbered the papers, after their review was read.
    papers = here.papers if here.step.mark == "signature" else here.reviewed
    told = {
        "step": here.step.number,
        "to": to,
        "note": note,
        "papers": len(papers),
        "numbers": [paper.number for paper in papers if paper.number],
        **here.acting(),
    }
    _record(session, here.case_id, here.stage_id, verdict, here.by.id, here.now, **told)


def _record(
    session: Session,
    case_id: int,
    stage_id: int,
    kind: str,
    by: int,
    at: datetime,
    **told: Any,
) -> None:
    history.record(session, kind, case_id=case_id, stage_id=stage_id, by=by, at=at, facts=told)


def _stamps_again(sop: Sop, to: int) -> bool:
    return any(step.mark == "stamp" and step.number >= to for step in sop.steps)
