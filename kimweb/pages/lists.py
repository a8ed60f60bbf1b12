"""Distribution lists made by hand: their names and members."""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.dispatch import lists, recipients
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.models import DistributionList
from kimweb.pages import htmx
from kimweb.pages.addressees import by_district
from kimweb.pages.recipients import keepers_only, keeps

bp = Blueprint("lists", __name__, url_prefix="/recipients/lists")


@bp.get("")
def index() -> Response:
    """Show the lists with their members."""
    return htmx.show("recipients/lists.html", lists=lists.everything(db.session()), keeps=keeps())


@bp.get("/new")
def new() -> Response:
    """Show the empty form of a new list."""
    keepers_only()
    return _form(None, "", set())


@bp.get("/<int:list_id>")
def show(list_id: int) -> Response:
    """Show one list, as a form for those who keep the book."""
    keepers_only()
    own = _found(list_id)
    return _form(own, own.name, {str(one.id) for one in own.members})


@bp.post("")
def create() -> AnyResponse:
    """Add a list."""
    return _save(None)


@bp.post("/<int:list_id>")
def change(list_id: int) -> AnyResponse:
    """Change the name and the members of a list."""
    return _save(list_id)


@bp.post("/<int:list_id>/remove")
def remove(list_id: int) -> AnyResponse:
    """Take a list away; its members stay in the address book."""
    keepers_only()
    with db.writing() as session:
        own = _found(list_id)
        name = own.name
        session.delete(own)
    flash(f"Daftar {name} dihapus; anggotanya tetap di buku alamat.", "calm")
    return htmx.go(url_for("lists.index"))


def _save(list_id: int | None) -> AnyResponse:
    keepers_only()
    name, chosen = request.form.get("name", ""), set(request.form.getlist("recipient"))
    try:
        with db.writing() as session:
            own = lists.save(session, _found(list_id) if list_id else None, name, chosen)
            said = f"Daftar {own.name} disimpan, {len(own.members)} anggota."
    except AddressError as wrong:
        return _form(_found(list_id) if list_id else None, name, chosen, str(wrong))
    flash(said, "calm")
    return htmx.go(url_for("lists.index"))


def _form(
    own: DistributionList | None, name: str, chosen: Collection[str], wrong: str = ""
) -> Response:
    return htmx.show(
        "recipients/list.html",
        status=422 if wrong else 200,
        own=own,
        name=name,
        chosen=chosen,
        errors={"name": wrong} if wrong else {},
        districts=by_district(recipients.standing(db.session()), "", set(chosen)),
        kinds=recipients.KINDS,
    )


def _found(list_id: int) -> DistributionList:
    return db.session().get(DistributionList, list_id) or abort(404)
