"""Any two versions of a naskah beside each other, word by word."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from kimweb.documents import differences, kinds
from kimweb.pages import htmx
from kimweb.pages.documents import find

bp = Blueprint(
    "comparisons", __name__, url_prefix="/cases/<int:case_id>/documents/<int:document_id>"
)

PAGE = "documents/comparison.html"
FRAGMENT = "documents/_comparison.html"


@bp.get("/comparison")
def show(case_id: int, document_id: int) -> Response:
    """Show what changed from version `from` to version `to`; 404 when there is no such version."""
    case, document = find(case_id, document_id)
    by_n = {version.n: version for version in document.versions}
    before = by_n.get(request.args.get("from", 0, int))
    after = by_n.get(request.args.get("to", 0, int))
    if before is None or after is None:
        abort(404, "Versi itu tidak ada. Pilih dua versi dari daftar.")
    kind = kinds.kind(document.kind)
    changes = differences.between(kind, before.content, after.content)
    return htmx.show(
        PAGE,
        FRAGMENT,
        case=case,
        document=document,
        kind=kind,
        changes=changes,
        before=before,
        after=after,
        versions=document.versions,
    )
