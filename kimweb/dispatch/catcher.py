"""The mailbox of an office without a mail server: it takes every mail and keeps it in a Maildir.

It answers SMTP on the address of SMTP_URL, so that everything else is as with a real server.
"""

from __future__ import annotations

import asyncio
import mailbox
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import islice
from pathlib import Path
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from config.settings import Settings, load
from kimweb.dispatch import servers
from kimweb.dispatch.servers import PLAIN, Server

HOSTNAME = "kotak-surat.contoh"
SIZE_LIMIT = 50 * 1024 * 1024
HEAD_BYTES = 8192
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Caught:
    """A mail in the mailbox: its key there, whom it was handed over for, and itself."""

    key: str
    recipient: str
    mail: EmailMessage

    @property
    def at(self) -> datetime | None:
        """When the mail was written, from its Date."""
        date = self.mail["Date"]
        return date.datetime if date else None


def folder(settings: Settings) -> Path:
    """Return where the caught mails lie."""
    return settings.mailbox_dir or settings.data_dir / "mailbox"


def is_in_use(settings: Settings) -> bool:
    """Tell whether this office's mail goes into the mailbox instead of out into the world."""
    server = servers.read(settings.smtp_url)
    is_catcher = settings.mailbox_dir is not None or server.is_here
    return is_catcher and server.scheme == PLAIN and (folder(settings) / "new").is_dir()


def main() -> None:
    """Run the mailbox of the office; as a program of its own it leaves the rest unloaded."""
    office = load()
    server, keep_in = servers.read(office.smtp_url), folder(office)
    print(f"Kotak surat lokal di {server.host}:{server.port}, disimpan di {keep_in}")  # noqa: T201
    serve(server, keep_in)


def serve(server: Server, keep_in: Path) -> None:
    """Take mail on `server` until stopped; a mail is on the disk before it is answered."""
    asyncio.run(_serve(server, keep_in))


async def _serve(server: Server, keep_in: Path) -> None:
    keeper = _Keeper(keep_in)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: SMTP(keeper, data_size_limit=SIZE_LIMIT, hostname=HOSTNAME),
        server.host,
        server.port,
    )
    async with listening:
        await listening.serve_forever()


class _Keeper:
    def __init__(self, folder: Path) -> None:
        # Maildir itself makes them only together with `folder`, which may be there already.
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._mailbox = mailbox.Maildir(folder)

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope
    ) -> str:
        recipient = ", ".join(envelope.rcpt_tos)
        content = cast("bytes", envelope.content)
        key = self._mailbox.add(f"Delivered-To: {recipient}\r\n".encode() + content)
        return f"250 2.0.0 tersimpan sebagai {key.partition('.')[0]}"


def caught(keep_in: Path, recipient: str = "") -> Sequence[Caught]:
    """Return the newest SHOWN mails whose recipient contains `recipient`, headers only."""
    box = mailbox.Maildir(keep_in, create=False)
    wanted = recipient.strip().lower()
    newest_first = sorted(box.iterkeys(), key=_arrival, reverse=True)
    heads = (_opened(key, _head(box, key)) for key in newest_first)
    return list(islice((mail for mail in heads if wanted in mail.recipient.lower()), SHOWN))


def open_mail(keep_in: Path, key: str) -> Caught | None:
    """Return one whole mail by its key, None when there is none."""
    box = mailbox.Maildir(keep_in, create=False)
    return _opened(key, box.get_bytes(key)) if key in box else None


def _head(box: mailbox.Maildir, key: str) -> bytes:
    with box.get_file(key) as file:
        return file.read(HEAD_BYTES)


def _arrival(key: str) -> tuple[int, ...]:
    """Read from a Maildir key when its mail came, to the microsecond."""
    return tuple(int(digits) for digits in re.findall(r"\d+", key)[:2])


def _opened(key: str, content: bytes) -> Caught:
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return Caught(key, mail["Delivered-To"] or "", mail)


if __name__ == "__main__":
    main()
