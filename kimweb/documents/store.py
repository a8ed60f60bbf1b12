"""Files by their content: the name is the SHA-256, so none can change or be mixed up."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from pathlib import Path

from kimweb import failpoints

_NAME = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = ".new-"
# No writer takes that long: what is older was left by one that was killed.
UNFINISHED_SECONDS = 3600


class StoreError(Exception):
    """A stored file is missing or no longer what it was; the message says so in Indonesian."""


class Store:
    """Keeps files in one folder, spread over 256 subfolders by the first two digits of the hash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        """Keep `data` and return its SHA-256 in hex; when this returns, it is on the disk.

        What is kept already stays as it is, unless it was damaged: then it is written anew.
        """
        sha = hashlib.sha256(data).hexdigest()
        target = self.path(sha)
        if not _holds(target, data):
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, data)
            failpoints.at("file_kept")
        return sha

    def read(self, sha: str) -> bytes:
        """Return the content; raises StoreError when it is missing or does not fit its hash."""
        try:
            data = self.path(sha).read_bytes()
        except FileNotFoundError as missing:
            raise StoreError(
                f"Berkas {sha[:12]} tidak ditemukan di penyimpanan. "
                "Pulihkan dari cadangan, lalu coba lagi."
            ) from missing
        if hashlib.sha256(data).hexdigest() != sha:
            raise StoreError(
                f"Isi berkas {sha[:12]} tidak lagi sama dengan saat disimpan. "
                "Jangan dipakai; pulihkan dari cadangan."
            )
        return data

    def tidy(self) -> int:
        """Remove what writers that were killed have left half-written; return how many files."""
        # Files carry the machine's own time, whatever the office's clock says.
        old = time.time() - UNFINISHED_SECONDS
        left = [f for f in self.folder.glob(f"*/{_UNFINISHED}*") if _is_older(f, old)]
        for file in left:
            file.unlink(missing_ok=True)
        return len(left)

    def path(self, sha: str) -> Path:
        """Return where the content with this hash is kept; raises ValueError on anything else."""
        if not _NAME.fullmatch(sha):
            raise ValueError(f"{sha!r} is not a SHA-256 in hex")
        return self.folder / sha[:2] / sha


def _holds(target: Path, data: bytes) -> bool:
    try:
        return target.read_bytes() == data
    except FileNotFoundError:
        return False


def _is_older(file: Path, than: float) -> bool:
    try:
        return file.stat().st_mtime < than
    except FileNotFoundError:  # its writer has just finished
        return False


def _write(target: Path, data: bytes) -> None:
    """Write beside the target, flush, then rename: a reader sees all of it or nothing."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=_UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        failpoints.at("file_written")
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    for folder in (target.parent, target.parent.parent):
        _flush(folder)


def _flush(folder: Path) -> None:
    """Make a rename or a new folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
