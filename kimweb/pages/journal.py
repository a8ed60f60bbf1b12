"""What is written down of each request, and counted for the monitor."""

from __future__ import annotations

import logging
import secrets
import time
from http import HTTPStatus

from flask import Flask, Response, g, has_request_context, request

from kimweb import logs
from kimweb.pages.errors import SECRETS
from kimweb.pages.tally import ANSWERS, SECONDS, tally

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Begin the journal of each request before anything else sees it."""
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.after_request(_write)
    app.teardown_request(lambda _error: logs.end())


def _begin() -> None:
    g.began, g.request_id = time.perf_counter(), secrets.token_hex(4)
    # The pattern of the address and not the address: some addresses are themselves secret.
    rule = request.url_rule.rule if request.url_rule else None
    logs.begin(_typed, request=g.request_id, method=request.method, rule=rule)


def _typed() -> list[str]:
    """What was typed into fields for secrets, as far as somebody has asked for the form at all."""
    form = request.__dict__.get("form", {}) if has_request_context() else {}
    return [form[name] for name in SECRETS if name in form]


def _write(response: Response) -> Response:
    took = time.perf_counter() - g.began
    kind = f"{response.status_code // 100}xx"
    tally.add(ANSWERS[kind], 1)
    tally.add(SECONDS[kind], took)
    response.headers["X-Request-Id"] = g.request_id
    is_refused = response.status_code >= HTTPStatus.BAD_REQUEST
    if request.method == "POST" or is_refused:
        log.log(
            logging.WARNING if is_refused else logging.INFO,
            "answered",
            extra={
                "facts": {
                    "status": response.status_code,
                    "ms": round(took * 1000),
                    "of": {k: v for k, v in (request.view_args or {}).items() if k.endswith("_id")},
                    "from": request.remote_addr,
                }
            },
        )
    return response
