"""Who sends: the address, the host and the secret that every mail of the office carries."""

from __future__ import annotations

import hmac
from email.headerregistry import Address
from email.utils import parseaddr
from functools import cache
from urllib.parse import urlsplit

from flask import current_app

from config.settings import Settings
from kimweb.dispatch.addresses import AddressError


def office() -> Settings:
    """Return the settings of the office that sends."""
    settings = current_app.config["OFFICE"]
    assert isinstance(settings, Settings)
    return settings


def address() -> Address:
    """Return the From address from MAIL_FROM: "Name <a@b>" or "a@b", else AddressError."""
    name, spec = parseaddr(office().mail_from)
    if "@" not in spec:
        raise AddressError(f"MAIL_FROM “{office().mail_from}” bukan alamat pos-el.")
    return Address(name, addr_spec=spec)


def host() -> str:
    """Return the host of BASE_URL, the name under which this office speaks SMTP."""
    return _host_in(office().base_url)


@cache
def _host_in(url: str) -> str:
    name = urlsplit(url).hostname or "localhost"
    return f"[{name}]" if ":" in name else name


def link(path: str) -> str:
    """Return the full address of the page at `path`, for letters."""
    return f"{office().base_url}{path}"


def message_id(key: str) -> str:
    """Return the Message-ID of the message with `key`: the same at every attempt (RFC 5322, 3.6.4).

    A receiver that sees a message twice can recognise it; nobody without the secret can guess
    the Message-ID of another letter.
    """
    settings = office()
    digest = hmac.digest(settings.secret_key.encode(), key.encode(), "sha256").hex()
    return f"<{digest[:32]}@{_host_in(settings.base_url)}>"
