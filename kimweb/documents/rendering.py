"""Content in, PDF or picture out: what the typesetter is asked, and what it refuses.

The templates get everything as one JSON text through sys_inputs; nothing typed by a person is
ever read as markup. Fonts come from packages, never from the machine, so the same content gives
the same bytes everywhere. The result is PDF/A-2b.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from config.settings import ROOT
from kimweb.documents import kinds, printed
from kimweb.documents.kinds import Kind
from kimweb.documents.typesetter import Typesetters, TypesettingError

TEMPLATES = ROOT / "templates" / "naskah"
FONTS = ROOT / "node_modules" / "@expo-google-fonts"
_PAGE_COUNT = re.compile(rb"/Type/Pages/Count (\d+)")
_NO_GLYPH = re.compile(r"the text `\"(.+?)\"` could not be displayed")
# Without a date of its own a document is dated here: its bytes may not depend on the clock.
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_EMBLEM = Kind("lambang", "Lambang", "lembar", None, "kadis", (), False, False, ())


class RenderingError(Exception):
    """A document cannot be typeset; the message is an Indonesian sentence that says what to do."""


class Picture(NamedTuple):
    """One page of a naskah as SVG, which of the `pages` it is (from 1), and how many there are."""

    svg: bytes
    page: int
    pages: int


def pdf(kind: str | Kind, content: Mapping[str, Any]) -> bytes:
    """Return the PDF/A-2b of a content; the same content gives the same bytes.

    `kind` is the key of a kind of naskah, or a sheet that is no naskah (the agenda's).
    `content` is what contents.draft and contents.signed make: the fields by name and, around
    them, number, date, signer, parafs, recipients, copies and status. Raises RenderingError.
    """
    chosen = kinds.kind(kind) if isinstance(kind, str) else kind
    one_page = _typeset(chosen, content, several_pages=False)
    if pages(one_page) == 1:
        return one_page
    return _typeset(chosen, content, several_pages=True)


def preview(
    kind: str, content: Mapping[str, Any], page: int, *, several_pages: bool = False
) -> Picture:
    """Return a page of a content as it would be printed; the nearest one when there is no `page`.

    `several_pages` is what the last picture of the letter had: a right guess saves a layout.
    Raises RenderingError for whatever `pdf` refuses.
    """
    chosen = kinds.kind(kind)
    # The PDF costs the least, counts the pages and refuses what has no letter in the font.
    if (pages(_typeset(chosen, content, several_pages=several_pages)) > 1) != several_pages:
        several_pages = not several_pages
    svg, count = _compile(
        chosen, content, several_pages=several_pages, page=page, output={"format": "svg"}
    )
    return Picture(svg, min(max(page, 1), count), count)


def emblem() -> bytes:
    """Return the office's emblem, or the shield in its place, as PNG."""
    output = {"format": "png", "ppi": 300.0}
    return _compile(_EMBLEM, {"fields": {}}, several_pages=False, output=output)[0]


def pages(made: bytes) -> int:
    """Return how many pages a PDF made here has."""
    return max(int(count) for count in _PAGE_COUNT.findall(made))


def warm() -> None:
    """Start the typesetter and let it load fonts and templates, so that a first letter is quick."""
    for kind in kinds.all_kinds():
        pdf(kind, {"fields": {}})


def _typeset(kind: Kind, content: Mapping[str, Any], *, several_pages: bool) -> bytes:
    output = {"format": "pdf", "pdf_standards": "a-2b", "timestamp": _made_at(content)}
    return _compile(kind, content, several_pages=several_pages, output=output)[0]


def _compile(
    kind: Kind,
    content: Mapping[str, Any],
    *,
    several_pages: bool,
    output: Mapping[str, Any],
    page: int = 1,
) -> tuple[bytes, int]:
    """Return what `output` asks the typesetter for; of pictures the `page`, and how many."""
    job = {
        "template": kind.template,
        "data": printed.data(kind, content, several_pages=several_pages),
        "output": output,
        "page": page,
    }
    try:
        return _typesetters().run(job)
    except TypesettingError as failure:
        raise RenderingError(_sentence(kind, str(failure))) from failure


@cache
def _typesetters() -> Typesetters:
    if not FONTS.is_dir():
        raise RenderingError("Huruf untuk naskah belum terpasang. Jalankan `make setup`.")
    return Typesetters(TEMPLATES, FONTS)


def _sentence(kind: Kind, failure: str) -> str:
    if letter := _NO_GLYPH.search(failure):
        return (
            f"{kind.title} memuat huruf “{letter[1]}” yang tidak dapat dicetak. "
            "Hapus atau ganti huruf itu."
        )
    return f"{kind.title} tidak dapat disusun menjadi PDF. Beri tahu administrator."


def _made_at(content: Mapping[str, Any]) -> int:
    """Return the day of a content in seconds since 1970, as the typesetter takes it."""
    written = content.get("dated_on")
    if not written:
        return int(_EPOCH.timestamp())
    day = dt.datetime.combine(dt.date.fromisoformat(written), dt.time(), dt.UTC)
    return int(day.timestamp())
