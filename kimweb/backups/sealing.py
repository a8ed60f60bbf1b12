"""Sealed backups are age files (age-encryption.org/v1).

The office keeps the identity elsewhere: this machine knows only the recipient, so whoever takes
the machine cannot open what it has put away.
"""

from __future__ import annotations

from pathlib import Path

import pyrage

_SEALED = b"age-encryption.org/v1"


class SealError(Exception):
    """The key does not fit or is none; the message says so in Indonesian."""


def is_sealed(file: Path) -> bool:
    """Tell whether `file` has to be opened with an identity first."""
    with file.open("rb") as reader:
        return reader.read(len(_SEALED)) == _SEALED


def seal(plain: Path, sealed: Path, recipient: str) -> None:
    """Write `plain` into `sealed` so that only the holder of the identity can read it."""
    try:
        key = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as wrong:
        raise SealError("BACKUP_RECIPIENT harus kunci umum age yang diawali age1.") from wrong
    with plain.open("rb") as reader, sealed.open("wb") as writer:
        pyrage.encrypt_io(reader, writer, [key])


def unseal(sealed: Path, plain: Path, identity: Path | None) -> None:
    """Write what is in `sealed` into `plain`; `identity` is a file as age-keygen writes it."""
    if identity is None:
        raise SealError("Cadangan ini disandikan. Beri berkas kuncinya dengan --identity.")
    lines = identity.read_text().splitlines()
    keys = [line.strip() for line in lines if line.startswith("AGE-SECRET-KEY-")]
    try:
        known = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except pyrage.IdentityError as wrong:
        raise SealError(f"{identity.name} bukan berkas kunci age.") from wrong
    if not known:
        raise SealError(f"{identity.name} tidak memuat kunci AGE-SECRET-KEY.")
    try:
        with sealed.open("rb") as reader, plain.open("wb") as writer:
            pyrage.decrypt_io(reader, writer, known)
    except (pyrage.DecryptError, OSError) as wrong:
        raise SealError("Kunci tidak cocok, atau berkas cadangan rusak.") from wrong
