"""BSrE Esign Client Service v2: the office's own gateway to the national certification office.

It is called over HTTP with Basic authentication and JSON. A time-out leaves open whether BSrE has
signed; asking again is harmless, because only a file that we keep becomes a letter.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from kimweb.documents.signing import SigningError, Words, WrongPassphrase

SIGN, STATUS = "/api/v2/sign/pdf", "/api/v2/user/check/status"
USABLE = "ISSUE"
PATIENCE_SECONDS = 20.0
LARGEST_ANSWER = 64 * 1024 * 1024
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_LATER = "Tidak ada yang tersimpan. Coba lagi beberapa menit lagi, atau tandatangani dengan pena."
_TELL = "Beri tahu administrator."
# Codes that the service gives beside HTTP's own.
_UNKNOWN_USER, _WRONG_PASSPHRASE = 2011, 2031
_STATES = {
    "NOT_REGISTERED": "Anda belum terdaftar di BSrE.",
    "NO_CERTIFICATE": "Anda belum mempunyai sertifikat BSrE.",
    "EXPIRED": "Sertifikat BSrE Anda sudah berakhir.",
    "REVOKE": "Sertifikat BSrE Anda sudah dicabut.",
    "SUSPEND": "Akun BSrE Anda sedang ditangguhkan.",
    "RENEW": "Sertifikat BSrE Anda harus diperbarui.",
    "NEW": "Akun BSrE Anda belum diaktifkan.",
    "WAITING_FOR_VERIFICATION": "Akun BSrE Anda masih menunggu verifikasi.",
}
_UNREADABLE: Final = "Jawaban layanan BSrE tidak dapat dibaca."


class _NoRedirects(HTTPRedirectHandler):
    """The passphrase goes to the address that the office wrote down, and nowhere else."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Service:
    """Where the office's Esign Client Service answers, and as whom the office calls it."""

    url: str
    user: str
    password: str = field(repr=False)
    patience: float = PATIENCE_SECONDS


@dataclass(frozen=True, slots=True)
class BsreSigner:
    """Signs at BSrE for the person with this e-mail address (`identity`)."""

    service: Service
    identity: str
    passphrase: str = field(repr=False)

    def check(self) -> None:
        """Raise SigningError unless BSrE says that this person can sign (status ISSUE)."""
        state = str(_call(self.service, STATUS, {"email": self.identity}).get("status", ""))
        if state != USABLE:
            raise SigningError(
                _STATES.get(state, "BSrE belum mengizinkan Anda menandatangani."), _TELL
            )

    def sign(self, pdf: bytes, words: Words) -> bytes:
        """Return `pdf` signed by BSrE; raises SigningError, WrongPassphrase."""
        self.check()
        about = {"tampilan": "INVISIBLE", "reason": words.reason, "location": words.location}
        asked = {
            "email": self.identity,
            "passphrase": self.passphrase,
            "signatureProperties": [about],
            "file": [base64.b64encode(pdf).decode()],
        }
        files = _call(self.service, SIGN, asked).get("file")
        try:
            return base64.b64decode(files[0], validate=True)  # type: ignore[index]
        except (TypeError, IndexError, KeyError, binascii.Error):
            raise SigningError(_UNREADABLE, _LATER) from None


def _call(service: Service, path: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Post `asked` and return the answer; what was asked appears in no error and no log."""
    request = Request(  # noqa: S310 - _opener knows nothing but HTTP and HTTPS
        _safe(service.url) + path,
        json.dumps(asked).encode(),
        {"Content-Type": "application/json", "Authorization": _basic(service)},
    )
    try:
        with _opener().open(request, timeout=service.patience) as answer:
            body = answer.read(LARGEST_ANSWER)
    except HTTPError as refusal:
        raise _refused(refusal.code, refusal.read(LARGEST_ANSWER)) from None
    except (URLError, OSError, http.client.HTTPException):
        raise SigningError("Layanan BSrE tidak menjawab.", _LATER) from None
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SigningError(_UNREADABLE, _LATER)
    if found.get("error"):
        raise _refused(200, body)
    return found


def _refused(code: int, body: bytes) -> SigningError:
    """Turn HTTP status and the service's own code into the sentence for the signer."""
    try:
        own = json.loads(body).get("status_code")
    except (ValueError, AttributeError):
        own = None
    if own == _WRONG_PASSPHRASE:
        return WrongPassphrase(
            "Frasa sandi tidak cocok menurut BSrE. Naskah belum ditandatangani.", "Ketik lagi."
        )
    if own == _UNKNOWN_USER:
        return SigningError("Anda tidak terdaftar di BSrE.", _TELL)
    if code in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        return SigningError("Layanan BSrE menolak akun kantor ini.", _TELL)
    if code == http.HTTPStatus.TOO_MANY_REQUESTS:
        return SigningError("Layanan BSrE sedang terlalu sibuk.", _LATER)
    return SigningError("Layanan BSrE gagal menandatangani.", _LATER)


def _safe(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise SigningError("Alamat layanan BSrE harus memakai https.", _TELL)
    return url.rstrip("/")


def _basic(service: Service) -> str:
    pair = f"{service.user}:{service.password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def _opener() -> OpenerDirector:
    return build_opener(ProxyHandler({}), HTTPHandler(), HTTPSHandler(), _NoRedirects())
