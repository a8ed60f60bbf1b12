"""What may stand in a mail's header: e-mail addresses and one-line texts, checked at entry.

A line break in a header would let a name or subject add headers of its own (CVE-2024-6923), and
a name that looks like an address hides the real one behind it; both are refused with a sentence.
"""

from __future__ import annotations

import re
import unicodedata

import idna

MAX_ADDRESS = 254
MAX_LOCAL_PART = 64

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*")
# Control, format (zero width, direction), line and paragraph separators: none is visible.
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp"})


class AddressError(ValueError):
    """An address or header text that must not leave the house; the message says what to do."""


def email(text: str) -> str:
    """Return the address as mail servers take it: domain in lower case as A-labels (RFC 5891)."""
    address = one_line(text, "Alamat pos-el")
    if any(mark in address for mark in ' <>",;:()[]\\'):
        raise AddressError(
            "Tulis alamat pos-el saja, satu, misalnya camat@kolakakab.go.id, "
            "tanpa nama, spasi, atau tanda kurung."
        )
    local, at, domain = address.rpartition("@")
    if not at or "@" in local:
        raise AddressError(f"Alamat pos-el “{address}” harus memuat satu tanda @.")
    address = f"{_local_part(local)}@{_domain(domain)}"
    if len(address) > MAX_ADDRESS:
        raise AddressError(f"Alamat pos-el terlalu panjang; paling banyak {MAX_ADDRESS} huruf.")
    return address


def person_name(text: str) -> str:
    """Return the name of a recipient; one that looks like an e-mail address is refused."""
    name = one_line(text, "Nama")
    if "@" in name or "<" in name or ">" in name:
        raise AddressError(
            "Nama tidak boleh memuat tanda @, < atau >, supaya tidak dikira alamat pos-el."
        )
    return name


def one_line(text: str, what: str) -> str:
    """Return `text` trimmed; line breaks and invisible characters in it are refused."""
    text = unicodedata.normalize("NFC", text.strip())
    if any(unicodedata.category(character) in _INVISIBLE for character in text):
        raise AddressError(
            f"{what} memuat ganti baris atau huruf yang tidak terlihat. "
            "Ketik ulang pada satu baris."
        )
    return text


def _local_part(local: str) -> str:
    if not local.isascii():
        raise AddressError(
            f"Bagian sebelum @ pada alamat pos-el (“{local}”) hanya boleh huruf latin biasa, "
            "angka, titik, dan tanda hubung."
        )
    if len(local) > MAX_LOCAL_PART or not _LOCAL_PART.fullmatch(local):
        raise AddressError(f"Bagian sebelum @ pada alamat pos-el (“{local}”) salah tulis.")
    return local


def _domain(domain: str) -> str:
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise AddressError(f"Bagian sesudah @ (“{domain}”) bukan nama domain.") from error
    if "." not in encoded.strip("."):
        raise AddressError(
            f"Bagian sesudah @ (“{domain}”) belum lengkap; misalnya kolakakab.go.id."
        )
    return encoded.rstrip(".")
