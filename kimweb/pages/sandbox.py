"""Showing the HTML of a mail: in a frame that can neither run nor fetch anything."""

from __future__ import annotations

from flask import Response

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


def framed(html: str) -> Response:
    """Answer with the HTML of a mail for an iframe of one of our own pages."""
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    return response
