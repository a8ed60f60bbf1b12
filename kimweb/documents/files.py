"""The PDF file of a version: typeset from its frozen content, kept by its hash."""

from __future__ import annotations

from flask import current_app

from kimweb.documents import rendering
from kimweb.documents.models import Version
from kimweb.documents.store import Store


def store() -> Store:
    """Return the office's store of files."""
    return Store(current_app.config["OFFICE"].data_dir / "files")


def typeset(version: Version) -> str:
    """Make the PDF of `version` and keep it; return its SHA-256. RenderingError when refused."""
    return store().put(rendering.pdf(version.document.kind, version.content))
