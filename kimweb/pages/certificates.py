"""With what people sign electronically: all of it for administrators, one's own for others."""

from __future__ import annotations

from flask import Blueprint, Response
from sqlalchemy import select

from kimweb import clock, db
from kimweb.deadlines import expiry
from kimweb.documents import signing
from kimweb.documents.models import Certificate
from kimweb.pages import htmx
from kimweb.pages.guard import me
from kimweb.people.models import Person

bp = Blueprint("certificates", __name__, url_prefix="/certificates")

MEANS = {signing.P12: "Berkas kunci", signing.PKCS11: "Token kantor", signing.BSRE: "Layanan BSrE"}


@bp.get("")
def index() -> Response:
    """List certificates in use and those that were replaced, the newest first."""
    query = select(Certificate, Person).join(Person, Person.id == Certificate.person_id)
    if not me().is_admin:
        query = query.where(Person.id == me().id)
    order = (Certificate.retired_at.is_not(None), Certificate.id.desc())
    return htmx.show(
        "certificates/index.html",
        rows=db.session.execute(query.order_by(*order)).all(),
        means=MEANS,
        state=_state,
        days=[days for days in expiry.DAYS_AHEAD if days],
    )


def _state(certificate: Certificate) -> tuple[str, str]:
    """Return in words whether a certificate can be used, and the tone of it."""
    now, until = clock.now(), certificate.valid_until
    if certificate.retired_at is not None:
        return "Diganti", ""
    if until is None:
        return "Masa berlaku menurut penerbit", "accent"
    if signing.against(certificate.valid_from, until, now):
        return ("Berakhir" if until <= now else "Tidak dapat dipakai"), "late"
    days = (until - now).days
    return (f"Berlaku {days} hari lagi", "soon" if days <= max(expiry.DAYS_AHEAD) else "calm")
