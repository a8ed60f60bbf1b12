"""The only place that moves a case: open, forward, send back, dispatch.

A move = check, change, record, in the caller's one transaction. Everything that must happen
next (a PDF to make, a mail to send) is written as a row beside it; the bell rings after the
commit. Stages and events are plain statements rather than objects: this is the hot path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, func, insert, select, update
from sqlalchemy.orm import Session

from kimweb import bell, clock
from kimweb.cases import blockers, effects, facts, marks, notices, situations
from kimweb.cases.models import FORWARD, SEND_BACK, Case, Event, Stage
from kimweb.cases.situations import Blocker, NotAllowed, NotPossible, Situation, Stale
from kimweb.documents import drafts, versions
from kimweb.documents.models import DISPOSITION, LETTERS, Document
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
    stage_id = _open_stage(session, case.id, sop.first, now)
    _record(session, case.id, stage_id, "opened", by, now, step=sop.first.number)
    drafts.start(
        session,
        case_id=case.id,
        papers=DISPOSITION,
        kind=DISPOSITION_KIND,
        facts=facts.of(session, case),
        now=now,
    )
    return situations.find(session, case.id, stage_id, by)


def change_order(session: Session, case_id: int, stage_id: int, order: Order, by: Person) -> None:
    """Change the order while it has not left the first step."""
    here = situations.find_own(session, case_id, stage_id, by)
    if not here.step.is_first:
        raise NotAllowed("Perintah yang sudah diteruskan tidak dapat diubah lagi.")
    for name in ("subject", "district", "village", "planned_on", "instruction"):
        setattr(here.case, name, getattr(order, name))
    known = facts.of(session, here.case)
    for sheet in drafts.of_case(session, case_id, DISPOSITION):
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
    papers = here.papers
    marks.stamp(here, papers)
    if here.step.edits:
        versions.freeze(session, papers, stage_id=stage_id, by=by.id, now=here.now)
        effects.order_pdfs(session)
    marks.put(session, here, papers, passphrase)
    if here.step.mark == "signature":
        effects.order_pdfs(session)
    after = here.sop.after(here.step.number)
    _close_stage(session, here, FORWARD, note)
    told = _told(papers, to=after.number if after else None, note=note)
    _record(session, case_id, stage_id, FORWARD, by, here.now, step=here.step.number, **told)
    for effect in here.step.on_forward:
        effects.EFFECTS[effect](session, here)
    if after is None:
        _close_case(session, here)
        return None
    return _enter(session, here, after)


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
    papers = here.papers
    ids = [p.current_version_id for p in papers if p.current_version_id]
    versions.void(session, ids, step=to, reason=reason, now=here.now)
    for paper in papers:
        paper.stamped = paper.stamped and not _stamps_again(here.sop, to)
    _close_stage(session, here, SEND_BACK, reason)
    told = _told(papers, to=to, note=reason)
    _record(session, case_id, stage_id, SEND_BACK, by, here.now, step=here.step.number, **told)
    return _enter(session, here, target, returned_from=stage_id)


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
        _record(
            session, case_id, stage_id, "dispatched", by, here.now, messages=added, numbers=numbers
        )
        bell.after_commit(session, tasks=[DISPATCH], topics=[f"case:{case_id}"])
    return added


def _enter(
    session: Session, here: Situation, step: Step, returned_from: int | None = None
) -> Situation:
    stage_id = _open_stage(session, here.case.id, step, here.now, returned_from)
    if step.work == "report":
        effects.begin_report(session, here)
    there = situations.find(session, here.case.id, stage_id, here.by)
    notices.tell_next(session, there, returned=returned_from is not None, note=here.stage.note)
    topics = {f"case:{here.case.id}", *(f"lane:{lane}" for lane in (*here.step.lanes, *step.lanes))}
    bell.after_commit(session, tasks=[DISPATCH], topics=topics)
    return there


def _close_case(session: Session, here: Situation) -> None:
    here.case.closed_at = here.now
    _record(session, here.case.id, here.stage.id, "closed", here.by, here.now)
    topics = {f"case:{here.case.id}", *(f"lane:{lane}" for lane in here.step.lanes)}
    bell.after_commit(session, tasks=[ARCHIVE], topics=topics)


def _open_stage(
    session: Session, case_id: int, step: Step, now: datetime, returned_from: int | None = None
) -> int:
    visits = select(func.coalesce(func.max(Stage.visit), 0) + 1).where(
        Stage.case_id == case_id, Stage.step == step.number
    )
    statement = insert(Stage).values(
        case_id=case_id,
        step=step.number,
        visit=visits.scalar_subquery(),
        lane=step.lane,
        opened_at=now,
        due_at=shelf.office_calendar().add(now, step.time),
        next_rung_at=now,
        note="",
        returned_from=returned_from,
    )
    stage_id: int = session.scalars(statement.returning(Stage.id)).one()
    return stage_id


def _close_stage(session: Session, here: Situation, verdict: str, note: str) -> None:
    closed = session.execute(
        update(Stage)
        .where(Stage.id == here.stage.id, Stage.closed_at.is_(None))
        .values(
            closed_at=here.now,
            closed_by=here.by.id,
            verdict=verdict,
            note=note,
            next_rung_at=None,
        )
    )
    assert isinstance(closed, CursorResult)
    if closed.rowcount != 1:
        raise Stale(situations.what_happened(session, here.stage))


def _record(
    session: Session,
    case_id: int,
    stage_id: int,
    kind: str,
    by: Person | None,
    at: datetime,
    **told: Any,
) -> None:
    session.execute(
        insert(Event).values(
            case_id=case_id,
            stage_id=stage_id,
            kind=kind,
            by=by.id if by else None,
            at=at,
            facts=told,
        )
    )


def _told(papers: Sequence[Document], *, to: int | None, note: str) -> dict[str, Any]:
    numbers = [paper.number for paper in papers if paper.number]
    return {"to": to, "note": note, "papers": len(papers), "numbers": numbers}


def _stamps_again(sop: Sop, to: int) -> bool:
    return any(step.mark == "stamp" and step.number >= to for step in sop.steps)
