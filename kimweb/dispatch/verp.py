"""VERP, the return path of each mail: where its bounce goes, and which mail that bounce is about.

The address carries the message's number and a last day, signed with the office's secret
over the recipient's address too. A bounce that nobody could have made up, that is not old, and
that is about the address in use: only then does a letter count as returned.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import date, timedelta

from kimweb.dispatch import sender
from kimweb.dispatch.models import Message

VALID_DAYS = 14
# Local parts are folded to lower case on their way, and hold 64 letters (RFC 5321, 4.5.3.1.1).
_TOKEN = re.compile(r"\+(?P<id>\d{1,18})-(?P<day>\d{6})-(?P<mac>[a-z2-7]{20})@", re.IGNORECASE)
_MAC_BYTES = 12


@dataclass(frozen=True, slots=True)
class Token:
    """What a return path says: which message, and the last day on which it is believed."""

    message_id: int
    last_day: date
    mac: str


def path(message: Message, today: date) -> str:
    """Return the envelope sender of `message`: MAIL_RETURN with a token, else the office's own."""
    address = sender.office().mail_return
    if not address:
        return sender.address().addr_spec
    local, _, domain = address.partition("@")
    last_day = f"{today + timedelta(days=VALID_DAYS):%y%m%d}"
    return f"{local}+{message.id}-{last_day}-{_mac(message, last_day)}@{domain}"


def read(address: str) -> Token | None:
    """Return the token in an address that a bounce was sent to, None when it has none."""
    found = _TOKEN.search(address)
    if found is None:
        return None
    day = found["day"]
    try:
        last_day = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        return None
    return Token(int(found["id"]), last_day, found["mac"].lower())


def is_genuine(token: Token, message: Message) -> bool:
    """Tell whether this office made the token, for the address that the message has now."""
    return hmac.compare_digest(token.mac, _mac(message, f"{token.last_day:%y%m%d}"))


def _mac(message: Message, last_day: str) -> str:
    said = f"return:{message.id}:{last_day}:{message.to_email}".encode()
    digest = hmac.digest(sender.office().secret_key.encode(), said, hashlib.sha256)
    return base64.b32encode(digest[:_MAC_BYTES]).decode().rstrip("=").lower()
