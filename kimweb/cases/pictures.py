"""Files from outside made harmless: photos are decoded and drawn anew, a PDF must be one.

A photo that is drawn anew carries nothing but its picture: no place, no device, no second file
hidden behind it (OWASP ASVS 5.0, 5.2 and 5.3).
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import IO

from PIL import Image, ImageOps

MEGABYTE = 1_000_000
MOST_BYTES = 25 * MEGABYTE
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2_000
THUMBNAIL_SIDE = 320
QUALITY, THUMBNAIL_QUALITY = 85, 75
JPEG, PDF = "image/jpeg", "application/pdf"
_TOO_MANY_PIXELS = (
    f"Foto ini lebih dari {MOST_PIXELS // 1_000_000} juta titik. Perkecil dahulu, lalu kirim lagi."
)
_GPS = 0x8825
_DECODERS = ("JPEG", "PNG", "WEBP")
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
# A PDF ends by saying where its table of objects begins (ISO 32000-1, 7.5.5 and 7.5.8).
_PDF_END = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF[\s\x00]*\Z")
_PDF_TABLE = re.compile(rb"\s*(xref\b|\d+\s+\d+\s+obj\b)")
_PDF_END_WITHIN = 2_048


class Refused(Exception):
    """The file cannot be taken; the message says in Indonesian why and what to do."""


def read(stream: IO[bytes]) -> bytes:
    """Return the whole file, never more than MOST_BYTES of it; Refused when empty or larger."""
    data = stream.read(MOST_BYTES + 1)
    if not data:
        raise Refused("Berkas ini kosong. Pilih berkas lain.")
    if len(data) > MOST_BYTES:
        raise Refused(
            f"Berkas ini lebih besar dari {MOST_BYTES // MEGABYTE} MB. "
            "Perkecil dahulu, lalu kirim lagi."
        )
    return data


def is_pdf(data: bytes) -> bool:
    """Tell whether the file begins as a PDF does."""
    return data.startswith(b"%PDF-")


def check_pdf(data: bytes) -> None:
    """Raise Refused unless `data` is one whole, unlocked PDF with nothing behind it."""
    end = _PDF_END.search(data, max(0, len(data) - _PDF_END_WITHIN))
    table = int(end[1]) if end else len(data)
    if not _PDF_TABLE.match(data, table):
        raise Refused("PDF ini tidak utuh. Buka, simpan ulang, lalu kirim lagi.")
    if b"/Encrypt" in data[table:]:
        raise Refused("PDF ini terkunci sandi. Simpan tanpa sandi, lalu kirim lagi.")


def photo(data: bytes) -> tuple[bytes, bytes]:
    """Return the photo drawn anew, upright, as JPEG of at most LONGEST_SIDE, and its thumbnail."""
    if not data.startswith(_SIGNATURES):
        raise Refused(_what_instead(data))
    picture = _decoded(data)
    return _jpeg(picture, LONGEST_SIDE, QUALITY), _jpeg(picture, THUMBNAIL_SIDE, THUMBNAIL_QUALITY)


def place_of(data: bytes) -> str:
    """Return where a photo says that it was taken, as words for its caption; empty when unknown."""
    try:
        with Image.open(io.BytesIO(data), formats=_DECODERS) as opened:
            told = opened.getexif().get_ifd(_GPS)
        south, east = _degrees(told[2], told[1], "S"), _degrees(told[4], told[3], "W")
    except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError, OSError, SyntaxError):
        return ""
    return f"Lokasi {_in_words(south, 'LU', 'LS')}, {_in_words(east, 'BT', 'BB')}"


def _degrees(parts: Sequence[float], side: str, negative: str) -> float:
    """Degrees, minutes and seconds as one number (Exif 2.32, 4.6.6)."""
    degrees, minutes, seconds = (float(part) for part in parts)
    whole = degrees + minutes / 60 + seconds / 3600
    if not 0 <= whole <= 180:
        raise ValueError("no place on the earth")
    return -whole if side == negative else whole


def _in_words(degrees: float, positive: str, negative: str) -> str:
    number = f"{abs(degrees):.5f}".replace(".", ",")
    return f"{number}° {negative if degrees < 0 else positive}"


def _decoded(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=_DECODERS) as opened:
            # The header tells the size: nothing is decoded before it is known to be bearable.
            if opened.width * opened.height > MOST_PIXELS:
                raise Refused(_TOO_MANY_PIXELS)
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
            return _on_white(upright)
    except Image.DecompressionBombError as failure:
        raise Refused(_TOO_MANY_PIXELS) from failure
    except (OSError, SyntaxError, ValueError) as failure:
        raise Refused("Foto ini rusak atau tidak utuh. Ambil ulang, lalu kirim lagi.") from failure


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    paper = Image.new("RGB", layer.size, "white")
    paper.paste(layer, mask=layer.getchannel("A"))
    return paper


def _jpeg(picture: Image.Image, side: int, quality: int) -> bytes:
    drawn = picture.copy()
    drawn.thumbnail((side, side), Image.Resampling.LANCZOS)
    drawn.info.clear()
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _what_instead(data: bytes) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"hevc", b"msf1"):
        return (
            "Foto HEIC belum dapat diterima. Pada iPhone pilih Pengaturan, Kamera, Format, "
            "Paling Kompatibel, lalu ambil ulang fotonya."
        )
    return "Berkas ini tidak dapat diterima. Kirim foto JPEG, PNG, atau WebP, atau berkas PDF."
