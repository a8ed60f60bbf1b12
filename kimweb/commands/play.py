"""`flask play`: whole cases through the same moves as the pages, to see the office run."""

from __future__ import annotations

import time

import click

from kimweb.commands.player import Player
from kimweb.dispatch import mailer, sender, servers
from kimweb.dispatch.failures import SendingError
from kimweb.documents import regions
from kimweb.sop import shelf


@click.command("play", help="Memainkan kegiatan dari perintah sampai arsip, dengan pengembalian.")
@click.option("--cases", default=1, show_default=True, help="Banyaknya kegiatan.")
def play(cases: int) -> None:
    """Play `cases` whole cases, each with one return at every step that can return work.

    Prints cases and moves per second of wall time, PDFs and mail included.
    """
    by_courier = not _mail_server_answers()
    if by_courier:
        click.echo("Server surat tidak menjawab; surat dianggap diantar caraka.")
    player, moved, began = Player(by_courier=by_courier), 0, time.perf_counter()
    villages = [v for district in regions.districts() for v in regions.villages(district.code)]
    with click.progressbar(range(cases), label="Kegiatan") as numbers:
        for n in numbers:
            village = villages[n % len(villages)]
            moved += play_one(player, f"Pembentukan KIM {village.title}", village.code)
    seconds = time.perf_counter() - began
    click.echo(f"{cases} kegiatan, {moved} langkah dalam {seconds:.1f} detik")
    click.echo(f"{cases / seconds:.2f} kegiatan/detik, {moved / seconds:.1f} langkah/detik")


def play_one(player: Player, subject: str, village: str) -> int:
    """Play one case to its end, sending it back once wherever the SOP prints a decision."""
    case_id, moved = player.open(subject, village), 0
    for step in shelf.sop().steps:
        if step.decision and step.default_return:
            moved += player.play(case_id, until=step.number) + 1
            player.send_back(case_id, to=step.default_return.to)
    return moved + player.play(case_id)


def _mail_server_answers() -> bool:
    server = servers.read(sender.office().smtp_url)
    try:
        with mailer.Session(server, sender.host()) as line:
            line.check(sender.address().addr_spec)
    except SendingError:
        return False
    return True
