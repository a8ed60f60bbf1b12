"""`flask mail ...`: whether letters can leave, and the mailbox of an office without a server."""

from __future__ import annotations

from collections.abc import Iterator

import click

from config.settings import Settings
from kimweb.dispatch import addresses, catcher, inboxes, mailer, sender, servers
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.failures import SendingError
from kimweb.dispatch.inboxes import InboxError
from kimweb.dispatch.servers import PLAIN, ServerError


@click.group("mail", help="Memeriksa pengiriman surat elektronik.")
def group() -> None:
    """The group registered on the Flask command line."""


@group.command("catch", help="Menerima semua surat ke kotak surat lokal sampai dihentikan.")
def catch() -> None:
    """Listen at SMTP_URL and keep every mail in the local mailbox."""
    catcher.main()


@group.command("check", help="Memeriksa apakah pengaturan pengiriman surat berfungsi.")
def check() -> None:
    """Connect, log in and name the sender, without sending; exit 1 when that does not work."""
    try:
        for sentence in _findings():
            click.echo(sentence)
    except (ServerError, AddressError, SendingError, InboxError) as failure:
        raise click.ClickException(str(failure)) from failure


def _findings() -> Iterator[str]:
    office = sender.office()
    server = servers.read(office.smtp_url)
    address = sender.address()
    with mailer.Session(server, sender.host()) as line:
        reply = line.check(address.addr_spec)
    yield from [
        f"Server surat {server.host}:{server.port} dapat dipakai.",
        "Sambungan tidak dienkripsi." if server.scheme == PLAIN else "Sambungan dienkripsi.",
        f"Masuk sebagai {server.user}." if server.user else "Tanpa kata sandi.",
        f"Pengirim {address.addr_spec} diterima ({reply}).",
        *_remark(),
    ]
    yield from _returns(office)


def _returns(office: Settings) -> list[str]:
    """Say whether bounces find their way back, and open the mailbox where they arrive."""
    if not office.mail_return and not office.bounces_url:
        return ["Surat kembali tidak dibaca: MAIL_RETURN dan BOUNCES_URL belum diisi."]
    if not office.mail_return:
        raise InboxError("Isi juga MAIL_RETURN, alamat tujuan surat kembali.")
    if not office.bounces_url:
        raise InboxError("Isi juga BOUNCES_URL, kotak tempat surat kembali dibaca.")
    returned = addresses.email(office.mail_return)
    waiting: list[bytes] = []

    def leave(content: bytes) -> bool:
        waiting.append(content)
        return False

    inboxes.read(office.bounces_url, leave)
    return [
        f"Surat kembali ditujukan ke {returned.replace('@', '+...@')}.",
        f"Kotak surat kembali dapat dibaca; {len(waiting)} surat belum diproses.",
    ]


def _remark() -> list[str]:
    if catcher.is_in_use(sender.office()):
        return ["Perhatian: ini kotak surat lokal; surat tidak sampai ke luar kantor."]
    return []
