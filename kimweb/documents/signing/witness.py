"""The office's own key (Ed25519) under its checkpoints: it says "this was so then", no more.

It lies beside the certificates, for the owner alone, and goes into sealed backups with them.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FILE = "titik-periksa.key"


def sign(folder: Path, words: bytes) -> str:
    """Return the signature over `words` in hex."""
    return _key(folder).sign(words).hex()


def public_key(folder: Path) -> str:
    """Return the key that signatures are checked with, in hex; made if there is none yet."""
    return _key(folder).public_key().public_bytes_raw().hex()


def _key(folder: Path) -> Ed25519PrivateKey:
    file = folder / FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(file, Ed25519PrivateKey.generate().private_bytes_raw())
    return Ed25519PrivateKey.from_private_bytes(file.read_bytes())


def _write(file: Path, data: bytes) -> None:
    """Appear whole or not at all; of two that are made at once the first one stays."""
    new = file.with_suffix(f".{os.getpid()}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as writer:
        writer.write(data)
        writer.flush()
        os.fsync(handle)
    try:
        os.link(new, file)
    except FileExistsError:
        pass
    finally:
        new.unlink()
