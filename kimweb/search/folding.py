"""How words are compared, once for both databases: without case, accents and Indonesian affixes.

What goes into the index and what is looked for are folded alike, so neither database needs to
know anything of the language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

LONGEST = 40
SHORTEST_ROOT = 4
# An office's letters say the same words over and over.
REMEMBERED = 20_000

# "Jum'at" is one word, "surat-surat" are two.
WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
# As Indonesians write mobile numbers: personal data, never to be found or shown by a search.
_PHONE = re.compile(r"(?<!\d)(?:\+?62|0)[\s().-]*8\d(?:[\s().-]*\d){6,11}(?!\d)")
_VOWELS = "aeiou"
_ENDINGS = ("kan", "an", "i")
# A nasal takes the place of the root's first letter: menulis is tulis, mengirim is kirim.
_NASAL = {"meny": "s", "peny": "s", "meng": "k", "peng": "k", "mem": "pm", "pem": "pm"}
_NASAL |= {"men": "tn", "pen": "tn"}
_PLAIN = ("ber", "per", "ter", "di", "se", "me", "pe")


def folded(text: str) -> Iterator[str]:
    """Yield the words of `text` in lower case, without accents and apostrophes."""
    for found in WORD.finditer(text):
        if word := fold(found[0]):
            yield word


@lru_cache(REMEMBERED)
def fold(word: str) -> str:
    """Return one word as it is compared, cut to LONGEST letters."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if letter.isalnum())[:LONGEST]


@lru_cache(REMEMBERED)
def roots(word: str) -> frozenset[str]:
    """Return what a folded word may be made of: "bentuk" of "pembentukan".

    Nobody looks into a dictionary: a wrong guess among them only finds a little too much.
    """
    if not word.isascii() or not word.isalpha():
        return frozenset()
    bare = _without(_without(word, ("lah", "kah", "pun")), ("nya",))
    short = {bare[: -len(end)] for end in _ENDINGS if bare.endswith(end)}
    found = {root for body in {bare} | short for root in (body, *_unprefixed(body))}
    if bare.startswith("ke") and bare.endswith("an"):
        found.add(bare[2:-2])
    return frozenset(root for root in found if len(root) >= SHORTEST_ROOT) - {word}


def without_phones(text: str) -> str:
    """Return `text` with a dash in the place of each mobile phone number."""
    return _PHONE.sub("–", text)


def _without(word: str, endings: tuple[str, ...]) -> str:
    end = next((end for end in endings if word.endswith(end)), "")
    return word.removesuffix(end) if len(word) - len(end) >= SHORTEST_ROOT else word


def _unprefixed(word: str) -> Iterator[str]:
    for prefix, lost in _NASAL.items():
        if word.startswith(prefix) and len(rest := word[len(prefix) :]) > 1:
            # Before a vowel the root may have lost its first letter, or begin with the vowel.
            starts = (*lost, "") if rest[0] in _VOWELS else ("",)
            yield from (first + rest for first in starts)
            if rest.startswith(("ber", "per")):
                yield rest[3:]
            return
    yield from (word[len(prefix) :] for prefix in _PLAIN if word.startswith(prefix))
