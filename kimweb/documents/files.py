"""The PDF file of a version: typeset from its frozen content, kept by its hash."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import current_app

from kimweb.documents import contents, rendering
from kimweb.documents.models import Version
from kimweb.documents.store import Store, StoreError

# On half a line of paper a photo of 1,000 pixels has about 300 to the inch.
PRINTED_SIDE, PRINTED_QUALITY = 1_000, 72
_REMEMBERED = 48


def store() -> Store:
    """Return the office's store of files."""
    return Store(current_app.config["OFFICE"].data_dir / "files")


def typeset(version: Version) -> dict[str, Any]:
    """Make the PDF of `version` and keep it; return its SHA-256 and length as `made` does.

    RenderingError when refused.
    """
    return made(rendering.pdf(version.document.kind, illustrated(version.content)))


def made(pdf: bytes) -> dict[str, Any]:
    """Keep a PDF; return what its version says of it: `pdf_hash` (SHA-256) and `pages`."""
    return {"pdf_hash": store().put(pdf), "pages": rendering.pages(pdf)}


def file_copy(version: Version) -> bytes:
    """Return the office's own copy of a final version: the same page with the grid of parafs.

    It is typeset when asked for and not signed; what goes out is the version's own PDF.
    """
    content = contents.file_copy(version.content)
    return rendering.pdf(version.document.kind, illustrated(content))


def illustrated(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a content together with the photos that it names, small enough to be printed.

    A photo that is lost is left out: its frame stays empty, and the letter can be read.
    """
    photos = [
        row["sha256"]
        for value in content["fields"].values()
        if isinstance(value, list)
        for row in value
        if isinstance(row, dict) and "sha256" in row
    ]
    pictures = {sha: picture for sha in photos if (picture := _printable(store(), sha))}
    return {**content, "pictures": pictures} if pictures else dict(content)


def _printable(kept: Store, sha: str) -> str | None:
    try:
        return _as_svg(str(kept.path(sha)))
    except (StoreError, OSError):
        return None


@lru_cache(maxsize=_REMEMBERED)
def _as_svg(path: str) -> str:
    """Return a photo, smaller, inside an SVG: the typesetter takes all its data as text."""
    from PIL import Image  # few letters carry photos

    with Image.open(path) as photo:
        photo.draft("RGB", (PRINTED_SIDE, PRINTED_SIDE))
        photo.thumbnail((PRINTED_SIDE, PRINTED_SIDE))
        packed = io.BytesIO()
        photo.convert("RGB").save(packed, "JPEG", quality=PRINTED_QUALITY)
        wide, high = photo.size
    data = base64.b64encode(packed.getvalue()).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}"><image width="{wide}" height="{high}" '
        f'href="data:image/jpeg;base64,{data}"/></svg>'
    )
