"""How sending can fail, and what a server's reply or a broken line means, in words for people."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl

_ENHANCED = re.compile(r"([245])\.\d{1,3}\.\d{1,3}\b")
# "Unable to route": the name service's trouble, not the recipient's.
_PASSING = ("5.4.4",)
# Security or policy: the recipient's own, or a relay that no longer takes anything from us.
_POLICY = "5.7."
_NOT_LOGGED_IN = (530, 535)


class SendingError(Exception):
    """A message that did not go out as it should; `reply` says why, for people to read."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class TryLater(SendingError):
    """Certainly not accepted; the same message may go out later."""


class LineDown(TryLater):
    """The mail server itself cannot be reached or lets nobody in; no message will pass now."""


class Doubtful(TryLater):
    """Certainly not accepted, and either this message or the whole channel is to blame.

    `barred` when the server gave reasons of policy (5.7.x) and will hardly change its mind.
    """

    def __init__(self, reply: str, *, barred: bool = False) -> None:
        super().__init__(reply)
        self.barred = barred


class Refused(SendingError):
    """Certainly not accepted, and trying again would not help."""


class Unknown(SendingError):
    """The final dot was sent and no answer came: nobody knows whether the letter arrived."""


def judged(code: int, text: bytes) -> TryLater | Refused:
    """Return what a reply of 4xx or 5xx means; the enhanced code, where given, is more exact.

    RFC 5321, 4.2.1 for the basic codes, RFC 3463 for the enhanced ones.
    """
    words = text.decode("utf-8", "replace")
    if words.startswith(_POLICY):
        return Doubtful(spoken(code, text), barred=True)
    enhanced = _ENHANCED.match(words)
    kind = enhanced[1] if enhanced else str(code)[0]
    final = kind == "5" and not words.startswith(_PASSING)
    return (Refused if final else TryLater)(spoken(code, text))


def shuts_us_out(code: int, text: bytes) -> bool:
    """Tell whether the answer to MAIL is about the office itself, whomever the letter is for."""
    return code in _NOT_LOGGED_IN or text.decode("utf-8", "replace").startswith(_POLICY)


def spoken(code: int, text: bytes) -> str:
    """Return a server's reply as it is kept and shown."""
    return f"{code} {text.decode('utf-8', 'replace')}"


def reason(failure: Exception) -> str:
    """Return in Indonesian why the line to a mail server broke or could not be opened."""
    if isinstance(failure, smtplib.SMTPResponseException):
        return _answered(failure)
    # smtplib hides a silence or a broken line behind "disconnected"; what happened stands below.
    below = failure.__context__
    cause = below if isinstance(below, OSError) else failure
    for kind, words in _WORDS:
        if isinstance(cause, kind):
            return words
    return f"gangguan sambungan ({failure})"


def _answered(failure: smtplib.SMTPResponseException) -> str:
    error = failure.smtp_error
    reply = spoken(failure.smtp_code, error if isinstance(error, bytes) else error.encode())
    if isinstance(failure, smtplib.SMTPAuthenticationError):
        return f"pengguna atau kata sandi ditolak ({reply})"
    return f"dijawab {reply}"


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (
        smtplib.SMTPNotSupportedError,
        "server tidak menawarkan STARTTLS atau cara masuk ini",
    ),
    (smtplib.SMTPServerDisconnected, "server memutus sambungan"),
    (ssl.SSLCertVerificationError, "sertifikat server tidak dapat dipercaya"),
    (ssl.SSLError, "sambungan terenkripsi gagal dibuat"),
    (TimeoutError, "server tidak menjawab"),
    (socket.gaierror, "nama server tidak ditemukan"),
    (ConnectionRefusedError, "sambungan ditolak; tidak ada server surat di alamat itu"),
    (ConnectionError, "server memutus sambungan"),
)
