"""Sending the letters of a case (SOP step 10): the preview, then the result per recipient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import bell, clock, db
from kimweb.cases import moves, notices, queries
from kimweb.cases.models import Case, Stage
from kimweb.cases.returns import WORK
from kimweb.cases.situations import NotAllowed, Stale
from kimweb.dispatch import channels, letters, outbox, samples, sender, states, whatsapp
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.models import ENDED, SETTLED, UNDELIVERED, WAITING, Message
from kimweb.documents import drafts, kinds
from kimweb.documents.models import LETTERS, Addressee, Document
from kimweb.pages import htmx, sandbox
from kimweb.pages.guard import me
from kimweb.sop import shelf

bp = Blueprint("dispatch", __name__, url_prefix="/cases/<int:case_id>/dispatches")


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
    version: int | None
    rows: Sequence[Row]


def context(case: Case, stage: Stage | None) -> dict[str, Any]:
    """Return what the panel prints: the letters, their recipients, how far each one is."""
    session = db.session()
    documents = [d for d in drafts.of_case(session, case.id, LETTERS) if d.addressees]
    messages = outbox.letters_of(session, documents)
    states_now = Counter(message.state for message in messages)
    total = sum(len(document.addressees) for document in documents)
    channel = channels.current(session)
    return {
        "sheets": _sheets(documents, messages),
        "total": total,
        "arrived": sum(states_now[state] for state in SETTLED),
        "given_up": states_now[UNDELIVERED],
        "under_way": sum(states_now[state] for state in WAITING),
        "paused_at": channel.paused_at,
        "is_held": channel.is_held,
        "unsent": total - len(messages),
        "may_send": may_send(case, stage),
        "stage": stage,
        "label": states.label,
        "tone": states.tone,
        "channels": states.CHANNELS,
        "settled": ENDED,
    }


@bp.get("")
def index(case_id: int) -> Response:
    """Show the letters of the case: before sending the preview, then the result."""
    case = found(case_id)
    work = context(case, queries.open_stage(db.session(), case.id))
    return htmx.show("dispatch/index.html", "dispatch/_panel.html", case=case, work=work)


@bp.post("")
def create(case_id: int) -> AnyResponse:
    """Queue every letter for every recipient that has none queued yet."""
    found(case_id)
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
    case = found(case_id)
    everybody = _addressees(case)
    document, to = _addressed(case, addressee_id)
    at = [one.id for _, one in everybody].index(to.id)
    return htmx.show(
        "dispatch/preview.html",
        case=case,
        document=document,
        to=to,
        version=signed(document),
        chat=whatsapp.chat(db.session(), document, to),
        heading=states.HEADINGS[to.channel],
        place=at + 1,
        total=len(everybody),
        before=everybody[at - 1][1].id if at else None,
        after=everybody[at + 1][1].id if at + 1 < len(everybody) else None,
        sender=sender.address(),
        letter=letters.surat(document, to),
        file_name=letters.file_name(document),
        channels=states.CHANNELS,
    )


@bp.get("/preview/<int:addressee_id>/html")
def preview_html(case_id: int, addressee_id: int) -> Response:
    """Send the HTML of the mail to one recipient, for the frame of its preview."""
    return sandbox.framed(letters.surat(*_addressed(found(case_id), addressee_id)).html)


@bp.post("/preview/<int:addressee_id>/copy")
def copy(case_id: int, addressee_id: int) -> AnyResponse:
    """Send the mail to one recipient to whoever looks at its preview, and to nobody else."""
    document, to = _addressed(found(case_id), addressee_id)
    try:
        with db.writing() as session:
            signed = (v for v in document.versions if v.id == document.signed_version_id)
            enclosed = [notices.enclosed(session, document, version) for version in signed]
            samples.copy(session, me(), letters.surat(document, to), enclosed, clock.now())
            bell.after_commit(session, tasks=[moves.DISPATCH])
    except AddressError as refusal:
        flash(str(refusal), "late")
    else:
        flash(f"Contoh surat untuk {me().email} masuk antrean.", "calm")
    return htmx.go(url_for("dispatch.preview", case_id=case_id, addressee_id=addressee_id))


def _sheets(documents: Sequence[Document], messages: Sequence[Message]) -> list[Sheet]:
    sent = {message.addressee_id: message for message in messages}
    return [
        Sheet(
            document=document,
            kind=kinds.kind(document.kind).title,
            file_name=letters.file_name(document),
            version=signed(document),
            rows=[Row(to, sent.get(to.id)) for to in document.addressees],
        )
        for document in documents
    ]


def signed(document: Document) -> int | None:
    """Return which version of the document is the signed one, whose PDF leaves the house."""
    signed = (v.n for v in document.versions if v.id == document.signed_version_id)
    return next(signed, None)


def found(case_id: int) -> Case:
    """Return the case as far as the person may see it, else 404."""
    return queries.get(db.session(), me(), case_id) or abort(404)


def _addressed(case: Case, addressee_id: int) -> tuple[Document, Addressee]:
    pairs = _addressees(case)
    return next((pair for pair in pairs if pair[1].id == addressee_id), None) or abort(404)


def _addressees(case: Case) -> list[tuple[Document, Addressee]]:
    """Return every letter with each of its recipients, in the order in which they are shown."""
    documents = drafts.of_case(db.session(), case.id, LETTERS)
    return [(document, to) for document in documents for to in document.addressees]


def may_send(case: Case, stage: Stage | None) -> bool:
    """Tell whether the person may send the letters now, and decide about them."""
    return is_dispatch(case, stage) and queries.may_work(me(), case, stage)


def is_dispatch(case: Case, stage: Stage | None) -> bool:
    """Tell whether the case stands at the distribution of its letters."""
    return stage is not None and shelf.sop(case.sop).step(stage.step).work == WORK
