"""A letter that a person takes to its recipient: by courier, by WhatsApp, through SRIKANDI."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.cases import attachments, pictures
from kimweb.dispatch import decisions
from kimweb.dispatch import receipt as receipts
from kimweb.dispatch.decisions import DecisionError, Handover
from kimweb.dispatch.models import Message
from kimweb.documents import dates, files
from kimweb.documents.models import Addressee, Document
from kimweb.groups.entry import Entry
from kimweb.pages import dispatch, messages
from kimweb.pages.guard import me
from kimweb.sop import shelf

bp = Blueprint("handovers", __name__, url_prefix="/cases/<int:case_id>/dispatches/<int:message_id>")


@bp.get("/receipt.pdf")
def receipt(case_id: int, message_id: int) -> Response:
    """Send the sheet that the courier takes along and brings back signed."""
    dispatch.found(case_id)
    message, session = messages.own(case_id, message_id), db.session()
    document = session.get_one(Document, message.document_id)
    addressee = session.get_one(Addressee, message.addressee_id)
    made = receipts.pdf(message, document, addressee, shelf.today())
    response = Response(made, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "inline", filename=f"tanda-terima-{message.id}.pdf")
    return response


@bp.post("/by-hand")
def create(case_id: int, message_id: int) -> AnyResponse:
    """Note that a person took the letter there, with what proves it and the photo of a receipt."""
    message = messages.deciding_on(case_id, message_id)
    try:
        handed = _handed(request.form.get("channel") or message.channel, request.form)
        receipt = _receipt()
    except (DecisionError, pictures.Refused) as refusal:
        return messages.page(dispatch.found(case_id), message_id, status=422, refusal=str(refusal))

    def decide(session: Session, message: Message) -> None:
        kept = receipt and attachments.add(session, dispatch.found(case_id), receipt, me())
        decisions.by_hand(
            session,
            message,
            by=me().id,
            handed=Handover(*handed, receipt_id=kept.id if kept else None),
            now=clock.now(),
        )

    return messages.decide(case_id, message_id, decide)


def _handed(channel: str, form: Mapping[str, str]) -> tuple[str, str, str]:
    """Return the proof, the channel and who took the letter; DecisionError when one is missing."""
    entry = Entry(form)
    remark = entry.paragraphs("proof", "Keterangan", 2_000)
    name = entry.line("received_by", "Nama penerima")
    on = entry.day("received_on", "Tanggal diterima")
    number = entry.line("number", "Nomor SRIKANDI", 100)
    if entry.problems:
        raise DecisionError(" ".join(entry.problems.values()))
    said = ""
    if channel == "srikandi":
        if not number:
            raise DecisionError("Tulis nomor yang diberikan SRIKANDI.")
        said = f"Nomor SRIKANDI {number}."
    elif channel == "wa":
        said = "Dikirim lewat WhatsApp."
    elif channel == "caraka" and not name:
        raise DecisionError("Tulis nama orang yang menerima surat itu.")
    elif name:
        said = f"Diterima {name}{f' pada {dates.long_date(on)}' if on else ''}."
    return f"{said} {remark}".strip(), channel, name


def _receipt() -> attachments.Taken | None:
    """Take in the photo, if one was sent; this takes a while and needs no transaction."""
    file = request.files.get("receipt")
    if file is None or not file.filename:
        return None
    return attachments.take_in(files.store(), file.stream, file.filename, attachments.RECEIPT)
