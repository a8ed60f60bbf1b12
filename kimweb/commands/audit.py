"""`flask audit ...`: check the chain of evidence, and take it outside."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask import current_app

from config.settings import Settings
from kimweb import db
from kimweb.audit import chain, verify
from kimweb.audit.models import Entry
from kimweb.documents import signatures
from kimweb.documents.signing import witness
from kimweb.evidence import checkpoints, examining


@click.group("audit", help="Memeriksa jejak audit.")
def group() -> None:
    """The group registered on the Flask command line."""


@group.command("verify", help="Memeriksa jejak audit terhadap titik periksa.")
@click.option(
    "--checkpoints",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder titik periksa; bawaannya di folder data.",
)
@click.option("--key", "keys", multiple=True, help="Kunci umum sebelumnya, bila pernah diganti.")
def check(folder: Path | None, keys: tuple[str, ...]) -> None:
    """Check every entry and checkpoint; exit 1 when the chain was tampered with."""
    office: Settings = current_app.config["OFFICE"]
    where = folder or office.data_dir / checkpoints.FOLDER
    checked = examining.check(db.session(), where, keys)
    for line in verify.report(checked):
        click.echo(line)
    if checked.findings:
        raise SystemExit(1)


@group.command("export", help="Menulis jejak audit sebagai baris JSON, untuk diperiksa di luar.")
def export() -> None:
    """Print every entry as one JSON object a line, as the stand-alone verifier reads it."""
    for entry in examining.entries(db.session()):
        click.echo(json.dumps(entry, ensure_ascii=False))


@group.command("key", help="Menampilkan kunci umum titik periksa kantor ini.")
def key() -> None:
    """Print the key that checkpoints are checked with, to be kept outside."""
    click.echo(witness.public_key(signatures.folder()))


@group.command("erase", help="Menghapus rincian satu catatan; urutan jejak tetap utuh.")
@click.argument("seq", type=int)
def erase(seq: int) -> None:
    """Take personal data out of one entry (UU 27/2022)."""
    with db.writing() as session:
        if session.get(Entry, seq) is None:
            raise click.ClickException(f"Tidak ada catatan nomor {seq}.")
        chain.erase(session, seq)
    click.echo(f"Rincian catatan nomor {seq} dihapus.")
