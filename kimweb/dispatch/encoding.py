"""A mail as the bytes that SMTP carries, the same bytes at every attempt.

An attachment is read, checked and encoded once and then shared by every recipient of the letter:
encoding it again for each takes half of the sending time. Headers are folded and checked by the
standard library; the parts are joined here (RFC 2045, RFC 2046).
"""

from __future__ import annotations

import binascii
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from typing import NamedTuple

KEPT_BYTES = 64 * 1024 * 1024
# Every byte on the line is ASCII, so no server needs 8BITMIME.
_POLICY = SMTP.clone(cte_type="7bit")


class Attachment(NamedTuple):
    """A stored file as the recipient sees it: file name, SHA-256 in hex, media type."""

    name: str
    sha256: str
    type: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one recipient; `automatic` says that no person wrote it (RFC 3834)."""

    sender: Address
    to: Address
    subject: str
    text: str
    html: str
    message_id: str
    dated_at: datetime
    automatic: bool = False
    attachments: tuple[Attachment, ...] = ()


class Encoder:
    """Encodes mails; `read` returns a stored file's bytes by SHA-256, or raises if they changed."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._kept: OrderedDict[Attachment, bytes] = OrderedDict()
        self._kept_bytes = 0

    def encode(self, mail: Mail) -> bytes:
        """Return the whole message with CRLF line ends, ending in one."""
        boundary = f"=_{hashlib.sha256(mail.message_id.encode()).hexdigest()[:40]}"
        words = [_words("plain", mail.text), _words("html", mail.html)]
        content = _multipart("alternative", words, f"{boundary}_")
        if mail.attachments:
            parts = [content, *(self._encoded(each) for each in mail.attachments)]
            content = _multipart("mixed", parts, boundary)
        return _headers(mail) + content

    def _encoded(self, attachment: Attachment) -> bytes:
        if attachment in self._kept:
            self._kept.move_to_end(attachment)
            return self._kept[attachment]
        part = EmailMessage(_POLICY)
        maintype, _, subtype = attachment.type.partition("/")
        part.set_content(
            self._read(attachment.sha256),
            maintype=maintype,
            subtype=subtype,
            filename=attachment.name,
        )
        del part["MIME-Version"]
        encoded = part.as_bytes()
        self._keep(attachment, encoded)
        return encoded

    def _keep(self, attachment: Attachment, encoded: bytes) -> None:
        self._kept[attachment] = encoded
        self._kept_bytes += len(encoded)
        while self._kept_bytes > KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)


def _headers(mail: Mail) -> bytes:
    headers = {
        "From": str(mail.sender),
        "To": str(mail.to),
        "Subject": mail.subject,
        "Date": format_datetime(mail.dated_at),
        "MIME-Version": "1.0",
    }
    if mail.automatic:
        headers["Auto-Submitted"] = "auto-generated"
    # Ours and short: it needs no folding, and it is another one each time.
    if not mail.message_id.isprintable():
        raise ValueError("a Message-ID must not contain linefeed characters")
    own = f"Message-ID: {mail.message_id}\r\n".encode("ascii")
    return own + b"".join(_header(name, value) for name, value in headers.items())


@lru_cache(maxsize=256)
def _header(name: str, value: str) -> bytes:
    """Fold one header; the standard library refuses a line break in it with ValueError.

    Most headers of a letter are the same for all its recipients, and folding is slow.
    """
    return _POLICY.fold_binary(*_POLICY.header_store_parse(name, value))


def _words(subtype: str, words: str) -> bytes:
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: "
    lines = words.replace("\r\n", "\n").replace("\n", "\r\n")
    return f"{head}quoted-printable\r\n\r\n".encode() + binascii.b2a_qp(lines.encode())


def _multipart(subtype: str, parts: list[bytes], boundary: str) -> bytes:
    mark = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
