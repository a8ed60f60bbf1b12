"""What may stand in a mail's header: e-mail addresses and one-line texts, checked at entry.

A line break in a header would let a name or subject add headers of its own (CVE-2024-6923), and
a name that looks like an address, or is written in letters that only look Latin, hides who really
receives the mail (UTS 39); all of them are refused with a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import idna

MAX_ADDRESS = 254
MAX_LOCAL_PART = 64

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*")
# Control, format (zero width, direction), line and paragraph separators: none is visible.
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp"})
# An address that was disguised so that no @ stands in it: "camat [at] kolaka.example".
_DISGUISED_AT = re.compile(r"[(\[{]\s*at\s*[)\]}]|&#0*64;|%40", re.IGNORECASE)
# A word that reads as the address of a site: "kolakakab.go.id"; degrees such as "M.Si" are none.
_SITE = re.compile(r"[\w-]{2,}\.(?:com|net|org|info|id|example|invalid)\b", re.IGNORECASE)


class AddressError(ValueError):
    """An address or header text that must not leave the house; the message says what to do."""


@lru_cache(maxsize=1_000)
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


@lru_cache(maxsize=1_000)
def person_name(text: str) -> str:
    """Return the name of a recipient; one that looks like an e-mail address is refused."""
    name = one_line(text, "Nama")
    # Wide and small forms of @ < > are read as the plain ones.
    plain = unicodedata.normalize("NFKC", name)
    if any(mark in plain for mark in "@<>") or _DISGUISED_AT.search(plain) or _SITE.search(plain):
        raise AddressError(
            "Nama tidak boleh memuat tanda @, < atau >, atau alamat situs, "
            "supaya tidak dikira alamat pos-el."
        )
    return _one_script(name, "Nama")


def office_title(text: str, what: str) -> str:
    """Return a jabatan or place on one line, in the letters of one script."""
    return _one_script(one_line(text, what), what)


def one_line(text: str, what: str) -> str:
    """Return `text` trimmed; line breaks and invisible characters in it are refused."""
    text = unicodedata.normalize("NFC", text.strip())
    if text.isascii() and text.isprintable():
        return text
    if any(unicodedata.category(character) in _INVISIBLE for character in text):
        raise AddressError(
            f"{what} memuat ganti baris atau huruf yang tidak terlihat. "
            "Ketik ulang pada satu baris."
        )
    return text


def _one_script(text: str, what: str) -> str:
    scripts = _scripts(text)
    if len(scripts) > 1:
        strange = next(c for c in text if c.isalpha() and _script(c) != "LATIN")
        raise AddressError(
            f"{what} mencampur huruf dari aksara yang berbeda (“{strange}”). "
            "Ketik ulang dengan huruf latin saja."
        )
    return text


def _scripts(text: str) -> set[str]:
    return {_script(character) for character in text if character.isalpha()}


def _script(letter: str) -> str:
    """Return the script of a letter by its Unicode name; ª and º are Latin in all but name."""
    first = unicodedata.name(letter, "").split(" ")[0]
    return "LATIN" if first in ("FEMININE", "MASCULINE") else first


def _local_part(local: str) -> str:
    if not local.isascii():
        raise AddressError(
            f"Bagian sebelum @ pada alamat pos-el (“{local}”) hanya boleh huruf latin biasa, "
            "angka, titik, dan tanda hubung."
        )
    if len(local) > MAX_LOCAL_PART or not _LOCAL_PART.fullmatch(local):
        raise AddressError(f"Bagian sebelum @ pada alamat pos-el (“{local}”) salah tulis.")
    return local


@lru_cache(maxsize=1_000)
def _domain(domain: str) -> str:
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise AddressError(f"Bagian sesudah @ (“{domain}”) bukan nama domain.") from error
    if any(len(_scripts(label)) > 1 for label in domain.split(".")):
        raise AddressError(
            f"Bagian sesudah @ (“{domain}”) mencampur huruf dari aksara yang berbeda, "
            "mungkin alamat tiruan. Ketik ulang dengan huruf latin saja."
        )
    if "." not in encoded.strip("."):
        raise AddressError(
            f"Bagian sesudah @ (“{domain}”) belum lengkap; misalnya kolakakab.go.id."
        )
    return encoded.rstrip(".")
