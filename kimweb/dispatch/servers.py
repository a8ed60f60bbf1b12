"""Which mail server the office hands its mail to, read from SMTP_URL."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

PLAIN = "smtp"
STARTTLS = "smtp+starttls"
TLS = "smtps"
PORTS = {PLAIN: 25, STARTTLS: 587, TLS: 465}


class ServerError(Exception):
    """SMTP_URL does not name a usable mail server; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server; `scheme` is one of PORTS, `user` is empty where nobody has to log in."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""

    @property
    def is_here(self) -> bool:
        """Whether the server runs on this very machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read(url: str) -> Server:
    """Read smtp://, smtp+starttls:// or smtps://, then [user:password@]host[:port]."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ServerError(
            "SMTP_URL harus berbentuk smtp://, smtp+starttls:// atau smtps://, lalu "
            "[pengguna:sandi@]server[:port]."
        )
    server = Server(
        scheme=parts.scheme,
        host=parts.hostname,
        port=_port(url) or PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
    if server.user and server.scheme == PLAIN and not server.is_here:
        raise ServerError(
            "SMTP_URL memuat kata sandi tanpa enkripsi. Pakai smtp+starttls:// atau smtps://."
        )
    return server


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError as error:
        raise ServerError("Port pada SMTP_URL harus angka dari 1 sampai 65535.") from error
