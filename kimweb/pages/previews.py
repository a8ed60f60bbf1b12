"""The page of a letter while it is being written: what stands on the screen, kept nowhere."""

from __future__ import annotations

import base64
from typing import Any

from flask import Blueprint, Response, request

from kimweb import db
from kimweb.documents import contents, files, kinds, rendering
from kimweb.documents.kinds import FormError
from kimweb.documents.rendering import RenderingError
from kimweb.pages import htmx
from kimweb.pages.documents import find
from kimweb.pages.editing import typed_into

bp = Blueprint("previews", __name__, url_prefix="/cases/<int:case_id>/documents/<int:document_id>")
bp.add_app_template_filter(lambda data: base64.b64encode(data).decode(), "base64")

PAGE = "documents/_typed.html"
OLD_PAGE = "Halaman ini belum mengikuti ketikan: perbaiki dahulu isian yang bertanda."


@bp.post("/previews")
def create(case_id: int, document_id: int) -> Response:
    """Answer with a page of what is typed; when it cannot be set, with sentences and no page.

    A half-typed date is no failure: the answer is 200 and the last picture stays.
    """
    case, document = find(case_id, document_id)
    kind = kinds.kind(document.kind)
    here: dict[str, Any] = {"case": case, "document": document, "kind": kind, "errors": {}}
    try:
        content = contents.draft(db.session(), document, kinds.parse(kind, typed_into(kind)))
        several = request.form.get("pages", 1, int) > 1
        picture = rendering.preview(
            kind.key, files.illustrated(content), _page(), several_pages=several
        )
    except FormError as wrong:
        return _stuck(OLD_PAGE, here | {"errors": wrong.errors})
    except RenderingError as failure:
        return _stuck(str(failure), here)
    return htmx.show(PAGE, **here, picture=picture)


def _stuck(sentence: str, context: dict[str, Any]) -> Response:
    response = htmx.show(PAGE, **context, stuck=sentence)
    response.headers["HX-Reswap"] = "none"
    return response


def _page() -> int:
    turned = request.form.get("turn", type=int)
    return turned or request.form.get("page", 1, int)
