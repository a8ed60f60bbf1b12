"""Electronic signatures: the only package that touches a key, a passphrase or pyHanko.

A driver takes a finished PDF and gives it back signed. The passphrase lives in the driver, the
driver in one request; neither is ever stored, queued or logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

P12, PKCS11, BSRE = "p12", "pkcs11", "bsre"
MEANS = (P12, PKCS11, BSRE)
# A certificate that ends within a day is not begun with: the letter is checked for years.
LAST_MOMENT = timedelta(hours=24)


class SigningError(Exception):
    """Nothing was signed: what went wrong, and in `fix` what to do; both Indonesian sentences."""

    def __init__(self, text: str, fix: str = "") -> None:
        super().__init__(text)
        self.fix = fix


class WrongPassphrase(SigningError):
    """The passphrase or PIN does not open the key."""


@dataclass(frozen=True, slots=True)
class Words:
    """What readers show about a signature; its field stands beside the QR that links to `link`."""

    name: str
    reason: str
    location: str
    link: str


class Signer(Protocol):
    """Signs one PDF after another with the key of one person."""

    def sign(self, pdf: bytes, words: Words) -> bytes:
        """Return `pdf` certified against every later change; raises SigningError."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says of itself; `fingerprint` is the SHA-256 of its DER in hex."""

    fingerprint: str
    subject: str
    issuer: str
    valid_from: datetime
    valid_until: datetime


def against(valid_from: datetime | None, valid_until: datetime | None, now: datetime) -> str | None:
    """Return why a certificate with these limits must not be used at `now`; None when it may."""
    if valid_from is not None and now < valid_from:
        return "Sertifikat elektronik Anda belum mulai berlaku."
    if valid_until is not None and now >= valid_until:
        return "Sertifikat elektronik Anda sudah berakhir."
    if valid_until is not None and now > valid_until - LAST_MOMENT:
        return "Sertifikat elektronik Anda berakhir dalam 24 jam."
    return None
