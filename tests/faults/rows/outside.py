"""Rows 27 and 30: what comes from outside is bad, and certificates that may not sign."""

from __future__ import annotations

import http.client
import io
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import psutil
from PIL import Image
from sqlalchemy import func, select

from kimweb import db
from kimweb.cases.models import Attachment
from kimweb.commands import certificates, samples
from kimweb.commands.example import ACCOUNTS
from kimweb.documents import signatures
from kimweb.documents.models import Signature
from kimweb.documents.signing import authority
from kimweb.people import accounts
from tests.faults.browser import Browser
from tests.faults.harness import Rig
from tests.faults.matrix import row

MEGABYTE = 1_000_000
GROWTH_BYTES = 50 * MEGABYTE
# Longer than any certificate is valid.
AGE_DAYS = 9_000
REFUSED = range(400, 500)


@row(27)
def uploads_are_bad(rig: Rig) -> None:
    """Corrupt, forged, huge, bomb-like, slow and cut uploads: each is refused, nothing is left."""
    (case_id,) = rig.cases(1, at=12)
    rig.start("redis", "web")
    tim = rig.browser("tim")
    where = f"/cases/{case_id}/attachments"
    page = tim.get(f"/cases/{case_id}")
    good = samples.photo().getvalue()
    assert tim.upload(where, page, "rapat.jpg", good, purpose="photo").status in (200, 303)
    before = _memory(rig)
    for name, content in _corpus(good):
        for purpose in ("photo", "material"):
            answer = tim.upload(where, page, name, content, purpose=purpose)
            # The line to a sender of far too much is cut while it still sends.
            refused = answer.status in REFUSED or (not answer.status and name == "terlalu.jpg")
            assert refused, (name, purpose, answer.status)
    grown = _memory(rig) - before
    _cut_in_half(rig, tim, where)
    _comes_slowly(rig, tim, where)
    assert tim.get(f"/cases/{case_id}").status == 200
    with rig.reading() as session:
        assert session.scalar(select(func.count()).select_from(Attachment)) == 1
    rig.note = f"memory grew by {grown / MEGABYTE:.0f} MB"
    assert grown <= GROWTH_BYTES, rig.note


def _corpus(photo: bytes) -> Iterator[tuple[str, bytes]]:
    """Files that look like a photo or a PDF and are none, or are too much of one."""
    yield "kosong.jpg", b""
    yield "satu.jpg", b"\xff"
    yield "kepala.jpg", photo[:3]
    yield "separuh.png", _png()[: len(_png()) // 2]
    yield "bom.png", _png((30_000, 30_000))
    yield "rusak.png", _png().replace(b"IDAT", b"XDAT")
    yield "teks.jpg", b"bukan foto\n" * 1000
    yield "halaman.jpg", b"<!doctype html><script>alert(1)</script>"
    yield "gambar.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield "program.jpg", b"\x7fELF" + bytes(5000)
    yield "arsip.jpg", b"PK\x03\x04" + bytes(5000)
    yield "gif.jpg", b"GIF89a" + bytes(500)
    yield "tiff.jpg", b"II*\x00" + bytes(500)
    yield "webp.webp", b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(50)
    yield "ekor.pdf", b"%PDF-1.7\n%%EOF\n"
    yield "terpotong.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
    yield "ganda.pdf", b"%PDF-1.7\nxref\nstartxref\n9\n%%EOF\n" + b"PK\x03\x04" + bytes(3000)
    yield "meleset.pdf", b"%PDF-1.7\nstartxref\n999999\n%%EOF\n"
    yield "../../etc/passwd", b"root:x:0:0\n"
    yield "besar.jpg", photo + bytes(30 * MEGABYTE)
    yield "seratus.jpg", photo[:1000] + bytes(100 * MEGABYTE)
    yield "terlalu.jpg", bytes(160 * MEGABYTE)


def _png(size: tuple[int, int] = (200, 200)) -> bytes:
    """Return a PNG whose header says `size`; a large one holds far fewer bytes than it says."""
    made = io.BytesIO()
    Image.new("RGB", (200, 200), "navy").save(made, "PNG")
    data = bytearray(made.getvalue())
    header = b"IHDR" + b"".join(side.to_bytes(4, "big") for side in size) + bytes(data[24:29])
    data[12:33] = header + zlib.crc32(header).to_bytes(4, "big")
    return bytes(data)


def _memory(rig: Rig) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in rig.parts["web"].pids())


def _cut_in_half(rig: Rig, by: Browser, where: str) -> None:
    """The line breaks when half of the photo has come."""
    with closing(_sending(rig, by, where, 200_000)) as line:
        line.sendall(bytes(100_000))


def _comes_slowly(rig: Rig, by: Browser, where: str) -> None:
    """Twenty uploads that never get on keep nobody else from working, wherever they fall."""
    lines = [_sending(rig, by, where, 200_000) for _ in range(20)]
    for _ in range(5):
        for line in lines:
            with suppress(OSError):  # who found no place was told so, and is listened to no more
                line.sendall(b"x")
        began = time.monotonic()
        assert by.get("/healthz/live").status == 200
        assert time.monotonic() - began < 5, "the slow ones keep everybody waiting"
    for line in lines:
        line.close()


def _sending(rig: Rig, by: Browser, where: str, length: int) -> socket.socket:
    """Return a line on which the head of an upload of `length` bytes was sent."""
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in by.jar)
    connection = http.client.HTTPConnection("127.0.0.1", rig.port, timeout=30)
    connection.putrequest("POST", where)
    connection.putheader("Cookie", cookies)
    connection.putheader("Sec-Fetch-Site", "same-origin")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(length))
    connection.endheaders(b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\n')
    line = connection.sock
    assert isinstance(line, socket.socket)
    return line


# ---- Certificates ---------------------------------------------------------------------------


@row(30)
def certificate_may_not_sign(rig: Rig) -> None:
    """The certificate has ended, begins later, is another person's, damaged, foreign or gone."""
    with rig.reading():
        certificates.furnish_example()
    (case_id,) = rig.cases(1, at=8)
    rig.start("redis", "web")
    kadis = rig.browser("kadis")
    phrase = next(a.passphrase for a in ACCOUNTS if a.username == "kadis")
    file = _certificate_file(rig)
    whole = file.read_bytes()
    for harm in ("ended", "begins later", "another person's", "foreign", "damaged", "gone"):
        page = kadis.get(f"/cases/{case_id}")
        with _harmed(rig, harm, file, phrase):
            answer = rig.decide(kadis, case_id, page, means="certificate", passphrase=phrase)
        assert answer.status in REFUSED, (harm, answer.status)
        assert rig.step_of(case_id) == 8, f"{harm}: the case moved"
        assert file.read_bytes() == whole
    with rig.reading() as session:
        signed = select(func.count()).where(Signature.certificate_id.is_not(None))
        assert session.scalar(signed) == 0, "a signature was made"
    page = kadis.get(f"/cases/{case_id}")
    assert rig.decide(kadis, case_id, page, means="certificate", passphrase=phrase).status == 303


def _certificate_file(rig: Rig) -> Path:
    with rig.reading() as session:
        person = accounts.find(session, "kadis")
        assert person
        certificate = signatures.certificate_of(session, person)
        assert certificate
        return signatures.folder() / certificate.reference


@contextmanager
def _harmed(rig: Rig, harm: str, file: Path, phrase: str) -> Iterator[None]:
    """Let the certificate of Kadis be what `harm` says, and sound again at the end."""
    kept, now = file.read_bytes(), rig.clock.now()
    days = {"ended": -AGE_DAYS, "begins later": AGE_DAYS}.get(harm, 0)
    if days:
        _moved(rig, days)
    elif harm == "another person's":
        _issue(rig, file.parent, file.name, phrase)
    elif harm == "foreign":
        elsewhere = rig.folder / "elsewhere"
        with rig.reading():
            authority.found(elsewhere, now)
        _issue(rig, elsewhere, file.name, phrase)
        file.write_bytes((elsewhere / file.name).read_bytes())
    elif harm == "damaged":
        file.write_bytes(kept[: len(kept) // 2])
    else:
        file.unlink()
    try:
        yield
    finally:
        file.write_bytes(kept)
        _moved(rig, -days)


def _issue(rig: Rig, folder: Path, file: str, phrase: str) -> None:
    """Issue a certificate to somebody else under the name of the file of Kadis."""
    with rig.reading():
        authority.issue(folder, "Orang Lain", file, phrase, rig.clock.now())


def _moved(rig: Rig, days: int) -> None:
    """Move the time in which the certificate of Kadis is valid."""
    with rig.reading(), db.writing() as session:
        person = accounts.find(session, "kadis")
        assert person
        certificate = signatures.certificate_of(session, person)
        assert certificate
        assert certificate.valid_from
        assert certificate.valid_until
        certificate.valid_from += timedelta(days=days)
        certificate.valid_until += timedelta(days=days)
