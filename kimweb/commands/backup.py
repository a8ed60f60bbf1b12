"""`flask backup ...`: the whole office in one file, checked, and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import current_app

from config.settings import Settings
from kimweb import clock, db
from kimweb.backups import keeping
from kimweb.backups.bundle import BackupError, Manifest
from kimweb.backups.sealing import SealError

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_IDENTITY = click.option(
    "--identity", type=_FILE, help="Berkas kunci age untuk membuka cadangan yang disandikan."
)


@click.group("backup", help="Membuat, memeriksa, dan memulihkan cadangan.")
def group() -> None:
    """The group registered on the Flask command line."""


@group.command("create", help="Membuat cadangan seluruh data ke dalam satu berkas.")
def create() -> None:
    """Write a backup into BACKUP_DIR, else into `backups` of the data folder, and check it."""
    office = _office()
    folder = office.backup_dir or office.data_dir / "backups"
    with _refusals_in_words():
        file, manifest = keeping.create(
            db.engine(), office.data_dir, folder, clock.now(), office.backup_recipient
        )
    click.echo(f"Cadangan dibuat: {file}")
    click.echo(_holdings(manifest))
    if not office.backup_recipient:
        click.echo(
            "Cadangan ini tidak disandikan, dan sertifikat tanda tangan tidak ikut. "
            "Isi BACKUP_RECIPIENT dengan kunci umum age untuk menyandikannya."
        )


@group.command("verify", help="Memeriksa setiap isi cadangan tanpa memulihkannya.")
@click.argument("file", type=_FILE)
@_IDENTITY
def verify(file: Path, identity: Path | None) -> None:
    """Check every hash and count; exit 1 with a sentence when the backup cannot be used."""
    with _refusals_in_words():
        manifest = keeping.verify(file, identity)
    click.echo("Cadangan utuh.")
    click.echo(_holdings(manifest))


@group.command("restore", help="Memulihkan cadangan ke kantor yang masih kosong.")
@click.argument("file", type=_FILE)
@_IDENTITY
def restore(file: Path, identity: Path | None) -> None:
    """Bring a backup into an empty database and data folder; mail waits for an administrator."""
    with _refusals_in_words():
        manifest = keeping.restore(file, identity, db.engine(), _office().data_dir, clock.now())
    click.echo("Cadangan dipulihkan.")
    click.echo(_holdings(manifest))
    click.echo(
        "Surat yang menunggu ditahan: administrator membukanya di halaman Kesehatan sistem "
        "setelah memastikan bahwa kantor yang lama tidak lagi mengirim."
    )


def _holdings(manifest: Manifest) -> str:
    rows = sum(manifest.tables.values())
    return (
        f"Dibuat {manifest.made_at}: {rows} baris dari {len(manifest.tables)} tabel, "
        f"{len(manifest.files)} berkas, susunan {manifest.revision}."
    )


@contextmanager
def _refusals_in_words() -> Iterator[None]:
    try:
        yield
    except (BackupError, SealError) as refusal:
        raise click.ClickException(str(refusal)) from refusal


def _office() -> Settings:
    settings: Settings = current_app.config["OFFICE"]
    return settings
