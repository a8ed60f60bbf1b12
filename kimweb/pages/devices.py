"""Devices on which somebody has logged in: a signed cookie that names them and opens nothing."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TypeVar

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from kimweb.people.models import Person

Answer = TypeVar("Answer", bound=Response)

_KEPT = timedelta(days=180)


def known(username: str) -> str | None:
    """Return this device's token where the account with this name has been used on it before."""
    try:
        name, token = _serializer().loads(
            request.cookies.get(_name(), ""), max_age=int(_KEPT.total_seconds())
        )
    except (BadSignature, ValueError):
        return None
    return str(token) if name == username.strip().lower() else None


def remember(answer: Answer, person: Person) -> Answer:
    """Let the device keep that this person has logged in on it."""
    token = known(person.username) or secrets.token_hex(16)
    answer.set_cookie(
        _name(),
        _serializer().dumps([person.username, token]),
        max_age=_KEPT,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return answer


def _name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="device")
