"""What makes a PDF/A-2b no longer one when something is added to it (ISO 19005-2).

The typesetter checks its own files; this looks at what a signature changes afterwards. It is no
validator: fonts, colours and streams that the typesetter wrote are taken as it wrote them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader

CLAIM = "{http://www.aiim.org/pdfa/ns/id/}"
DESCRIPTION = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"
HIDDEN, PRINTED = 0b100010 | 1, 0b100
WITHOUT_DRAWING = ("/Link", "/Popup")
FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")


def broken(pdf: bytes) -> list[str]:
    """Return what of the standard the newest revision of a file does not keep."""
    reader = PdfFileReader(io.BytesIO(pdf))
    return [*_of_the_file(pdf, reader), *_of_annotations(reader), *_of_signatures(pdf, reader)]


def _of_the_file(pdf: bytes, reader: PdfFileReader) -> Iterator[str]:
    root = reader.root
    if _claim(root["/Metadata"].data) != {"part": "2", "conformance": "B"}:
        yield "6.6.4: the metadata claim no PDF/A-2b"
    intents = [one.get_object() for one in _of(root, "/OutputIntents", ())]
    if not any(one["/S"] == "/GTS_PDFA1" and "/DestOutputProfile" in one for one in intents):
        yield "6.2.3: no output intent"
    if "/ID" not in reader.trailer or "/Encrypt" in reader.trailer:
        yield "6.1.3: the trailer has no ID, or the file is locked"
    if not pdf.rstrip().endswith(b"%%EOF"):
        yield "6.1.3: something stands behind the end"
    # What follows the first revision begins on a line of its own.
    if re.search(rb"%%EOF(?![\r\n]|\Z)", pdf) or re.search(rb"[^\r\n\d]\d+ 0 obj\b", pdf):
        yield "6.1.9: an object does not begin a line"
    if {"/AA", "/OpenAction"} & root.keys() or "/JavaScript" in _of(root, "/Names", {}):
        yield "6.5: the file acts by itself"
    form = _of(root, "/AcroForm", {})
    if "/XFA" in form or _of(form, "/NeedAppearances", False):
        yield "6.4: the form is drawn by the reader"


def _of_annotations(reader: PdfFileReader) -> Iterator[str]:
    for page in reader.root["/Pages"]["/Kids"]:
        resources = [page.get_object()["/Resources"]]
        for annotation in _of(page.get_object(), "/Annots", ()):
            one = annotation.get_object()
            flags = int(_of(one, "/F", 0))
            if not flags & PRINTED or flags & HIDDEN:
                yield f"6.3.2: {one['/Subtype']} is hidden or not printed"
            drawn = _of(one, "/AP", {})
            if drawn.keys() - {"/N"} or (not drawn and _must_be_drawn(one)):
                yield f"6.3.3: {one['/Subtype']} has not just one drawing"
            if "/N" in drawn:
                resources.append(_of(drawn["/N"], "/Resources", {}))
        yield from (f"6.2.11: {name} is not embedded" for one in resources for name in _bare(one))


def _of_signatures(pdf: bytes, reader: PdfFileReader) -> Iterator[str]:
    permissions = _of(reader.root, "/Perms", {})
    if permissions.keys() - {"/UR3", "/DocMDP"}:
        yield "6.1.12: more permissions than the standard knows"
    for field in _of(_of(reader.root, "/AcroForm", {}), "/Fields", ()):
        made = field.get_object()["/V"]
        first, size, later, rest = made["/ByteRange"]
        between = pdf[first + size : later]
        if (first, later + rest) != (0, len(pdf)) or not re.fullmatch(rb"<[0-9a-fA-F]+>", between):
            yield "6.4.3: the signature does not cover the whole file but itself"
        for reference in _of(made, "/Reference", ()):
            if {"/DigestLocation", "/DigestMethod", "/DigestValue"} & reference.get_object().keys():
                yield "6.1.12: the reference carries a digest"
        sealed = cms.ContentInfo.load(bytes(made["/Contents"]))["content"]
        if len(sealed["signer_infos"]) != 1 or not sealed["certificates"]:
            yield "6.4.3: not one signer with his certificate"


def _claim(metadata: bytes) -> dict[str, str]:
    """What the XMP says of PDF/A: as attributes or as elements, both are allowed."""
    told: dict[str, str] = {}
    for description in ElementTree.fromstring(metadata).iter(DESCRIPTION):
        told |= {k: v for k, v in description.attrib.items() if k.startswith(CLAIM)}
        told |= {one.tag: one.text or "" for one in description if one.tag.startswith(CLAIM)}
    return {name.removeprefix(CLAIM): words for name, words in told.items()}


def _of(thing: Any, name: str, otherwise: Any) -> Any:
    """What a dictionary holds by a name; its own `get` would answer with a reference."""
    try:
        return thing[name]
    except KeyError:
        return otherwise


def _must_be_drawn(annotation: Any) -> bool:
    left, low, right, high = annotation["/Rect"]
    return left != right and low != high and annotation["/Subtype"] not in WITHOUT_DRAWING


def _bare(resources: Any) -> Iterator[str]:
    for font in _of(resources, "/Font", {}).values():
        one = font.get_object()
        for part in [kid.get_object() for kid in _of(one, "/DescendantFonts", (one,))]:
            if not any(file in _of(part, "/FontDescriptor", {}) for file in FONT_FILES):
                yield str(one["/BaseFont"])
