"""A letter by WhatsApp: the words and the address; a person sends them together with the PDF."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy.orm import Session

from kimweb.dispatch import letters, recipients
from kimweb.dispatch.models import Recipient
from kimweb.documents.models import Addressee, Document

# Telephone numbers without a country are Indonesian.
COUNTRY = "62"
FEWEST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Chat:
    """What is sent to whom; `link` opens WhatsApp with the words, empty without a number."""

    words: str
    link: str
    recipient: Recipient | None


def chat(session: Session, document: Document, to: Addressee) -> Chat:
    """Return the chat for one recipient; the number is the one in the address book today."""
    known = recipients.get(session, to.recipient_id) if to.recipient_id else None
    digits = number(known.phone) if known else ""
    words = letters.whatsapp(document, to)
    link = f"https://wa.me/{digits}?text={quote(words, safe='')}" if digits else ""
    return Chat(words, link, known)


def number(phone: str) -> str:
    """Return a telephone number as wa.me takes it, "6281234567890"; empty when it is none."""
    digits = re.sub(r"\D", "", phone)
    if digits.startswith("0"):
        digits = f"{COUNTRY}{digits[1:]}"
    return digits if len(digits) >= FEWEST_DIGITS else ""
