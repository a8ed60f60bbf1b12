"""How a page answers: whole for a plain request, in fragments for htmx.

A fragment is a template of its own whose root element carries an id. A page includes it, an
answer to htmx sends the same file again: the first fragment goes where the element that asked
points to, the others find their place by that id.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import Response, get_flashed_messages, make_response, redirect, render_template, request
from jinja2.utils import htmlsafe_json_dumps
from werkzeug.wrappers import Response as AnyResponse

CONFIG = htmlsafe_json_dumps(
    {
        "allowEval": False,
        # Not "morph": an element that left the page while its answer was on the way has lost the
        # extension of <body>, and htmx would look for it for ever.
        "defaultSwapStyle": "outerHTML",
        "historyCacheSize": 0,
        "includeIndicatorStyles": False,
        "refreshOnHistoryMiss": True,
        "selfRequestsOnly": True,
        "responseHandling": [
            {"code": "204|304", "swap": False},
            {"code": "[23]..", "swap": True},
            # A refusal is an answer: its page says why, and keeps what was typed.
            {"code": "409|422", "swap": True},
            {"code": "...", "swap": False, "error": True},
        ],
    }
)
_ROOT = re.compile(r"<[a-z][a-z0-9]*\b")


def wanted() -> bool:
    """Tell whether htmx asks for fragments; going back in history needs the whole page."""
    return request.headers.get("HX-Request") == "true" and not request.headers.get(
        "HX-History-Restore-Request"
    )


def show(page: str, /, *fragments: str, status: int = 200, **context: object) -> Response:
    """Answer with the whole `page`, or for htmx with `fragments` of it.

    Messages given to `flash` travel along with the fragments.
    """
    if not (fragments and wanted()):
        return make_response(render_template(page, **context), status)
    parts = [render_template(fragments[0], **context)]
    parts += [_out_of_band(render_template(name, **context)) for name in fragments[1:]]
    return make_response("\n".join(parts) + _messages(), status)


def answer(
    url: str, page: str, *fragments: str, status: int = 200, **context: object
) -> AnyResponse:
    """Answer a form that was accepted: htmx gets the fragments, a plain browser is led to `url`."""
    return show(page, *fragments, status=status, **context) if wanted() else redirect(url, 303)


def go(url: str) -> AnyResponse:
    """Lead the browser to `url`, whether htmx or a plain form asked."""
    if not wanted():
        return redirect(url, 303)
    return Response(status=204, headers={"HX-Redirect": url})


def same(tag: str) -> Response | None:
    """Return "nothing new" when the fragment on the screen already carries `tag`, else None.

    The fragment sends its tag back itself (If-None-Match in hx-headers), so the browser has to
    store nothing of the page.
    """
    return Response(status=304) if request.if_none_match.contains(tag) else None


def _messages() -> str:
    if not _pending():
        return ""
    return _out_of_band(render_template("shared/_flash.html"))


def _pending() -> Sequence[object]:
    # Flask keeps the messages of a request, so the template gets the same ones again.
    return get_flashed_messages(with_categories=True)


def _out_of_band(fragment: str) -> str:
    return _ROOT.sub(lambda root: f'{root[0]} hx-swap-oob="morph"', fragment, count=1)
