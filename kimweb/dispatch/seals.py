"""The files of a letter are looked at again before they leave: still what was signed, still valid.

The content is held against its hash, and a signed letter against its signature and the register.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from kimweb.dispatch.models import Message
from kimweb.documents import verification


class Broken(Exception):
    """A letter must not leave: its file is not what was signed, or it is no longer in force."""


class Seals:
    """Remembers for one drain what it found: the bytes that leave are read only once, too."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._found: dict[str, str] = {}

    def check(self, session: Session, message: Message) -> None:
        """Raise Broken, or StoreError, unless every file of a signed letter is fit to leave."""
        if message.document_id is None:
            return
        for part in message.attachments:
            sha = part["sha256"]
            if sha not in self._found:
                self._found[sha] = self._look(session, sha)
            if reason := self._found[sha]:
                raise Broken(reason)

    def _look(self, session: Session, sha: str) -> str:
        verdict, _ = verification.judge(session, self._read(sha), None)
        is_fit = verdict in (verification.GENUINE, verification.SCAN)
        return "" if is_fit else f"{verdict.title}. {verdict.text}"
