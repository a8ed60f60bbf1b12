"""Reading a QR from the page as a phone does: from its dark and light dots (ISO/IEC 18004).

Written against the standard and not against the program that draws ours. It corrects no errors:
a page fresh from the typesetter has none.
"""

from __future__ import annotations

import io
import subprocess
from itertools import pairwise, product

from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

DPI = 600
FORMAT_MASK = 0b101010000010010
MEDIUM = 0b00  # The level of correction, as the format says it.
# Blocks and data codewords in each, of level M, by version.
BLOCKS = {1: (1, 16), 2: (1, 28), 3: (1, 44), 4: (2, 32), 5: (2, 43), 6: (4, 27)}
BYTES = 0b0100
MASKS = (
    lambda y, x: (y + x) % 2,
    lambda y, _: y % 2,
    lambda _, x: x % 3,
    lambda y, x: (y + x) % 3,
    lambda y, x: (y // 2 + x // 3) % 2,
    lambda y, x: y * x % 2 + y * x % 3,
    lambda y, x: (y * x % 2 + y * x % 3) % 2,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
)
Dots = list[list[bool]]


def on_page(pdf: bytes) -> str:
    """Return what the QR says that is printed on a letter, where its link lies."""
    number, (left, low, right, high), height = _linked(pdf)
    command = ["pdftoppm", "-r", str(DPI), "-gray", "-f", str(number), "-l", str(number), "-"]
    printed = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    page = Image.open(io.BytesIO(printed))
    box = [round(side * DPI / 72) for side in (left, height - high, right, height - low)]
    return text_of(_dots(page.crop(box)))


def text_of(dots: Dots) -> str:
    """Return the text of a QR of bytes, level M, versions 1 to 6."""
    version = (len(dots) - 17) // 4
    blocks, size = BLOCKS[version]
    codewords = _codewords(dots, version)[: blocks * size]
    bits = "".join(f"{byte:08b}" for block in range(blocks) for byte in codewords[block::blocks])
    assert int(bits[:4], 2) == BYTES
    length = int(bits[4:12], 2)
    return bytes(int(bits[n : n + 8], 2) for n in range(12, 12 + 8 * length, 8)).decode()


def _linked(pdf: bytes) -> tuple[int, list[float], float]:
    """Return the page of the first link (from 1), the link's rectangle, the page's height."""
    for number, page in enumerate(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Kids"], 1):
        for annotation in page.get_object().get("/Annots", ()):
            if "/URI" in annotation.get_object().get("/A", {}):
                sides = [float(side) for side in annotation.get_object()["/Rect"]]
                return number, sides, float(page.get_object()["/MediaBox"][3])
    raise AssertionError("no page has a link")


def _dots(square: Image.Image) -> Dots:
    """Return the dots of a square picture; the eye's upper edge tells how wide one is."""
    edge = [square.getpixel((x, 3)) < 128 for x in range(square.width)]
    starts = [n + 1 for n, (one, next_one) in enumerate(pairwise(edge)) if one != next_one]
    eye = next(end for end in starts if end > square.width / 10)
    count = round(7 * square.width / eye)
    middle = [int((n + 0.5) * square.width / count) for n in range(count)]
    return [[square.getpixel((x, y)) < 128 for x in middle] for y in middle]


def _codewords(dots: Dots, version: int) -> list[int]:
    form = [dots[8][x] for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [
        dots[y][8] for y in (7, *range(5, -1, -1))
    ]
    about = int("".join("01"[bit] for bit in form), 2) ^ FORMAT_MASK
    assert about >> 13 == MEDIUM
    is_light = MASKS[about >> 10 & 7]
    bits = [dots[y][x] != (is_light(y, x) == 0) for y, x in _path(len(dots), version)]
    whole = len(bits) // 8 * 8
    return [int("".join("01"[bit] for bit in bits[n : n + 8]), 2) for n in range(0, whole, 8)]


def _path(size: int, version: int) -> list[tuple[int, int]]:
    """Return where the data lie, in order: pairs of columns from the right, up and down."""
    fixed = _fixed(size, version)
    columns = [x for x in range(size - 1, 0, -2) if x > 6] + [5, 3, 1]
    path = []
    for turn, right in enumerate(columns):
        rows = range(size) if turn % 2 else range(size - 1, -1, -1)
        path += [(y, x) for y in rows for x in (right, right - 1)]
    return [place for place in path if place not in fixed]


def _fixed(size: int, version: int) -> set[tuple[int, int]]:
    """Return where no data lie: eyes with the format beside them, ruled lines, the small eye."""
    corners = set(product(range(9), range(9)))
    corners |= set(product(range(9), range(size - 8, size)))
    corners |= set(product(range(size - 8, size), range(9)))
    lines = {(6, n) for n in range(size)} | {(n, 6) for n in range(size)}
    small = range(size - 9, size - 4) if version > 1 else range(0)
    return corners | lines | set(product(small, small))
