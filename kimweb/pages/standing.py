"""What the case page shows: where a case stands, its papers, and what one may do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, abort, current_app, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.cases import blockers, clocks, printouts, queries, scans
from kimweb.cases.models import Case, Stage
from kimweb.cases.situations import Situation
from kimweb.documents import kinds, reading, signatures
from kimweb.documents.models import Document
from kimweb.documents.reading import Reading
from kimweb.pages import dispatch, fieldwork, htmx, outlooks, papers
from kimweb.pages.guard import me
from kimweb.people import roster
from kimweb.people.models import Person
from kimweb.sop import shelf
from kimweb.sop.book import Sop, Step

PAGE = "cases/show.html"
FRAGMENTS = (
    "cases/_stage.html",
    "cases/_progress.html",
    "cases/_papers.html",
    "cases/_timeline.html",
)

# Where htmx scrolls to: what just happened is said above what was clicked.
SHOW_TOP = "morph show:window:top"
SHOW_STEP = "morph show:top"
# What nearly every case needs, ticked beforehand (SOP step 3: "naskah dinas yang berkaitan").
USUAL_LETTERS = frozenset({"surat_undangan", "surat_perintah_tugas", "sk_tim"})
# Works that are one form on the case page: note and button belong to that form.
WRITTEN_IN_PLACE = frozenset({"order", "direction", "report"})
EDITOR = "editor"
# Works whose screen needs more than the case page itself knows.
SHEETS = {
    "dispatch": dispatch.context,
    "team": fieldwork.context,
    "activity": fieldwork.context,
    "material": fieldwork.context,
    "archive": fieldwork.context,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One step on the progress line: done, tardy (done, but late), here, late, or ahead."""

    step: Step
    state: str
    visits: int


@dataclass(frozen=True, slots=True)
class SentBack:
    """Why the work came back: the stage that returned it, and the name of who did."""

    stage: Stage
    name: str


def find(case_id: int) -> Case:
    """Return the case as far as the person who asks may see it, else 404."""
    return queries.get(db.session(), me(), case_id) or abort(404)


def page(case_id: int, status: int = 200, **more: Any) -> Response:
    """Answer with the case page, or for htmx with its fragments; `more` goes over the context."""
    response = htmx.show(PAGE, *FRAGMENTS, status=status, **(of(find(case_id)) | more))
    if status == HTTPStatus.CONFLICT:
        response.headers["HX-Reswap"] = SHOW_STEP
    return response


def answer(case_id: int) -> AnyResponse:
    """Answer a form that was accepted with the case as it stands now."""
    if not htmx.wanted():
        return redirect(url_for("cases.show", case_id=case_id), 303)
    response = page(case_id)
    response.headers["HX-Reswap"] = SHOW_TOP
    return response


def of(case: Case) -> dict[str, Any]:
    """Return everything that the case page and each of its fragments prints."""
    session, sop = db.session(), shelf.sop(case.sop)
    stage = queries.open_stage(session, case.id)
    return {
        "case": case,
        "sop": sop,
        "stage": stage,
        "outlook": outlooks.of_cases([(case, stage)]).get(case.id),
        "marks": marks(sop, queries.stages(session, case.id)),
        "papers": papers.of_case(session, case),
        "printouts": printouts.SHEETS,
        "timeline": queries.timeline(session, case.id),
        **(_open(session, case, stage, sop.step(stage.step), me()) if stage else {}),
    }


def _open(session: Session, case: Case, stage: Stage, step: Step, person: Person) -> dict[str, Any]:
    sop, may_work = shelf.sop(case.sop), queries.may_work(person, case, stage)
    here = Situation(
        session, case.id, case.subject, stage.id, stage.due_at, sop, step, person, clock.now()
    )
    sheet = SHEETS.get(step.work) if may_work else None
    return {
        "step": step,
        "following": sop.after(step.number),
        "holders": roster.holders(session, stage.lane, shelf.today()),
        "may_work": may_work,
        "own_lane": here.lane,
        "paused": clocks.pause_of(session, stage.id) if stage.paused_until else None,
        "blockers": blockers.against_forward(here) if may_work else [],
        "came_in": came_in(sop, step),
        "news": news(session, person, stage, here.papers) if may_work else {},
        "sent_back": _sent_back(session, stage),
        "letter_kinds": kinds.choosable(db.session()),
        "usual_letters": USUAL_LETTERS,
        "work": sheet(case, stage) if sheet else None,
        "work_form": EDITOR if step.work in WRITTEN_IN_PLACE else None,
        "scans": scans.by_pen(session, here.papers) if step.work == "receive" else [],
        **(certificate(session, person) if may_work and step.mark == "signature" else {}),
    }


def certificate(session: Session, person: Person) -> dict[str, Any]:
    """With what the person may sign; for the example office also the passphrase that it shows."""
    certificate = signatures.certificate_of(session, person)
    examples = current_app.config.get("EXAMPLE_ACCOUNTS", ()) if person.is_example else ()
    shown = (account.passphrase for account in examples if account.username == person.username)
    return {
        "certificate": certificate,
        "unusable": signatures.against(certificate, clock.now()) if certificate else None,
        "shown_passphrase": next(shown, "") if certificate and certificate.is_test else "",
    }


def marks(sop: Sop, stages: Sequence[Stage]) -> list[Mark]:
    """Return the progress line; what lies beyond the open stage is ahead, even if seen before."""
    last = {stage.step: stage for stage in stages}
    here = next((stage.step for stage in stages if stage.closed_at is None), sop.last.number)
    return [_mark(step, last.get(step.number), beyond=step.number > here) for step in sop.steps]


def news(
    session: Session, person: Person, stage: Stage, documents: Sequence[Document]
) -> dict[int, Reading]:
    """Return what the papers say anew to the person since they knew them before this stage."""
    return reading.since(session, documents, person.id, stage.opened_at)


def came_in(sop: Sop, step: Step) -> str | None:
    """Return which papers the step received: those that the nearest step before it worked on."""
    before = (sop.step(number).papers for number in range(step.number - 1, 0, -1))
    return next((papers for papers in before if papers), None)


def _mark(step: Step, stage: Stage | None, *, beyond: bool) -> Mark:
    if stage is None or beyond:
        return Mark(step, "ahead", stage.visit if stage else 0)
    if stage.closed_at is None:
        return Mark(step, "late" if clock.now() > stage.due_at else "here", stage.visit)
    return Mark(step, "tardy" if stage.closed_at > stage.due_at else "done", stage.visit)


def _sent_back(session: Session, stage: Stage) -> SentBack | None:
    if stage.returned_from is None:
        return None
    origin = session.get_one(Stage, stage.returned_from)
    who = session.get(Person, origin.closed_by) if origin.closed_by else None
    return SentBack(origin, who.name if who else "")
