"""Passwords: hashed with Argon2id (RFC 9106).

Checking takes the same time whether or not there is such an account.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

MIN_LENGTH = 12
MAX_LENGTH = 128
# Who was given a password has so long to come and choose another.
FIRST_LASTS = timedelta(days=3)
# The 12,000 most common passwords and words within them: the first five bytes of the SHA-256 of
# each. From the package zxcvbn 4.5.0 (MIT), which has them from Mark Burnett's list (CC0).
_COMMON_FILE = Path(__file__).with_name("common_passwords.bin")
_DIGEST_BYTES = 5
# What that list does not know: words that an Indonesian office guesses first.
_USUAL = frozenset(
    (
        *(
            "admin",
            "administrator",
            "bismillah",
            "bupati",
            "cinta",
            "dinas",
            "diskominfo",
            "garuda",
        ),
        *(
            "indonesia",
            "kantor",
            "kecamatan",
            "kepala",
            "kominfo",
            "merdeka",
            "pancasila",
            "pegawai",
        ),
        *("pemda", "pemkab", "rahasia", "sandi", "sayang", "selamat", "sulawesi", "tenggara"),
    )
)
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm")
_FEWEST_DIFFERENT = 5
# Two common words are guessed nearly as fast as one; three that do not belong together are not.
_TOO_FEW_WORDS = 2
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
    if _is_guessed(password.lower(), _words(" ".join(own_words))):
        return "Kata sandi ini mudah ditebak. Pilih beberapa kata yang tidak berhubungan."
    return None


def _is_guessed(password: str, own: frozenset[str]) -> bool:
    """Tell whether guessing would begin with it: common, a row of keys, of common words alone."""
    words = _words(password)
    known = {word for word in words if word in own or word in _USUAL or _is_common(word)}
    return (
        len(set(password)) < _FEWEST_DIFFERENT
        or _is_common(password)
        or any(password in run or password in run[::-1] for run in _RUNS)
        or (0 < len(words) <= _TOO_FEW_WORDS and words == known)
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]{3,}", text.lower()))


def _is_common(word: str) -> bool:
    return hashlib.sha256(word.encode()).digest()[:_DIGEST_BYTES] in _common()


@cache
def _common() -> frozenset[bytes]:
    kept = _COMMON_FILE.read_bytes()
    return frozenset(kept[at : at + _DIGEST_BYTES] for at in range(0, len(kept), _DIGEST_BYTES))


def invent() -> str:
    """Return a new password of five words, about 2^30 possibilities, to be changed by its owner."""
    return "-".join(secrets.choice(_WORDS) for _ in range(5))


@cache
def _nobody() -> str:
    return _hasher.hash("tidak ada akun ini")
