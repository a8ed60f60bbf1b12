"""One letter on its way: what became of each attempt, and what Staf decides about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from kimweb import bell, clock, db
from kimweb.cases import moves, queries
from kimweb.cases.models import Case
from kimweb.dispatch import decisions, states
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.decisions import DecisionError
from kimweb.dispatch.models import UNKNOWN, Message
from kimweb.pages import dispatch, htmx, sandbox
from kimweb.pages.guard import me
from kimweb.people.models import Person

bp = Blueprint("messages", __name__, url_prefix="/cases/<int:case_id>/dispatches/<int:message_id>")

NOT_YOUR_TURN = (
    "Surat didistribusikan oleh pelaksana langkah distribusi, selama langkah itu berjalan."
)


@bp.get("")
def show(case_id: int, message_id: int) -> Response:
    """Show one letter on its way: what became of each attempt, and what a person may decide."""
    return _page(dispatch.found(case_id), message_id)


@bp.get("/html")
def html(case_id: int, message_id: int) -> Response:
    """Send the HTML of a queued letter, for the frame of its page."""
    dispatch.found(case_id)
    return sandbox.framed(_message(case_id, message_id).html)


@bp.post("/by-hand")
def by_hand(case_id: int, message_id: int) -> AnyResponse:
    """Note that the letter was handed over in person."""
    return _decide(
        case_id,
        message_id,
        lambda session, message: decisions.by_hand(
            session, message, by=me().id, proof=request.form.get("proof", ""), now=clock.now()
        ),
    )


@bp.post("/arrived")
def arrived(case_id: int, message_id: int) -> AnyResponse:
    """Note that a letter of unknown fate did arrive."""
    return _decide(
        case_id,
        message_id,
        lambda session, message: decisions.arrived(
            session, message, by=me().id, reason=request.form.get("seen", ""), now=clock.now()
        ),
    )


@bp.post("/again")
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
    try:
        with db.writing() as session:
            case = dispatch.found(case_id)
            if not dispatch.may_send(case, queries.open_stage(session, case_id)):
                abort(403, NOT_YOUR_TURN)
            decide(session, _message(case_id, message_id))
            bell.after_commit(session, tasks=[moves.DISPATCH], topics=[f"case:{case_id}"])
    except (DecisionError, AddressError) as refusal:
        return _page(dispatch.found(case_id), message_id, status=422, refusal=str(refusal))
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
        history=[_told(line) for line in reversed(message.history)],
        people={number: session.get_one(Person, number).name for number in deciders},
        label=states.label,
        tone=states.tone,
        channels=states.CHANNELS,
        may_send=dispatch.may_send(case, queries.open_stage(session, case.id)),
        may_by_hand=message.state in decisions.DELIVERABLE,
        may_again=message.state in decisions.RESENDABLE,
        is_unknown=message.state == UNKNOWN,
        refusal=refusal,
        typed=request.form,
    )


def _told(line: dict[str, Any]) -> dict[str, Any]:
    return line | {"words": states.LABELS[line["state"]], "at": states.instant(line["at"])}


def _message(case_id: int, message_id: int) -> Message:
    """Return a letter of this case; notices are nobody's to decide on."""
    message = db.session().get(Message, message_id)
    if message is None or message.case_id != case_id or message.addressee_id is None:
        abort(404)
    return message
