"""Letter to PDF, against a page of the same kind written as raw PDF operators with a QR.

The floor lays nothing out and embeds no font: it is what writing a page costs at all in Python.
Both make a different letter each time.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from itertools import count

import segno

from kimweb.documents import rendering
from tests.bench import harness
from tests.bench.harness import Figure, Target
from tests.documents import letters as samples

KIND = "surat_undangan"
URL = "https://kim.contoh.invalid/v/{}"
LINES = 34
WORDS = "Kepala Dinas memerintahkan kepada yang tersebut di bawah ini untuk berangkat, nomor"
_fresh = count(1)


def figures() -> Iterator[Figure]:
    """Rate against raw operators, the time of one letter, and its length."""
    rendering.warm()
    made = _letter()
    assert rendering.pages(made) == 1
    yield harness.against_floor("letter to PDF", _hashed_letter, _hashed_raw_page, Target(0.27))
    alone = harness.times_the_floor(
        "letter to PDF: times one QR", _hashed_letter, _qr, harness.UNPROMISED
    )
    yield alone
    at_most = Target(15, most=True)
    yield harness.count("letter to PDF: median time", round(alone.contender, 2), at_most, "ms")
    yield harness.count("letter to PDF: length", len(made) / 1000, Target(60, most=True), "kB")


def _letter() -> bytes:
    number = f"094/{next(_fresh)}/DISKOMINFO/2026"
    content = samples.signed(KIND, number=number, **_verified(number))
    return rendering.pdf(KIND, content)


def _verified(number: str) -> dict[str, str]:
    return {"status": "signed_electronic", "verify_url": URL.format(number)}


def _hashed_letter() -> str:
    return hashlib.sha256(_letter()).hexdigest()


def _hashed_raw_page() -> str:
    return hashlib.sha256(raw_page(next(_fresh))).hexdigest()


def _qr() -> segno.QRCode:
    return segno.make(URL.format(next(_fresh)), error="m")


def raw_page(number: int) -> bytes:
    """Return a one-page PDF with lines of text and a QR, written operator by operator."""
    text = "".join(
        f"1 0 0 1 72 {770 - 16 * n} Tm ({WORDS} {number}.{n}) Tj\n" for n in range(LINES)
    )
    squares = "".join(
        f"{400 + 2 * x} {60 + 2 * y} 2 2 re\n"
        for y, row in enumerate(segno.make(URL.format(number), error="m").matrix)
        for x, dark in enumerate(row)
        if dark
    )
    return _file(f"BT /F1 11 Tf\n{text}ET\n{squares}f\n".encode())


def _file(stream: bytes) -> bytes:
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%bendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
    )
    out, starts = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(objects, 1):
        starts.append(out.tell())
        out.write(b"%d 0 obj%bendobj\n" % (number, body))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % start for start in starts)
    out.write(b"trailer<</Size %d/Root 1 0 R>>\n" % (len(objects) + 1))
    out.write(b"startxref\n%d\n%%%%EOF\n" % table)
    return out.getvalue()
