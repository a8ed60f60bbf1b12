"""Making, checking and restoring the office's backups."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from kimweb import db
from kimweb.backups import bundle, schema, sealing, tables
from kimweb.backups.bundle import BackupError, Manifest
from kimweb.dispatch import channels
from kimweb.people import logins

NAME = "kimweb-%Y%m%dT%H%M%SZ.tar"
SEALED = ".age"
_RESTORED = (
    "Kantor ini dipulihkan dari cadangan. Pastikan kantor yang lama tidak lagi mengirim, "
    "lalu lanjutkan pengiriman."
)


def create(
    engine: Engine, data_dir: Path, folder: Path, now: datetime, recipient: str
) -> tuple[Path, Manifest]:
    """Put the office into a new file in `folder`; return the file and what it holds.

    With a `recipient` (an age public key) the file is sealed, and holds the certificates too:
    private keys never leave the machine in the open. The file appears when it is whole.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / (now.astimezone(UTC).strftime(NAME) + (SEALED if recipient else ""))
    with TemporaryDirectory(dir=folder, prefix=".new-") as scratch:
        plain, sealed = Path(scratch) / "plain", Path(scratch) / "sealed"
        made_at = now.astimezone(UTC).isoformat()
        manifest = bundle.write(plain, engine, data_dir, made_at, keys=bool(recipient))
        if recipient:
            sealing.seal(plain, sealed, recipient)
        (sealed if recipient else plain).replace(target)
    target.chmod(0o600)
    return target, manifest


def verify(file: Path, identity: Path | None) -> Manifest:
    """Return what a backup holds after checking every byte of it; BackupError or SealError."""
    with _opened(file, identity) as plain:
        return bundle.read(plain)


def restore(
    file: Path, identity: Path | None, engine: Engine, data_dir: Path, now: datetime
) -> Manifest:
    """Bring a checked backup into an empty office; an office in use is refused, not overwritten.

    The rows come in one transaction: cut off before its end, the restore can be run again. Mail
    waits until an administrator lets it leave.
    """
    with _opened(file, identity) as plain:
        manifest = bundle.read(plain)
        _refuse_an_office_in_use(engine, manifest)
        schema.upgrade(manifest.revision)
        bundle.unpack(plain, data_dir)
        with tables.restoring(engine) as connection:
            tables.clear(connection)
            for table in tables.every(connection):
                given = manifest.tables.get(table.name)
                if given is None:
                    raise BackupError(f"Cadangan tidak memuat tabel {table.name}.")
                if tables.load(connection, table, bundle.lines(plain, table.name)) != given:
                    raise BackupError(f"Jumlah baris {table.name} tidak sama dengan daftarnya.")
            connection.commit()
        schema.upgrade()
        with db.writing() as session:
            logins.end_everybodys(session, now)
            # The office that this was copied from may still be there, sending the same letters.
            channels.hold(session, _RESTORED, now)
    return manifest


@contextmanager
def _opened(file: Path, identity: Path | None) -> Iterator[Path]:
    if not sealing.is_sealed(file):
        yield file
        return
    with TemporaryDirectory(dir=file.parent, prefix=".open-") as scratch:
        plain = Path(scratch) / "plain"
        sealing.unseal(file, plain, identity)
        yield plain


def _refuse_an_office_in_use(engine: Engine, manifest: Manifest) -> None:
    with engine.connect() as connection:
        if schema.revision_of(connection) not in (None, manifest.revision):
            raise BackupError(
                "Susunan basis data tujuan tidak sama dengan cadangan. Pakai basis data kosong."
            )
        if tables.is_in_use(connection):
            raise BackupError("Tujuan sudah berisi data. Pulihkan ke basis data yang kosong.")
