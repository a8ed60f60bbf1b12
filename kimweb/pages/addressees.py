"""Whom a letter goes to: chosen from the address book, or written in by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.dispatch import addresses, lists, recipients
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.models import Recipient
from kimweb.documents import drafts, kinds, regions
from kimweb.documents.drafts import Address
from kimweb.documents.models import Addressee, Document
from kimweb.pages import htmx, standing
from kimweb.pages.documents import READ_ONLY, find, may_write, writable

bp = Blueprint(
    "addressees", __name__, url_prefix="/cases/<int:case_id>/documents/<int:document_id>/addressees"
)

PAGE = "documents/addressees.html"
PARTS = ("Nama", "jabatan", "tempat", "pos-el")
LONGEST = 200


@dataclass(frozen=True, slots=True)
class District:
    """The recipients of one kecamatan, or those that belong to none."""

    name: str
    recipients: Sequence[Recipient]
    ticked: int
    is_open: bool


@bp.get("")
def show(case_id: int, document_id: int) -> Response:
    """Show the address book with whom the letter goes to now."""
    _, document = find(case_id, document_id)
    chosen = {str(to.recipient_id) for to in document.addressees if to.recipient_id}
    written = "\n".join(_line(to) for to in document.addressees if not to.recipient_id)
    return _show(case_id, document_id, chosen, written)


@bp.post("")
def save(case_id: int, document_id: int) -> AnyResponse:
    """Replace whom the letter goes to by what was chosen and written.

    With `list` nothing is saved yet: the members of that list are ticked as well.
    """
    if not may_write(*find(case_id, document_id)):
        abort(403, READ_ONLY)
    chosen, written = set(request.form.getlist("recipient")), request.form.get("written", "")
    if asked := request.form.get("list"):
        return _with_list(case_id, document_id, chosen, written, asked)
    try:
        by_hand = [_read(n, line) for n, line in enumerate(written.splitlines(), 1) if line.strip()]
    except AddressError as wrong:
        return _show(case_id, document_id, chosen, written, {"written": str(wrong)}, 422)
    with db.writing() as session:
        document = writable(session, case_id, document_id)
        book = [_of(entry) for entry in _book(session, document) if str(entry.id) in chosen]
        drafts.address(session, document, _once([*book, *by_hand]))
        count, subject = len(document.addressees), document.subject
    flash(f"{subject}: {count} penerima.", "calm" if count else "soon")
    return standing.answer(case_id)


def _with_list(
    case_id: int, document_id: int, chosen: set[str], written: str, key: str
) -> Response:
    case, document = find(case_id, document_id)
    book = _book(db.session(), document)
    offers = {offer.key: offer for offer in lists.offered(db.session(), book, case.district)}
    offer = offers.get(key) or abort(404)
    members = {str(number) for number in offer.members}
    flash(
        f"{offer.words}: {len(members - chosen)} penerima ditambahkan. Simpan bila sesuai.",
        "accent",
    )
    return _show(case_id, document_id, chosen | members, written)


def _once(named: Sequence[Address]) -> list[Address]:
    """Return everybody once: whom the book and a written line both name gets one letter."""
    by_identity: dict[tuple[str, str], Address] = {}
    for to in named:
        by_identity.setdefault((to.name.casefold(), (to.email or to.title).casefold()), to)
    return list(by_identity.values())


def by_district(book: Sequence[Recipient], near: str, chosen: set[str]) -> list[District]:
    """Return the address book by kecamatan, the one of the case (`near`) first."""
    known = {district.code: f"Kecamatan {district.name}" for district in regions.districts()}
    groups: dict[str, list[Recipient]] = {}
    for entry in book:
        code = ".".join(entry.region.split(".")[:3])
        groups.setdefault(code if code in known else "", []).append(entry)
    found = []
    for code in sorted(groups, key=lambda code: (code != near, not code, code)):
        ticked = sum(str(entry.id) in chosen for entry in groups[code])
        name = known.get(code, "Kabupaten dan lainnya")
        found.append(District(name, groups[code], ticked, code == near or ticked > 0))
    return found


def _show(
    case_id: int,
    document_id: int,
    chosen: set[str],
    written: str,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    case, document = find(case_id, document_id)
    book = _book(db.session(), document)
    return htmx.show(
        PAGE,
        status=status,
        case=case,
        document=document,
        kind=kinds.kind(document.kind),
        districts=by_district(book, case.district, chosen),
        offers=lists.offered(db.session(), book, case.district),
        count=sum(str(entry.id) in chosen for entry in book),
        kinds=recipients.KINDS,
        chosen=chosen,
        written=written,
        errors=errors or {},
        may_write=may_write(case, document),
    )


def _book(session: Session, document: Document) -> Sequence[Recipient]:
    """Return who stands in the address book, and whom the letter named before they were removed."""
    named = [to.recipient_id for to in document.addressees if to.recipient_id]
    query = select(Recipient).where(Recipient.removed_at.is_(None) | Recipient.id.in_(named))
    return session.scalars(query.order_by(Recipient.region, Recipient.kind, Recipient.name)).all()


def _of(entry: Recipient) -> Address:
    return Address(
        name=entry.name,
        title=entry.title,
        place=entry.place,
        email=entry.email,
        channel=entry.channel,
        recipient_id=entry.id,
    )


def _line(to: Addressee) -> str:
    return "; ".join((to.name, to.title, to.place, to.email)).rstrip("; ")


def _read(n: int, line: str) -> Address:
    """Read "Nama; jabatan; tempat; pos-el"; without an e-mail address a courier brings it."""
    parts = [part.strip() for part in line.split(";")]
    if len(parts) > len(PARTS) or not parts[0]:
        raise AddressError(f"Baris {n}: tulis “{'; '.join(PARTS)}”, dipisahkan titik koma.")
    name, title, place, email = (*parts, *[""] * (len(PARTS) - len(parts)))
    try:
        address = Address(
            name=addresses.person_name(name),
            title=addresses.office_title(title, "Jabatan"),
            place=addresses.office_title(place, "Tempat"),
            email=addresses.email(email) if email else "",
            channel="email" if email else "caraka",
        )
    except AddressError as wrong:
        raise AddressError(f"Baris {n}: {wrong}") from None
    if max(len(address.name), len(address.title), len(address.place)) > LONGEST:
        raise AddressError(f"Baris {n}: tiap bagian paling banyak {LONGEST} huruf.")
    return address
