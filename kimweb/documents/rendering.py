"""Content in, PDF or picture out: the only place that calls the typesetter.

The templates get everything as one JSON text through sys_inputs; nothing typed by a person is
ever read as markup. Fonts come from packages, never from the machine, so the same content gives
the same bytes everywhere. The result is PDF/A-2b.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import typst

from config.settings import ROOT
from kimweb.documents import kinds, printed
from kimweb.documents.kinds import Kind

TEMPLATES = ROOT / "templates" / "naskah"
FONTS = ROOT / "node_modules" / "@expo-google-fonts"
_PAGE_COUNT = re.compile(rb"/Type/Pages/Count (\d+)")
_NO_GLYPH = re.compile(r"the text `\"(.+?)\"` could not be displayed")
# Without a date of its own a document is dated here: its bytes may not depend on the clock.
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_threads = threading.local()
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


def preview(kind: str | Kind, content: Mapping[str, Any], page: int) -> Picture:
    """Return a page of a content as it would be printed; the nearest one when there is no `page`.

    Raises RenderingError for whatever `pdf` refuses.
    """
    chosen = kinds.kind(kind) if isinstance(kind, str) else kind
    # The PDF costs the least, counts the pages and refuses what has no letter in the font.
    several_pages = pages(_typeset(chosen, content, several_pages=False)) > 1
    made = _compile(chosen, content, several_pages=several_pages, format="svg")
    pictures = made if isinstance(made, list) else [made]
    page = min(max(page, 1), len(pictures))
    return Picture(pictures[page - 1], page, len(pictures))


def emblem() -> bytes:
    """Return the office's emblem, or the shield in its place, as PNG."""
    made = _compile(_EMBLEM, {"fields": {}}, several_pages=False, format="png", ppi=300.0)
    assert isinstance(made, bytes)
    return made


def pages(made: bytes) -> int:
    """Return how many pages a PDF made here has."""
    return max(int(count) for count in _PAGE_COUNT.findall(made))


def warm() -> None:
    """Load the fonts and templates into this process.

    Call it after a worker has been forked, never before: the typesetter keeps threads of its own.
    """
    for kind in kinds.all_kinds():
        pdf(kind, {"fields": {}})


def _typeset(kind: Kind, content: Mapping[str, Any], *, several_pages: bool) -> bytes:
    made = _compile(
        kind,
        content,
        several_pages=several_pages,
        format="pdf",
        pdf_standards="a-2b",
        timestamp=_made_at(content),
    )
    assert isinstance(made, bytes)
    return made


def _compile(
    kind: Kind, content: Mapping[str, Any], *, several_pages: bool, **output: Any
) -> bytes | list[bytes]:
    """Return what `output` asks the typesetter for: of several pictures a list."""
    # Its types ask for a format written out at the call.
    typesetter: Any = _compiler()
    try:
        made: bytes | list[bytes] = typesetter.compile(
            input=TEMPLATES / kind.template,
            sys_inputs={"data": printed.data(kind, content, several_pages=several_pages)},
            **output,
        )
    except typst.TypstError as failure:
        raise RenderingError(_sentence(kind, failure)) from failure
    return made


def _compiler() -> typst.Compiler:
    """Return this thread's own compiler: a shared one refuses to be used by two threads at once."""
    if not hasattr(_threads, "compiler"):
        _threads.compiler = typst.Compiler(
            root=TEMPLATES, font_paths=_fonts(), ignore_system_fonts=True
        )
    compiler: typst.Compiler = _threads.compiler
    return compiler


@cache
def _fonts() -> typst.Fonts:
    if not FONTS.is_dir():
        raise RenderingError("Huruf untuk naskah belum terpasang. Jalankan `make setup`.")
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _sentence(kind: Kind, failure: typst.TypstError) -> str:
    if letter := _NO_GLYPH.search(failure.message):
        return (
            f"{kind.title} memuat huruf “{letter[1]}” yang tidak dapat dicetak. "
            "Hapus atau ganti huruf itu."
        )
    return f"{kind.title} tidak dapat disusun menjadi PDF. Beri tahu administrator."


def _made_at(content: Mapping[str, Any]) -> dt.datetime:
    written = content.get("dated_on")
    if not written:
        return _EPOCH
    return dt.datetime.combine(dt.date.fromisoformat(written), dt.time(), dt.UTC)
