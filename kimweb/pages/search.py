"""Finding anything by words: one page over cases, letters, recipients, groups and people."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from kimweb import db
from kimweb.pages import htmx
from kimweb.pages.guard import me
from kimweb.search import finding
from kimweb.search.finding import Found
from kimweb.search.models import CASE, GROUP, LETTER, PERSON, RECIPIENT

bp = Blueprint("search", __name__, url_prefix="/search")

KINDS = {
    CASE: "Kegiatan",
    LETTER: "Naskah",
    RECIPIENT: "Penerima",
    GROUP: "KIM",
    PERSON: "Pegawai",
}
LONGEST = 200
# A few of each kind at first; of one kind alone as many as anybody reads through.
FEW, MANY = 5, 50


@bp.get("")
def show() -> Response:
    """Show what was found, by kind; without words, what can be looked for."""
    words = request.args.get("q", "")[:LONGEST].strip()
    wanted = finding.asked(words, request.args.get("kind", ""), request.args.get("year", type=int))
    most = MANY if wanted.kind else FEW
    found = finding.find(db.session(), me(), wanted, most + 1)
    return htmx.show(
        "search/show.html",
        "search/_results.html",
        words=words,
        wanted=wanted,
        found=found,
        most=most,
        kinds=KINDS,
        years=finding.years(db.session()),
        pieces=finding.pieces,
        excerpt=finding.excerpt,
        address=address,
    )


def address(found: Found) -> str:
    """Return where the person who asks opens what was found."""
    if found.kind == LETTER:
        return url_for("documents.show", case_id=found.case_id, document_id=found.thing)
    if found.kind == CASE:
        return url_for("cases.show", case_id=found.thing)
    if found.kind == RECIPIENT:
        return url_for("recipients.show", recipient_id=found.thing)
    if found.kind == GROUP:
        return url_for("groups.show", group_id=found.thing)
    if me().is_admin:
        return url_for("staff.show", person_id=found.thing)
    return url_for("delegation.show")
