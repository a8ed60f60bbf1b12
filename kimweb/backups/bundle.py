"""One backup is one tar: tables, files, certificates, and last a manifest with every hash.

A tar without its manifest was cut off and does not count. The rows are read first and the files
after them: files never change and are never taken away, so every row finds its files.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine

from kimweb.backups import schema, tables

MANIFEST = "manifest.json"
TABLES, FILES, CERTIFICATES = "tables", "files", "certificates"
FORMAT = 1
_PIECE = 1 << 20


class BackupError(Exception):
    """A backup cannot be made, read or restored; the message says what to do, in Indonesian."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: rows by table, SHA-256 by name in the tar, and what it was made from.

    `made_at` is ISO 8601 in UTC, `revision` that of the database's structure.
    """

    made_at: str
    revision: str
    tables: dict[str, int]
    hashes: dict[str, str]
    format: int = FORMAT

    @property
    def files(self) -> list[str]:
        """The names of the office's files in the tar."""
        return [name for name in self.hashes if name.startswith(f"{FILES}/")]


def write(tar_file: Path, engine: Engine, data_dir: Path, made_at: str, *, keys: bool) -> Manifest:
    """Put the office's rows and files into `tar_file`; its certificates only with `keys`."""
    hashes: dict[str, str] = {}
    with TemporaryDirectory(dir=tar_file.parent) as scratch, tarfile.open(tar_file, "w") as tar:
        counts, revision = _write_tables(tar, engine, Path(scratch), hashes)
        for folder in (FILES, CERTIFICATES) if keys else (FILES,):
            for file in _files(data_dir / folder):
                _add(tar, file, f"{folder}/{file.relative_to(data_dir / folder)}", hashes)
        manifest = Manifest(made_at, revision, counts, hashes)
        told = json.dumps(asdict(manifest), indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(told)
        tar.addfile(entry, io.BytesIO(told))
    _flush(tar_file)
    return manifest


def read(tar_file: Path) -> Manifest:
    """Return the manifest of a whole and unchanged backup; BackupError says what is wrong."""
    hashes: dict[str, str] = {}
    told = b""
    try:
        with tarfile.open(tar_file) as tar:
            for entry in tar:
                if entry.name == MANIFEST:
                    told = _content(tar, entry).read()
                else:
                    hashes[entry.name] = _digest(_content(tar, entry))
    except (tarfile.TarError, EOFError, OSError) as broken:
        raise BackupError("Berkas cadangan rusak atau terpotong. Pakai yang lain.") from broken
    manifest = _manifest(told)
    changed = {name for name, sha in manifest.hashes.items() if hashes.get(name) != sha}
    if changed or hashes.keys() - manifest.hashes.keys():
        names = ", ".join(sorted(changed or hashes.keys() - manifest.hashes.keys())[:3])
        raise BackupError(f"Isi cadangan tidak sama dengan daftarnya: {names}. Pakai yang lain.")
    return manifest


def lines(tar_file: Path, table: str) -> Iterator[bytes]:
    """Yield the lines of a table in the backup."""
    with tarfile.open(tar_file) as tar:
        yield from _content(tar, tar.getmember(f"{TABLES}/{table}.jsonl"))


def unpack(tar_file: Path, data_dir: Path) -> None:
    """Write files and certificates of the backup to their places below `data_dir`."""
    with tarfile.open(tar_file) as tar:
        for entry in tar:
            if PurePosixPath(entry.name).parts[0] in (FILES, CERTIFICATES):
                tar.extract(entry, data_dir, filter="data")
                _flush(data_dir / entry.name)


def _write_tables(
    tar: tarfile.TarFile, engine: Engine, scratch: Path, hashes: dict[str, str]
) -> tuple[dict[str, int], str]:
    counts = {}
    with tables.snapshot(engine) as connection:
        revision = schema.revision_of(connection)
        if revision is None:
            raise BackupError("Basis data belum disiapkan: tidak ada yang dicadangkan.")
        for table in tables.every(connection):
            file = scratch / f"{table.name}.jsonl"
            counts[table.name] = _write_lines(file, tables.dump(connection, table)) - 1
            _add(tar, file, f"{TABLES}/{file.name}", hashes)
            file.unlink()
    return counts, revision


def _write_lines(file: Path, given: Iterable[bytes]) -> int:
    count = 0
    with file.open("wb") as writer:
        for line in given:
            writer.write(line)
            count += 1
    return count


def _files(folder: Path) -> list[Path]:
    """Everything finished in `folder`: names that begin with a dot are still being written."""
    return sorted(f for f in folder.rglob("*") if f.is_file() and not f.name.startswith("."))


def _add(tar: tarfile.TarFile, file: Path, name: str, hashes: dict[str, str]) -> None:
    with file.open("rb") as reader:
        hashes[name] = _digest(reader)
        reader.seek(0)
        entry = tar.gettarinfo(arcname=name, fileobj=reader)
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        tar.addfile(entry, reader)


def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> Any:
    content = tar.extractfile(entry)
    if content is None:
        raise BackupError(f"Cadangan memuat {entry.name} yang bukan berkas. Pakai yang lain.")
    return content


def _digest(reader: Any) -> str:
    sha = hashlib.sha256()
    while piece := reader.read(_PIECE):
        sha.update(piece)
    return sha.hexdigest()


def _manifest(told: bytes) -> Manifest:
    try:
        manifest = Manifest(**json.loads(told))
    except (ValueError, TypeError) as wrong:
        raise BackupError("Berkas ini bukan cadangan kimweb yang utuh. Pakai yang lain.") from wrong
    if manifest.format != FORMAT:
        raise BackupError(f"Bentuk cadangan {manifest.format} tidak dikenal versi kimweb ini.")
    return manifest


def _flush(file: Path) -> None:
    with file.open("rb") as reader:
        os.fsync(reader.fileno())
