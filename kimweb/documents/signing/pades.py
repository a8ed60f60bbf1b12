"""PAdES: one certifying signature over the whole file (ETSI EN 319 142-1, level B-B).

The page itself carries the visible block (QR, name, rank, NIP), so the signature adds no drawing
and the file stays PDF/A. Its field stands beside the QR, where readers expect to click.
"""

from __future__ import annotations

import io
from typing import Any

from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.stamp import StaticStampStyle

from kimweb.documents.signing import Words

FIELD = "TTE"
# The words "Ditandatangani secara elektronik oleh:" right of the QR, in PDF points.
GAP, WIDTH = 6, 130
# Hex digits: 8 KB hold an RSA-4096 signature with its chain; fixed, as nothing measures it before.
ROOM = 16_384


def seal(pdf: bytes, words: Words, signer: signers.Signer) -> bytes:
    """Return `pdf` with one signature that forbids every later change (DocMDP, level 1)."""
    # The typesetter ends without a line break, but PDF/A wants each object to begin a line.
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf.rstrip(b"\n") + b"\n"))
    page, box = place(writer.prev, words.link)
    about = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        name=words.name,
        reason=words.reason,
        location=words.location,
    )
    sealing = signers.PdfSigner(
        about,
        signer,
        stamp_style=_nothing_drawn() if box else None,
        new_field_spec=fields.SigFieldSpec(FIELD, on_page=page, box=box),
    )
    output = io.BytesIO()
    sealing.sign_pdf(writer, output=output, bytes_reserved=ROOM)
    return output.getvalue()


def place(reader: PdfFileReader, link: str) -> tuple[int, tuple[int, int, int, int] | None]:
    """Return page index and box (points) beside the QR that links to `link`; no box without it."""
    for index, page in enumerate(_pages(reader.root["/Pages"])):
        for annotation in page.get("/Annots", ()):
            target = annotation.get_object()
            if target.get("/A", {}).get("/URI") == link:
                _, low, right, high = (round(float(side)) for side in target["/Rect"])
                return index, (right + GAP, low, right + GAP + WIDTH, high)
    return 0, None


def _pages(node: Any) -> list[Any]:
    if "/Kids" not in node:
        return [node]
    return [page for kid in node["/Kids"] for page in _pages(kid.get_object())]


def _nothing_drawn() -> StaticStampStyle:
    empty = RawContent(data=b"", box=BoxConstraints(width=1, height=1))
    return StaticStampStyle(border_width=0, background=empty)
