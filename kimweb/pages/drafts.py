"""Saving by itself what is being typed, some moments after the last key."""

from __future__ import annotations

from flask import Blueprint, Response

from kimweb import db
from kimweb.documents import kinds
from kimweb.pages import editing, htmx, papers
from kimweb.pages.documents import find, writable, write

bp = Blueprint("drafts", __name__, url_prefix="/cases/<int:case_id>/documents/<int:document_id>")

PAGE = "documents/_autosaved.html"


@bp.post("/drafts")
def save(case_id: int, document_id: int) -> Response:
    """Save every field that can be read; answer with what the form does not know yet.

    That is the edit it now stands on, texts that others saved in fields left alone here, and both
    texts of a field that was changed on both sides. A half-typed date waits for its rest.
    """
    case, document = find(case_id, document_id)
    kind = kinds.kind(document.kind)
    typed = editing.typed_into(kind)
    values, errors = kinds.read(kind, typed)
    with db.writing() as session:
        undecided = write(session, writable(session, case_id, document_id), values)
    case, document = find(case_id, document_id)
    standing = {name: document.fields.get(name) for name in values}
    answer = htmx.show(
        PAGE,
        case=case,
        document=document,
        kind=kind,
        errors=errors,
        answered=values,
        # What others wrote meanwhile, in fields that were left alone here.
        fresh=[n for n, v in values.items() if n not in undecided and not _same(v, standing[n])],
        notes=papers.of_document(db.session(), document).notes,
        form=editing.form(db.session(), document, typed),
    )
    # What was missing may be there now.
    answer.headers["HX-Trigger"] = "work-saved"
    return answer


def _same(one: object, other: object) -> bool:
    return (one or "") == (other or "")
