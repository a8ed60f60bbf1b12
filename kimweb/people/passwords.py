"""Passwords: hashed with Argon2id (RFC 9106).

Checking takes the same time whether or not there is such an account.
"""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

MIN_LENGTH = 12
MAX_LENGTH = 128
# Cheap to guess whatever their length; compared without digits and signs at the end.
_COMMON = frozenset({"password", "rahasia", "diskominfo", "kominfo", "qwertyuiop", "indonesia"})
# Short words, easy to read out over the telephone.
_WORDS = (
    *("anggur", "arang", "awan", "bakau", "bambu", "batu", "benang", "beras", "bintang", "bukit"),
    *("cengkih", "cermin", "danau", "delima", "dermaga", "embun", "empang", "fajar", "gading"),
    *("gelombang", "gunung", "hutan", "ikan", "jagung", "jambu", "jati", "kakao", "kapal"),
    *("karang", "kelapa", "kemiri", "kopi", "ladang", "lampu", "langit", "laut", "lontar", "madu"),
    *("mangga", "melati", "nelayan", "ombak", "padi", "pala", "pandan", "pantai", "pasir"),
    *("pelangi", "perahu", "pinang", "pisang", "rotan", "sagu", "sawah", "sungai", "tambak"),
    *("teluk", "tenun", "terang", "ubi", "udara", "yakin"),
)

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Return the hash to keep for `password`."""
    return _hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Tell whether `password` fits; None (no such account) costs the same time and never fits."""
    try:
        _hasher.verify(password_hash or _nobody(), password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return password_hash is not None


def weakness(password: str, *own_words: str) -> str | None:
    """Return why `password` cannot be taken, as a sentence; None when it can.

    `own_words` are the person's own: user name and name, which must not be the password.
    """
    if len(password) < MIN_LENGTH:
        return f"Kata sandi paling sedikit {MIN_LENGTH} huruf. Beberapa kata sudah cukup."
    if len(password) > MAX_LENGTH:
        return f"Kata sandi paling banyak {MAX_LENGTH} huruf."
    plain = password.lower().strip("0123456789!?.-_@#* ")
    if len(set(password)) < 4 or plain in _COMMON or plain in {w.lower() for w in own_words if w}:
        return "Kata sandi ini mudah ditebak. Pilih beberapa kata yang tidak berhubungan."
    return None


def invent() -> str:
    """Return a new password of five words, about 2^30 possibilities, to be changed by its owner."""
    return "-".join(secrets.choice(_WORDS) for _ in range(5))


@cache
def _nobody() -> str:
    return _hasher.hash("tidak ada akun ini")
