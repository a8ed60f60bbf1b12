"""What the office must be able to read again, kept so that a copy of the rows alone tells nothing.

Sealed by Fernet (AES-128-CBC and HMAC-SHA256) with a key derived from SECRET_KEY (RFC 5869).
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class NotOurs(Exception):
    """What is to be opened was not sealed by this office for this purpose, or long ago."""


class Vault:
    """Seals and opens for one `purpose`: what was sealed for another is not opened."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(secret_key.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, words: str, at: int) -> str:
        """Return `words` sealed; `at` is the time in seconds since 1970."""
        return self._fernet.encrypt_at_time(words.encode(), at).decode()

    def open(self, sealed: str) -> str:
        """Return what was sealed; raises NotOurs."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise NotOurs from None

    def open_fresh(self, sealed: str, at: int, ttl: int) -> str:
        """Return what was sealed at most `ttl` seconds before `at`; raises NotOurs."""
        try:
            return self._fernet.decrypt_at_time(sealed.encode(), ttl=ttl, current_time=at).decode()
        except InvalidToken:
            raise NotOurs from None
