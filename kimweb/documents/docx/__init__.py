"""A letter as .docx for SRIKANDI: the layout of the printed page, its placeholders for the rest.

SRIKANDI fills in number, date and signature itself; everything else is the letter as it stands.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from kimweb.documents import kinds, printed, rendering

PLACEHOLDERS = {
    "number": "${nomor_naskah}",
    "dated_on": "${tanggal_naskah}",
    "sign": "${ttd_pengirim}",
    "name": "${nama_pengirim}",
    "nip": "${nip_pengirim}",
}


def can_write(kind: str) -> bool:
    """Tell whether letters of this kind are written for SRIKANDI."""
    return kind in _writers() or kind.startswith(kinds.OWN)


def write(kind: str, content: Mapping[str, Any]) -> bytes:
    """Return the .docx of a content of a kind that `can_write` knows."""
    from kimweb.documents.docx import letters
    from kimweb.documents.docx.sheet import Sheet

    chosen = kinds.kind(kind)
    data = json.loads(printed.data(chosen, content, several_pages=False).replace("\u200b", ""))
    letter = data["content"]
    letter["number"] = PLACEHOLDERS["number"]
    letter["dated"] = PLACEHOLDERS["dated_on"]
    letter["signer"] |= {"name": PLACEHOLDERS["name"], "nip": PLACEHOLDERS["nip"], "rank": ""}
    letter["sign"] = PLACEHOLDERS["sign"]
    sheet = Sheet(data["office"]["page"], data["title"], data["office"]["name"])
    sheet.letterhead(data["office"]["letterhead"], rendering.emblem())
    _writers().get(kind, letters.own)(sheet, data)
    packed = io.BytesIO()
    sheet.document.save(packed)
    return packed.getvalue()


@cache
def _writers() -> dict[str, Callable[..., None]]:
    # python-docx takes 10 MB: only of a process in which somebody works with SRIKANDI.
    from kimweb.documents.docx import letters, travel

    return letters.WRITERS | {"spd": travel.travel}
