"""`flask mail ...`: whether letters can leave, and the mailbox of an office without a server."""

from __future__ import annotations

import click

from kimweb.dispatch import catcher, mailer, sender, servers
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.failures import SendingError
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
    except (ServerError, AddressError, SendingError) as failure:
        raise click.ClickException(str(failure)) from failure


def _findings() -> list[str]:
    office = sender.office()
    server = servers.read(office.smtp_url)
    address = sender.address()
    with mailer.Session(server, sender.host()) as line:
        reply = line.check(address.addr_spec)
    return [
        f"Server surat {server.host}:{server.port} dapat dipakai.",
        "Sambungan tidak dienkripsi." if server.scheme == PLAIN else "Sambungan dienkripsi.",
        f"Masuk sebagai {server.user}." if server.user else "Tanpa kata sandi.",
        f"Pengirim {address.addr_spec} diterima ({reply}).",
        *_remark(),
    ]


def _remark() -> list[str]:
    if catcher.is_in_use(sender.office()):
        return ["Perhatian: ini kotak surat lokal; surat tidak sampai ke luar kantor."]
    return []
