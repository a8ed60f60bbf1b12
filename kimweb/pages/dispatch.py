"""Sending the letters of a case (SOP step 10): the preview, the result per recipient, decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from kimweb import bell, clock, db
from kimweb.cases import moves, queries
from kimweb.cases.models import Case, Stage
from kimweb.cases.situations import NotAllowed, Stale
from kimweb.dispatch import decisions, letters, outbox, sender, states
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.decisions import DecisionError
from kimweb.dispatch.models import SETTLED, UNKNOWN, WAITING, Message
from kimweb.documents import drafts, kinds
from kimweb.documents.models import LETTERS, Addressee, Document
from kimweb.pages import htmx, sandbox
from kimweb.pages.guard import me
from kimweb.people.models import Person
from kimweb.sop import shelf

bp = Blueprint("dispatch", __name__, url_prefix="/cases/<int:case_id>/dispatches")

WORK = "dispatch"
NOT_YOUR_TURN = (
    "Surat didistribusikan oleh pelaksana langkah distribusi, selama langkah itu berjalan."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One recipient of a letter, and the message to them once it is queued."""

    to: Addressee
    message: Message | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One letter with everybody who receives it."""

    document: Document
    kind: str
    file_name: str
    rows: Sequence[Row]


def context(case: Case, stage: Stage | None) -> dict[str, Any]:
    """Return what the panel prints: the letters, their recipients, how far each one is."""
    session = db.session()
    documents = [d for d in drafts.of_case(session, case.id, LETTERS) if d.addressees]
    messages = outbox.letters_of(session, documents)
    states_now = Counter(message.state for message in messages)
    total = sum(len(document.addressees) for document in documents)
    return {
        "sheets": _sheets(documents, messages),
        "total": total,
        "arrived": sum(states_now[state] for state in SETTLED),
        "under_way": sum(states_now[state] for state in WAITING),
        "unsent": total - len(messages),
        "may_send": _may_send(case, stage),
        "stage": stage,
        "label": states.label,
        "tone": states.tone,
        "channels": states.CHANNELS,
        "settled": SETTLED,
    }


@bp.get("")
def index(case_id: int) -> Response:
    """Show the letters of the case: before sending the preview, then the result."""
    case = _found(case_id)
    work = context(case, queries.open_stage(db.session(), case.id))
    return htmx.show("dispatch/index.html", "dispatch/_panel.html", case=case, work=work)


@bp.post("")
def create(case_id: int) -> AnyResponse:
    """Queue every letter for every recipient that has none queued yet."""
    _found(case_id)
    try:
        with db.writing() as session:
            added = moves.dispatch(session, case_id, request.form.get("stage", 0, int), me())
    except NotAllowed as refusal:
        abort(403, str(refusal))
    except (Stale, AddressError) as refusal:
        flash(str(refusal), "late")
    else:
        flash(
            f"{added} surat masuk antrean." if added else "Semua surat sudah dalam antrean.", "calm"
        )
    return htmx.go(url_for("cases.show", case_id=case_id))


@bp.get("/preview/<int:addressee_id>")
def preview(case_id: int, addressee_id: int) -> Response:
    """Show the mail to one recipient as it would leave now."""
    case = _found(case_id)
    document, to = _addressed(case, addressee_id)
    return htmx.show(
        "dispatch/preview.html",
        case=case,
        document=document,
        to=to,
        sender=sender.address(),
        letter=letters.surat(document, to),
        file_name=letters.file_name(document),
        channels=states.CHANNELS,
    )


@bp.get("/preview/<int:addressee_id>/html")
def preview_html(case_id: int, addressee_id: int) -> Response:
    """Send the HTML of the mail to one recipient, for the frame of its preview."""
    return sandbox.framed(letters.surat(*_addressed(_found(case_id), addressee_id)).html)


@bp.get("/<int:message_id>")
def show(case_id: int, message_id: int) -> Response:
    """Show one letter on its way: what became of each attempt, and what a person may decide."""
    return _page(_found(case_id), message_id)


@bp.post("/<int:message_id>/by-hand")
def by_hand(case_id: int, message_id: int) -> AnyResponse:
    """Note that the letter was handed over in person."""
    return _decide(
        case_id,
        message_id,
        lambda session, message: decisions.by_hand(
            session, message, by=me().id, proof=request.form.get("proof", ""), now=clock.now()
        ),
    )


@bp.post("/<int:message_id>/arrived")
def arrived(case_id: int, message_id: int) -> AnyResponse:
    """Note that a letter of unknown fate did arrive."""
    return _decide(
        case_id,
        message_id,
        lambda session, message: decisions.arrived(
            session, message, by=me().id, reason=request.form.get("seen", ""), now=clock.now()
        ),
    )


@bp.post("/<int:message_id>/again")
def send_again(case_id: int, message_id: int) -> AnyResponse:
    """Send the letter once more, to a corrected address if one is given."""
    return _decide(
        case_id,
        message_id,
        lambda session, message: decisions.send_again(
            session,
            message,
            by=me().id,
            reason=request.form.get("reason", ""),
            email=request.form.get("email", ""),
            now=clock.now(),
        ),
    )


def _decide(
    case_id: int, message_id: int, decide: Callable[[Session, Message], None]
) -> AnyResponse:
    case = _found(case_id)
    if not _may_send(case, queries.open_stage(db.session(), case.id)):
        abort(403, NOT_YOUR_TURN)
    try:
        with db.writing() as session:
            decide(session, _message(case_id, message_id))
            bell.after_commit(session, tasks=[moves.DISPATCH], topics=[f"case:{case_id}"])
    except (DecisionError, AddressError) as refusal:
        return _page(_found(case_id), message_id, status=422, refusal=str(refusal))
    flash("Keputusan Anda tercatat.", "calm")
    return htmx.go(url_for("cases.show", case_id=case_id))


def _page(case: Case, message_id: int, status: int = 200, refusal: str = "") -> Response:
    session, message = db.session(), _message(case.id, message_id)
    deciders = {line["by"] for line in message.history if line["by"]}
    return htmx.show(
        "dispatch/message.html",
        status=status,
        case=case,
        message=message,
        document=session.get(Document, message.document_id) if message.document_id else None,
        history=[_told(line) for line in reversed(message.history)],
        people={number: session.get_one(Person, number).name for number in deciders},
        label=states.label,
        tone=states.tone,
        channels=states.CHANNELS,
        may_send=_may_send(case, queries.open_stage(session, case.id)),
        may_by_hand=message.state in decisions.DELIVERABLE,
        may_again=message.state in decisions.RESENDABLE,
        is_unknown=message.state == UNKNOWN,
        refusal=refusal,
        typed=request.form,
    )


def _told(line: dict[str, Any]) -> dict[str, Any]:
    return line | {"words": states.LABELS[line["state"]], "at": states.instant(line["at"])}


def _sheets(documents: Sequence[Document], messages: Sequence[Message]) -> list[Sheet]:
    sent = {message.addressee_id: message for message in messages}
    return [
        Sheet(
            document=document,
            kind=kinds.kind(document.kind).title,
            file_name=letters.file_name(document),
            rows=[Row(to, sent.get(to.id)) for to in document.addressees],
        )
        for document in documents
    ]


def _found(case_id: int) -> Case:
    return queries.get(db.session(), me(), case_id) or abort(404)


def _addressed(case: Case, addressee_id: int) -> tuple[Document, Addressee]:
    pairs = (
        (document, to)
        for document in drafts.of_case(db.session(), case.id, LETTERS)
        for to in document.addressees
    )
    return next((pair for pair in pairs if pair[1].id == addressee_id), None) or abort(404)


def _message(case_id: int, message_id: int) -> Message:
    """Return a letter of this case; notices are nobody's to decide on."""
    message = db.session().get(Message, message_id)
    if message is None or message.case_id != case_id or message.addressee_id is None:
        abort(404)
    return message


def _may_send(case: Case, stage: Stage | None) -> bool:
    if stage is None or shelf.sop(case.sop).step(stage.step).work != WORK:
        return False
    return queries.may_work(me(), case, stage)
