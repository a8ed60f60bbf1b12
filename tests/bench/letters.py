"""Letter to PDF, against the bare typesetter and against a page of raw PDF operators with a QR.

The bare typesetter gets the same template and data ready-made: what is above it is ours. The raw
page lays nothing out and embeds no font: it is what writing a page costs at all in Python.
Everybody makes a different letter each time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median

import segno
import typst

from config.settings import ROOT
from kimweb import clock
from kimweb.documents import kinds, printed, rendering
from kimweb.documents.signing import Words, authority
from kimweb.documents.signing.keys import FileSigner
from tests.bench import harness
from tests.bench.harness import Figure, Target
from tests.documents import letters as samples

KIND = "surat_undangan"
URL = "https://kim.contoh.invalid/v/{}"
LINES = 34
WORDS = "Kepala Dinas memerintahkan kepada yang tersebut di bawah ini untuk berangkat, nomor"
_CONTENT = samples.signed(KIND)
_fresh = count(1)


def figures() -> Iterator[Figure]:
    """Rates against both floors, the first letter of a process, signing, lengths, memory."""
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
    yield harness.against_floor("letter to PDF: bare typesetter", _letter, _Bare(), Target(0.8))
    yield from _fresh_process()
    yield from _signing(made)


class _Bare:
    """The typesetter alone: data as text, one turn, no look at the page count."""

    def __init__(self) -> None:
        self._compiler = typst.Compiler(
            root=rendering.TEMPLATES,
            font_paths=typst.Fonts(
                include_system_fonts=False,
                include_embedded_fonts=False,
                font_paths=[rendering.FONTS],
            ),
            ignore_system_fonts=True,
        )
        kind = kinds.kind(KIND)
        content = samples.signed(KIND, number="NOMOR", **_verified("NOMOR"))
        self._data = printed.data(kind, content, several_pages=False)

    def __call__(self) -> object:
        return self._compiler.compile(
            input=rendering.TEMPLATES / f"{KIND}.typ",
            sys_inputs={"data": self._data.replace("NOMOR", str(next(_fresh)))},
            format="pdf",
            pdf_standards="a-2b",
            timestamp=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
        )


_FIRST = """
import os, time
from pathlib import Path
from kimweb.documents import rendering
from tests.documents.letters import signed
letter = signed("surat_undangan")
began = time.perf_counter()
rendering.pdf("surat_undangan", letter)
first = time.perf_counter() - began
rendering.warm()
(child,) = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
# Not getrusage: its peak is inherited from the process that started this one.
peaks = [
    next(line for line in open(f"/proc/{pid}/status") if line.startswith("VmHWM"))
    for pid in ("self", child)
]
print(first * 1000, *(int(peak.split()[1]) / 1000 for peak in peaks))
"""


def _fresh_process() -> Iterator[Figure]:
    """What the first letter costs a process that has set none, and what it and its child hold."""
    told = [
        subprocess.run(
            [sys.executable, "-c", _FIRST], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(harness.ROUNDS)
    ]
    times, own, children = (tuple(float(row[n]) for row in told) for n in range(3))
    for name, values, target, unit in (
        ("first of a process", times, Target(200, most=True), "ms"),
        ("typesetter after every kind", children, Target(80, most=True), "MB"),
        ("process that asks it", own, harness.UNPROMISED, "MB"),
    ):
        yield Figure(f"letter to PDF: {name}", values, target, unit, median(values))


def _signing(letter: bytes) -> Iterator[Figure]:
    """What a signature with a key file costs, and how much longer it makes the letter."""
    words = Words("Kepala Dinas", "Nomor 1: Undangan", "Kantor", URL.format(1))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority.found(folder, clock.now())
        authority.issue(folder, words.name, "kadis.p12", "frasa sandi", clock.now())
        signer = FileSigner(folder / "kadis.p12", "frasa sandi")
        rate = harness.rate("signing a letter", lambda: signer.sign(letter, words), Target(4))
        grown = len(signer.sign(letter, words)) / 1000
    yield rate
    yield harness.count("signed letter: length", grown, Target(120, most=True), "kB")


def _letter() -> bytes:
    number = f"094/{next(_fresh)}/DISKOMINFO/2026"
    return rendering.pdf(KIND, {**_CONTENT, "number": number, **_verified(number)})


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
