"""The address book: who outside the office receives letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.dispatch import recipients, returns, states
from kimweb.dispatch.models import Recipient
from kimweb.dispatch.recipients import EntryError
from kimweb.documents import regions
from kimweb.pages import htmx
from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.sop import shelf

bp = Blueprint("recipients", __name__, url_prefix="/recipients")

# Who keeps the address book: the unit that sends the letters.
KEEPERS = frozenset({"staf", "kasi"})
NOT_A_KEEPER = "Buku alamat diubah oleh Staf, Kepala Seksi, atau administrator."


@bp.get("")
def index() -> Response:
    """List the recipients by words, kind and kecamatan, a page at a time."""
    asked = {name: request.args.get(name, "") for name in ("words", "kind", "district")}
    page = max(1, request.args.get("page", 1, int))
    rows, count = recipients.search(db.session(), **asked, page=page)
    return htmx.show(
        "recipients/index.html",
        "recipients/_list.html",
        rows=rows,
        count=count,
        asked=asked,
        page=page,
        pages=-(-count // recipients.PAGE_ROWS),
        districts=[(area.code, area.name) for area in regions.districts()],
        keeps=keeps(),
        returned=returns.unsettled(db.session(), [row.id for row in rows]),
        **_words(),
    )


@bp.get("/new")
def new() -> Response:
    """Show the empty form of a new recipient."""
    keepers_only()
    return _form(None, {"channel": "email"})


@bp.post("")
def create() -> AnyResponse:
    """Add a recipient."""
    keepers_only()
    try:
        entry = recipients.read(request.form)
        with db.writing() as session:
            recipients.add(session, entry)
    except EntryError as wrong:
        return _form(None, request.form, wrong.errors)
    flash(f"{entry.name} ditambahkan ke buku alamat.", "calm")
    return htmx.go(url_for("recipients.index"))


@bp.get("/<int:recipient_id>")
def show(recipient_id: int) -> Response:
    """Show one recipient, as a form for those who keep the book."""
    recipient = _found(recipient_id)
    return _form(recipient, _typed(recipient))


@bp.post("/<int:recipient_id>")
def change(recipient_id: int) -> AnyResponse:
    """Change a recipient."""
    keepers_only()
    try:
        entry = recipients.read(request.form)
        with db.writing() as session:
            recipients.change(session, _found(recipient_id), entry)
    except EntryError as wrong:
        return _form(_found(recipient_id), request.form, wrong.errors)
    flash(f"{entry.name} disimpan.", "calm")
    return htmx.go(url_for("recipients.index"))


@bp.post("/<int:recipient_id>/remove")
def remove(recipient_id: int) -> AnyResponse:
    """Take a recipient out of the book."""
    keepers_only()
    with db.writing():
        recipient = _found(recipient_id)
        recipients.remove(recipient, clock.now())
        name = recipient.name
    flash(f"{name} dikeluarkan dari buku alamat.", "calm")
    return htmx.go(url_for("recipients.index"))


def _form(
    recipient: Recipient | None, typed: Mapping[str, str], errors: dict[str, str] | None = None
) -> Response:
    return htmx.show(
        "recipients/form.html",
        status=422 if errors else 200,
        recipient=recipient,
        typed=typed,
        errors=errors or {},
        districts=[(area, regions.villages(area.code)) for area in regions.districts()],
        keeps=keeps(),
        returned=returns.of(db.session(), recipient) if recipient else (),
        label=states.label,
        tone=states.tone,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"kinds": recipients.KINDS, "channels": recipients.CHANNELS}


def _typed(recipient: Recipient) -> dict[str, str]:
    return {name: getattr(recipient, name) for name in recipients.FIELDS}


def _found(recipient_id: int) -> Recipient:
    return recipients.get(db.session(), recipient_id) or abort(404)


def keeps() -> bool:
    """Tell whether the person keeps the address book."""
    return me().is_admin or bool(access.lanes_of(me(), shelf.today()) & KEEPERS)


def keepers_only() -> None:
    """Answer 403 to whoever does not keep the address book."""
    if not keeps():
        abort(403, NOT_A_KEEPER)
