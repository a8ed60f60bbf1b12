"""Tanda terima: the sheet that a courier takes along, to be signed by whoever takes the letter."""

from __future__ import annotations

from datetime import date

from kimweb.dispatch.models import Message
from kimweb.documents import dates, kinds, rendering
from kimweb.documents.fields import Field
from kimweb.documents.models import Addressee, Document

_SHEET = kinds.sheet(
    "tanda_terima",
    "Tanda Terima Surat",
    Field("nomor", "Nomor", "line"),
    Field("tanggal", "Tanggal", "line"),
    Field("perihal", "Perihal", "line"),
    Field("penerima", "Penerima", "line"),
    Field("tempat", "Tempat", "line"),
    Field("berkas", "Berkas", "line"),
)


def pdf(message: Message, document: Document, to: Addressee, today: date) -> bytes:
    """Return the sheet for one letter: what is handed over to whom, and room for the hand."""
    names = [to.title, to.name] if to.title and to.title != to.name else [to.name]
    content = {
        "status": "signed_wet",
        "dated_on": today.isoformat(),
        "fields": {
            "nomor": document.number or "",
            "tanggal": dates.long_date(document.dated_on) if document.dated_on else "",
            "perihal": document.subject,
            "penerima": ", ".join(names),
            "tempat": to.place,
            "berkas": ", ".join(part["name"] for part in message.attachments),
        },
    }
    return rendering.pdf(_SHEET, content)
