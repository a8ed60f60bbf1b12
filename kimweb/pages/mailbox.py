"""The local mailbox, where an office without a mail server finds what it sent."""

from __future__ import annotations

from email.message import EmailMessage
from io import BytesIO
from typing import cast

from flask import Blueprint, Response, abort, request, send_file

from kimweb.dispatch import catcher, sender
from kimweb.dispatch.catcher import Caught
from kimweb.pages import htmx, sandbox
from kimweb.pages.guard import admin_only

bp = Blueprint("mailbox", __name__, url_prefix="/mailbox")

HEADERS = {
    "From": "Dari",
    "To": "Kepada",
    "Delivered-To": "Diserahkan untuk",
    "Subject": "Perihal",
    "Message-ID": "Nomor pesan",
}
NOT_IN_USE = "Kantor ini mengirim surat lewat server surat sungguhan, jadi kotak ini tidak dipakai."


@bp.get("")
@admin_only
def index() -> Response:
    """List the newest mails, searched by recipient."""
    _in_use_only()
    to = request.args.get("to", "")
    mails = catcher.caught(catcher.folder(sender.office()), to)
    return htmx.show(
        "mailbox/index.html", "mailbox/_list.html", mails=mails, to=to, most=catcher.SHOWN
    )


@bp.get("/<key>")
@admin_only
def show(key: str) -> Response:
    """Show one mail with its headers, text and attachments."""
    found = _found(key)
    return htmx.show(
        "mailbox/show.html",
        found=found,
        headers=[(words, found.mail[name]) for name, words in HEADERS.items()],
        is_automatic="Auto-Submitted" in found.mail,
        text=_part(found, "plain"),
        attachments=_attachments(found),
    )


@bp.get("/<key>/html")
@admin_only
def html(key: str) -> Response:
    """Send the HTML of a mail for the frame of its page."""
    return sandbox.framed(_part(_found(key), "html"))


@bp.get("/<key>/attachments/<int:n>")
@admin_only
def attachment(key: str, n: int) -> Response:
    """Send the n-th attachment of a mail, counted from 0."""
    parts = _attachments(_found(key))
    if n >= len(parts):
        abort(404)
    part = parts[n]
    content = cast("bytes", part.get_payload(decode=True))
    return send_file(
        BytesIO(content),
        mimetype=part.get_content_type(),
        as_attachment=True,
        download_name=part.get_filename() or "lampiran",
    )


def _found(key: str) -> Caught:
    _in_use_only()
    return catcher.open_mail(catcher.folder(sender.office()), key) or abort(404)


def _part(found: Caught, subtype: str) -> str:
    body = found.mail.get_body((subtype,))
    return str(body.get_content()) if body else ""


def _attachments(found: Caught) -> list[EmailMessage]:
    return list(found.mail.iter_attachments())


def _in_use_only() -> None:
    if not catcher.is_in_use(sender.office()):
        abort(404, NOT_IN_USE)
