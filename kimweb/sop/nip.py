"""The NIP, a civil servant's 18 digits: birth date, month of appointment, sex, serial."""

from __future__ import annotations

import datetime as dt
import re

_YOUNGEST, _OLDEST = 17, 60


def nip_oddity(nip: str) -> str | None:
    """Why a NIP looks wrong, in Indonesian, or None. Typos get signed too, so only warn."""
    digits = re.sub(r"\s", "", nip)
    if not re.fullmatch(r"\d{18}", digits, re.ASCII):
        return f"NIP “{nip}” tidak terdiri atas 18 angka. Periksa penulisannya."
    try:
        born = dt.date.fromisoformat(f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}")
        appointed = dt.date.fromisoformat(f"{digits[8:12]}-{digits[12:14]}-01")
    except ValueError:
        return f"NIP “{nip}” memuat tanggal yang tidak ada di kalender. Periksa penulisannya."
    age = appointed.year - born.year - ((appointed.month, 1) < (born.month, born.day))
    if not _YOUNGEST <= age <= _OLDEST:
        return f"NIP “{nip}” berarti diangkat pada umur {age} tahun. Periksa penulisannya."
    if digits[14] not in "12":
        return f"NIP “{nip}” tidak memuat angka 1 atau 2 untuk jenis kelamin. Periksa penulisannya."
    return None
