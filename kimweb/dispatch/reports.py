"""Reading what came back by mail: a delivery status notification (RFC 3464), or something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default

FAILED, DELIVERED = "failed", "delivered"
_SENT_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_LONGEST = 500

WORDS = {
    "1.1": "alamat tidak dikenal di server penerima",
    "1.2": "server penerima tidak ditemukan",
    "1.3": "alamat tidak benar",
    "1.6": "penerima sudah pindah",
    "2.0": "kotak surat bermasalah",
    "2.1": "kotak surat tidak dipakai lagi",
    "2.2": "kotak surat penuh",
    "2.3": "surat terlalu besar untuk kotak penerima",
    "3.4": "surat terlalu besar",
    "4.1": "server penerima tidak menjawab",
    "4.4": "server penerima tidak ditemukan",
    "4.7": "server penerima tidak menjawab berhari-hari",
    "7.1": "ditolak aturan server penerima",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a server says became of a mail: `action` of RFC 3464, enhanced code, its own words."""

    action: str
    status: str
    diagnostic: str

    @property
    def words(self) -> str:
        """What the code means, in Indonesian, with code and diagnostic behind it."""
        meaning = WORDS.get(self.status[2:], "tidak dapat diserahkan kepada penerima")
        return f"Surat kembali: {meaning} ({self.status}). {self.diagnostic}".strip()


def opened(content: bytes) -> EmailMessage:
    """Return a mail that came, whatever it is."""
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def addresses(mail: EmailMessage) -> Iterator[str]:
    """Yield what stands in the headers that say whom the mail was for."""
    for name in _SENT_TO:
        yield from map(str, mail.get_all(name, ()))


def read(mail: EmailMessage) -> Report | None:
    """Return what `mail` reports; None when it is no such report: an answer, an auto-reply."""
    if mail.get_content_type() != "multipart/report":
        return None
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            for block in _blocks(part):
                if block.get("Action"):
                    return _report(block)
    return None


def _blocks(part: Message) -> list[Message]:
    blocks = part.get_payload()
    return [block for block in blocks if isinstance(block, Message)] if blocks else []


def _report(block: Message) -> Report:
    status = _STATUS.search(str(block.get("Status", "")))
    diagnostic = str(block.get("Diagnostic-Code", "")).partition(";")[2]
    return Report(
        action=str(block["Action"]).strip().lower(),
        status=status[0] if status else "5.0.0",
        diagnostic=" ".join(diagnostic.split())[:_LONGEST],
    )
