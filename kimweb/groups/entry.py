"""Reading what somebody typed: typed values out, an Indonesian sentence for every mistake.

Nothing here refuses what is only unfinished: an empty field is a gap, named when the work is
handed over, so that half a form filled in a village is never lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from kimweb.documents import dates

EARLIEST_YEAR = 2000
LATEST_YEAR = 2100
SEXES = ("L", "P")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{5,24}")


class EditedElsewhere(Exception):
    """The record was changed by somebody else since it was opened; nothing was saved."""


class Entry:
    """A form as typed; `problems` gathers one sentence per field that cannot be understood."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self._typed = typed
        self.problems: dict[str, str] = {}

    def line(self, field: str, label: str, limit: int = 200) -> str:
        """Return one line of text with its spaces tidied."""
        return self._within(field, label, one_line(self._typed.get(field, "")), limit)

    def paragraphs(self, field: str, label: str, limit: int = 20_000) -> str:
        """Return text over several lines, as typed."""
        text = self._typed.get(field, "").replace("\r\n", "\n").replace("\x00", "").strip()
        return self._within(field, label, text, limit)

    def day(self, field: str, label: str) -> date | None:
        """Return a day typed as 2026-03-12 or 12-03-2026; None when empty or not a day."""
        text = one_line(self._typed.get(field, ""))
        if not text:
            return None
        day = _day(text)
        if day is None:
            self.refuse(field, f"{label} tidak dikenali. Tulis seperti 12-03-2026.")
        return day

    def count(self, field: str, label: str, most: int = 9_999) -> int:
        """Return a whole number from 0 to `most`; 0 when empty or not a number."""
        text = one_line(self._typed.get(field, "")) or "0"
        if text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= most:
            return int(text)
        self.refuse(field, f"{label} harus angka bulat dari 0 sampai {most}.")
        return 0

    def sex(self, field: str) -> str:
        """Return L or P; empty when not chosen."""
        text = one_line(self._typed.get(field, "")).upper()
        if text and text not in SEXES:
            self.refuse(field, "Pilih L (laki-laki) atau P (perempuan).")
        return text if text in SEXES else ""

    def phone(self, field: str) -> str:
        """Return a phone number as typed; empty when there is none."""
        text = one_line(self._typed.get(field, ""))
        if text and not _PHONE.fullmatch(text):
            self.refuse(field, "Nomor telepon hanya berisi angka, contoh 0812 3456 7890.")
            return ""
        return text

    def refuse(self, field: str, sentence: str) -> None:
        """Note that `field` cannot be accepted; the first sentence about a field stands."""
        self.problems.setdefault(field, sentence)

    def _within(self, field: str, label: str, text: str, limit: int) -> str:
        if len(text) > limit:
            self.refuse(field, f"{label} terlalu panjang: paling banyak {limit} huruf.")
        return text[:limit]


def one_line(text: str) -> str:
    """Return `text` on one line, without control characters and doubled spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _day(text: str) -> date | None:
    try:
        day = dates.read_date(text)
    except ValueError:
        return None
    return day if EARLIEST_YEAR <= day.year <= LATEST_YEAR else None
