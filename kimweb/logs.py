"""Logs: one JSON object a line, with the request or task that it belongs to, and no secret.

What is known to be secret is taken out of the finished line, wherever it came from: a message, a
traceback, the address of a server. JSON keeps what strangers type from making lines of their own.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO
from urllib.parse import unquote, urlsplit

from config.settings import Settings

TAKEN_OUT = "***"
# Shorter ones would be found in the middle of ordinary words.
_SHORTEST = 6
_IN_ADDRESS = re.compile(r"(://)[^/@\s\"]+@")
_OURS = ("kimweb", "tasks")

_about: ContextVar[Mapping[str, object]] = ContextVar("about")
_typed: ContextVar[Callable[[], Collection[str]]] = ContextVar("typed")


def begin(typed: Callable[[], Collection[str]] = tuple, **words: object) -> None:
    """Let every line of this request or task carry `words`, and nothing that `typed` returns."""
    _about.set(words)
    _typed.set(typed)


def end() -> None:
    """Forget the request or task."""
    begin()


class Lines(logging.Formatter):
    """Makes one line of JSON of each record; `secrets` never stand in it."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        told: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_about.get({}),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return self._clean(json.dumps(told, ensure_ascii=False, default=str))

    def _clean(self, line: str) -> str:
        for secret in (*self._secrets, *_typed.get(tuple)()):
            if len(secret) >= _SHORTEST:
                line = line.replace(json.dumps(secret, ensure_ascii=False)[1:-1], TAKEN_OUT)
        return _IN_ADDRESS.sub(rf"\1{TAKEN_OUT}@", line)


class _Error(logging.StreamHandler[TextIO]):
    """Writes to whatever is the error output at that time."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def configure(settings: Settings) -> None:
    """Let this process write its logs as lines of JSON to the error output."""
    handler = _Error()
    handler.setFormatter(Lines(secrets_of(settings)))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)


def secrets_of(settings: Settings) -> frozenset[str]:
    """Return what `settings` hold that nobody may read in a log."""
    addresses = (
        settings.smtp_url,
        settings.redis_url,
        settings.database_url,
        settings.bounces_url,
    )
    given = (urlsplit(address).password or "" for address in addresses)
    own = (
        settings.secret_key,
        settings.bsre_password,
        settings.metrics_token,
        settings.oidc_client_secret,
    )
    return frozenset(word for secret in (*given, *own) for word in (secret, unquote(secret)))
