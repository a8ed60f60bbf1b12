"""Photos and files from outside: what is taken, what is refused, what is left of them."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from kimweb import db
from kimweb.cases import attachments, pictures
from kimweb.cases.models import Case
from kimweb.documents.store import Store
from tests.databases import both_databases
from tests.world import World

KOLAKA = {1: "S", 2: (4.0, 3.0, 0.0), 3: "E", 4: (121.0, 35.0, 0.0)}
PDF_BODY = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
PDF = (
    PDF_BODY
    + b"xref\n0 1\n0000000000 65535 f \ntrailer<</Size 3/Root 1 0 R>>\n"
    + b"startxref\n%d\n%%%%EOF\n" % len(PDF_BODY)
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files")


def picture(size: tuple[int, int] = (400, 300), kind: str = "JPEG", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **more)
    return out.getvalue()


def from_a_phone_held_upright() -> bytes:
    """A photo with its place, its device, and turned by 90 degrees as phones store it."""
    image = Image.new("RGB", (400, 300), (200, 30, 30))
    exif = image.getexif()
    exif[0x0112], exif[0x010F] = 6, "Telepon"
    exif.get_ifd(0x8825).update(KOLAKA)
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def take(store: Store, data: bytes, name: str = "foto.jpg", purpose: str = attachments.PHOTO):  # type: ignore[no-untyped-def]
    return attachments.take_in(store, io.BytesIO(data), name, purpose)


def test_a_photo_loses_its_place_and_device_and_stands_upright(store: Store) -> None:
    original = from_a_phone_held_upright()
    assert opened(original).getexif().get_ifd(0x8825)
    kept = store.read(take(store, original).sha256)
    assert opened(kept).size == (300, 400)
    assert not opened(kept).getexif()
    assert b"Exif" not in kept
    assert b"Telepon" not in kept


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_accepted_kind_becomes_a_jpeg_with_a_thumbnail(store: Store, kind: str) -> None:
    taken = take(store, picture((3000, 1500), kind), f"balai.{kind.lower()}")
    assert (taken.name, taken.media_type) == ("balai.jpg", "image/jpeg")
    kept, small = store.read(taken.sha256), store.read(taken.thumbnail or "")
    assert (opened(kept).format, opened(kept).size) == ("JPEG", (2000, 1000))
    assert opened(small).size == (320, 160)
    assert taken.bytes == len(kept)


def test_what_is_transparent_becomes_white_not_black(store: Store) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    assert opened(store.read(take(store, out.getvalue()).sha256)).getpixel((25, 25)) == (
        255,
        255,
        255,
    )


def test_a_file_hidden_behind_a_photo_is_gone(store: Store) -> None:
    kept = store.read(take(store, picture() + b"PK\x03\x04<script>alert(1)</script>").sha256)
    assert b"script" not in kept


def test_the_place_of_a_photo_is_kept_only_on_purpose_and_only_as_words(store: Store) -> None:
    upright = io.BytesIO(from_a_phone_held_upright())
    told = attachments.take_in(store, upright, "a.jpg", attachments.PHOTO, keep_place=True)
    assert told.caption == "Lokasi 4,05000° LS, 121,58333° BT"
    assert not opened(store.read(told.sha256)).getexif()
    assert take(store, from_a_phone_held_upright()).caption == ""
    placeless = io.BytesIO(picture())
    silent = attachments.take_in(store, placeless, "b.jpg", attachments.PHOTO, keep_place=True)
    assert silent.caption == ""


def commented() -> bytes:
    """A JPEG whose comment is a page with a script."""
    page = b"<html><script>alert(1)</script></html>"
    whole = picture()
    return whole[:2] + b"\xff\xfe" + struct.pack(">H", len(page) + 2) + page + whole[2:]


def lettered(kind: bytes, body: bytes) -> bytes:
    """A PNG with one more part of text in it."""
    whole = picture(kind="PNG")
    crc = struct.pack(">I", zlib.crc32(kind + body))
    return whole[:33] + struct.pack(">I", len(body)) + kind + body + crc + whole[33:]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(commented(), id="a page in the comment of a JPEG"),
        pytest.param(lettered(b"tEXt", b"Comment\0<script>alert(1)</script>"), id="text of a PNG"),
        pytest.param(picture(kind="WEBP", xmp=b"<script>alert(1)</script>"), id="XMP of a WebP"),
        pytest.param(picture(icc_profile=b"<script>" * 20), id="a colour profile that is none"),
        pytest.param(picture() + PDF, id="a PDF behind a JPEG"),
    ],
)
def test_what_rides_along_in_a_photo_is_gone(store: Store, data: bytes) -> None:
    kept = store.read(take(store, data).sha256)
    assert opened(kept).format == "JPEG"
    assert b"script" not in kept
    assert b"%PDF" not in kept


def test_a_photo_that_unpacks_without_end_is_refused(store: Store) -> None:
    text = b"Comment\0\0" + zlib.compress(b"a" * 50_000_000)
    with pytest.raises(pictures.Refused, match="rusak atau tidak utuh"):
        take(store, lettered(b"zTXt", text))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is that many points wide and high."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b""))
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(b"", "kosong", id="empty"),
        pytest.param(picture()[:2000], "rusak atau tidak utuh", id="cut off"),
        pytest.param(bomb(60_000, 60_000), "40 juta titik", id="bomb"),
        pytest.param(bomb(8_000, 5_001), "40 juta titik", id="a little too large"),
        pytest.param(b"GIF89a" + b"\0" * 50, "tidak dapat diterima", id="gif"),
        pytest.param(b"<svg onload='alert(1)'/>", "tidak dapat diterima", id="svg"),
        pytest.param(b"MZ" + b"\0" * 100, "tidak dapat diterima", id="program"),
        pytest.param(b"RIFF\0\0\0\0WAVEfmt ", "rusak atau tidak utuh", id="sound"),
        pytest.param(b"\0\0\0\x18ftypheic" + b"\0" * 50, "Paling Kompatibel", id="heic"),
        pytest.param(PDF, "tidak dapat diterima", id="pdf as photo"),
    ],
)
def test_what_is_no_photo_is_refused_with_what_to_do(
    store: Store, data: bytes, sentence: str
) -> None:
    with pytest.raises(pictures.Refused, match=sentence):
        take(store, data)
    assert not list(store.folder.rglob("*")) if store.folder.exists() else True


def test_more_than_25_mb_are_refused_without_reading_on(store: Store) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"\xff" * size

    endless = Endless()
    with pytest.raises(pictures.Refused, match="25 MB"):
        attachments.take_in(store, endless, "besar.jpg", attachments.PHOTO)  # type: ignore[arg-type]
    assert endless.given == pictures.MOST_BYTES + 1


def test_a_pdf_is_taken_as_material(store: Store) -> None:
    taken = take(store, PDF, "kuitansi.PDF", attachments.MATERIAL)
    assert (taken.name, taken.media_type, taken.thumbnail) == ("kuitansi.pdf", pictures.PDF, None)
    assert store.read(taken.sha256) == PDF


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(PDF[:100], "tidak utuh", id="cut off"),
        pytest.param(PDF + b"PK\x03\x04 dua berkas", "tidak utuh", id="something behind it"),
        pytest.param(
            PDF.replace(b"startxref\n", b"startxref\n9"), "tidak utuh", id="points nowhere"
        ),
        pytest.param(PDF.replace(b"/Size", b"/Encrypt 9 0 R/Size"), "terkunci sandi", id="locked"),
    ],
)
def test_a_pdf_that_nobody_could_open_is_refused(store: Store, data: bytes, sentence: str) -> None:
    with pytest.raises(pictures.Refused, match=sentence):
        take(store, data, "kuitansi.pdf", attachments.MATERIAL)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Foto\\balai desa.JPG", "balai desa.jpg"),
        ("foto\r\nSet-Cookie: x.png", "foto Set-Cookie: x.jpg"),
        (".jpg", "jpg.jpg"),
        ("", "berkas.jpg"),
        ("x" * 300 + ".jpg", "x" * 120 + ".jpg"),
    ],
)
def test_a_file_name_is_only_a_name(store: Store, sent: str, kept: str) -> None:
    assert take(store, picture(), sent).name == kept


@pytest.fixture
def case(world: World) -> Case:
    return world.case()


@both_databases
def test_the_same_photo_sent_twice_is_one_photo(world: World, case: Case, store: Store) -> None:
    for _ in range(2):
        attachments.add(db.session(), case, take(store, picture()), world.person("tim"))
    assert len(attachments.of_case(db.session(), case.id)) == 1


def test_the_same_file_may_be_photo_and_material(world: World, case: Case, store: Store) -> None:
    for purpose in (attachments.PHOTO, attachments.MATERIAL):
        taken = take(store, picture(), purpose=purpose)
        attachments.add(db.session(), case, taken, world.person("tim"))
    assert len(attachments.of_case(db.session(), case.id)) == 2
    assert len(attachments.of_case(db.session(), case.id, attachments.PHOTO)) == 1


def test_a_case_takes_only_so_many_files(
    world: World, case: Case, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "MOST_FILES", 1)
    attachments.add(db.session(), case, take(store, picture()), world.person("tim"))
    with pytest.raises(pictures.Refused, match="paling banyak 1 berkas"):
        attachments.add(db.session(), case, take(store, picture((9, 9))), world.person("tim"))


def test_a_photo_is_described_and_taken_out(world: World, case: Case, store: Store) -> None:
    photo = attachments.add(db.session(), case, take(store, picture()), world.person("tim"))
    assert attachments.describe(photo, "  Pemilihan\n ketua ") is None
    assert photo.caption == "Pemilihan ketua"
    assert "300 huruf" in (attachments.describe(photo, "x" * 301) or "")
    assert photo.caption == "Pemilihan ketua"
    attachments.remove(db.session(), photo)
    assert not attachments.of_case(db.session(), case.id)


def test_a_file_is_found_only_through_its_own_case(world: World, case: Case, store: Store) -> None:
    with db.writing() as session:
        photo = attachments.add(session, case, take(store, picture()), world.person("tim"))
    other = world.case(subject="Pembentukan KIM di tempat lain")
    assert attachments.get(db.session(), case.id, photo.id) is photo
    assert attachments.get(db.session(), other.id, photo.id) is None
