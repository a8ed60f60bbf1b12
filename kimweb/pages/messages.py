"""One letter on its way: what became of each attempt, and what Staf decides about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from kimweb import bell, clock, db
from kimweb.cases import moves, queries, returns
from kimweb.cases.models import Case
from kimweb.dispatch import decisions, states, whatsapp
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.decisions import DecisionError
from kimweb.dispatch.models import UNKNOWN, Message
from kimweb.documents import docx
from kimweb.documents.models import Addressee, Document
from kimweb.pages import dispatch, htmx, sandbox
from kimweb.pages.guard import me
from kimweb.people.models import Person
from kimweb.sop import shelf

bp = Blueprint("messages", __name__, url_prefix="/cases/<int:case_id>/dispatches/<int:message_id>")

NOT_YOUR_TURN = (
    "Surat didistribusikan oleh pelaksana langkah distribusi, selama langkah itu berjalan; "
    "sesudahnya hanya surat yang kembali yang masih dapat diputuskan."
)


@bp.get("")
def show(case_id: int, message_id: int) -> Response:
    """Show one letter on its way: what became of each attempt, and what a person may decide."""
    return page(dispatch.found(case_id), message_id)


@bp.get("/html")
def html(case_id: int, message_id: int) -> Response:
    """Send the HTML of a queued letter, for the frame of its page."""
    dispatch.found(case_id)
    return sandbox.framed(own(case_id, message_id).html)


@bp.post("/arrived")
def arrived(case_id: int, message_id: int) -> AnyResponse:
    """Note that a letter of unknown fate did arrive."""
    return decide(
        case_id,
        message_id,
        lambda session, message: decisions.arrived(
            session, message, by=me().id, reason=request.form.get("seen", ""), now=clock.now()
        ),
    )


@bp.post("/again")
def send_again(case_id: int, message_id: int) -> AnyResponse:
    """Send the letter once more, to a corrected address if one is given."""
    return decide(
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


@bp.post("/give-up")
def give_up(case_id: int, message_id: int) -> AnyResponse:
    """Note that the letter cannot reach its recipient, and why."""
    return decide(
        case_id,
        message_id,
        lambda session, message: decisions.give_up(
            session, message, by=me().id, reason=request.form.get("why", ""), now=clock.now()
        ),
    )


def decide(case_id: int, message_id: int, act: Callable[[Session, Message], None]) -> AnyResponse:
    """Let whoever works on the step decide about a letter; a refusal keeps what was typed."""
    try:
        with db.writing() as session:
            act(session, deciding_on(case_id, message_id))
            bell.after_commit(session, tasks=[moves.DISPATCH], topics=[f"case:{case_id}"])
    except (DecisionError, AddressError) as refusal:
        return page(dispatch.found(case_id), message_id, status=422, refusal=str(refusal))
    flash("Keputusan Anda tercatat.", "calm")
    return htmx.go(url_for("cases.show", case_id=case_id))


def deciding_on(case_id: int, message_id: int) -> Message:
    """Return a letter that the person may decide on now, else 403 or 404."""
    case, message = dispatch.found(case_id), own(case_id, message_id)
    if not _may_decide(case, message):
        abort(403, NOT_YOUR_TURN)
    return message


def _may_decide(case: Case, message: Message) -> bool:
    """Tell whether the person may decide: on the step's turn, later about what came back."""
    stage = queries.open_stage(db.session(), case.id)
    return dispatch.may_send(case, stage) or (
        not dispatch.is_dispatch(case, stage) and returns.may_decide(me(), case, message)
    )


def page(case: Case, message_id: int, status: int = 200, refusal: str = "") -> Response:
    """Show one letter on its way; `refusal` says why a decision was not taken."""
    session, message = db.session(), own(case.id, message_id)
    document = session.get_one(Document, message.document_id)
    addressee = session.get_one(Addressee, message.addressee_id)
    deciders = {line["by"] for line in message.history if line["by"]}
    return htmx.show(
        "dispatch/message.html",
        status=status,
        case=case,
        message=message,
        history=[_told(line) for line in reversed(message.history)],
        people={number: session.get_one(Person, number).name for number in deciders},
        label=states.label,
        tone=states.tone,
        channels=states.CHANNELS,
        may_send=_may_decide(case, message),
        may_by_hand=message.state in decisions.DELIVERABLE,
        may_again=message.state in decisions.RESENDABLE,
        may_give_up=message.state in decisions.ABANDONABLE,
        document=document,
        version=dispatch.signed(document),
        in_srikandi=docx.can_write(document.kind),
        chat=whatsapp.chat(session, document, addressee),
        is_unknown=message.state == UNKNOWN,
        refusal=refusal,
        today=shelf.today(),
        typed=request.form,
    )


def _told(line: dict[str, Any]) -> dict[str, Any]:
    return line | {"words": states.LABELS[line["state"]], "at": states.instant(line["at"])}


def own(case_id: int, message_id: int) -> Message:
    """Return a letter of this case, else 404; notices are nobody's to decide on."""
    message = db.session().get(Message, message_id)
    if message is None or message.case_id != case_id or message.addressee_id is None:
        abort(404)
    return message
