"""Filling in a form as a browser does: open the page, take its token, send the fields."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

HTMX = {"HX-Request": "true"}


def send(
    client: FlaskClient,
    page: str,
    action: str | None = None,
    *,
    htmx: bool = False,
    **fields: object,
) -> TestResponse:
    """Open `page`, then send `fields` to `action` (by default the page itself) with its token."""
    opened = client.get(page)
    found = re.search(r'name="csrf_token" value="([^"]+)"', opened.text)
    assert found, f"{page} has no form"
    data = {"csrf_token": found[1], **fields}
    return client.post(action or page, data=data, headers=HTMX if htmx else {})


def words(answer: TestResponse) -> str:
    """Return what a reader sees of a page, without tags and line breaks."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
