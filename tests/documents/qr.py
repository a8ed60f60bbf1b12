"""Reading a QR from the page as a phone does: from its dark and light dots (ISO/IEC 18004).

Written against the standard and not against the program that draws ours. It corrects no errors:
a page fresh from the typesetter has none.
"""

from __future__ import annotations

import io
import re
import subprocess
from itertools import pairwise, product

from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

DPI = 600
DARK = 128
FORMAT_MASK = 0b101010000010010
MEDIUM = 0b00  # The level of correction, as the format says it.
# Level M by version: blocks, and data codewords of the first; the last ones hold one more each.
BLOCKS = {
    1: (1, 16, 0),
    2: (1, 28, 0),
    3: (1, 44, 0),
    4: (2, 32, 0),
    5: (2, 43, 0),
    6: (4, 27, 0),
    14: (9, 40, 5),
    15: (10, 41, 5),
    16: (10, 45, 3),
    17: (11, 46, 1),
    18: (13, 43, 4),
}
# Where the middles of the small eyes lie, down as across (ISO/IEC 18004, annex E).
EYES = {
    1: (),
    **{version: (6, 4 * version + 10) for version in range(2, 7)},
    14: (6, 26, 46, 66),
    15: (6, 26, 48, 70),
    16: (6, 26, 50, 74),
    17: (6, 30, 54, 78),
    18: (6, 30, 56, 82),
}
# From these versions on the number of bytes has two, and the version stands beside two eyes.
LONG, NAMED = 10, 7
BYTES = 0b0100
EDGE = re.compile(rb"(?<!\xff)\xff{%d,%d}(?!\xff)" % (DPI * 3 // 25, DPI * 8 // 25))
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
    box = [round(side * DPI / 72) for side in (left, height - high, right, height - low)]
    return text_of(_dots(_printed(pdf, number).crop(box)))


def alone(pdf: bytes) -> str:
    """Return what the QR says that stands at the left of the last page, with nothing below it."""
    page = _printed(pdf, len(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Kids"]))
    left, top = _first_eye(page)
    below = page.crop((left, top, left + DPI // 25, page.height)).point(lambda tone: tone < DARK)
    side = below.getbbox()[3]
    return text_of(_dots(page.crop((left, top, left + side, top + side))))


def text_of(dots: Dots) -> str:
    """Return the text of a QR of bytes, level M, of a version in BLOCKS."""
    version = (len(dots) - 17) // 4
    blocks, size, longer = BLOCKS[version]
    codewords = _codewords(dots, version)
    even, odd = codewords[: blocks * size], codewords[blocks * size :][:longer]
    ends = [[]] * (blocks - longer) + [[byte] for byte in odd]
    whole = [byte for n in range(blocks) for byte in [*even[n::blocks], *ends[n]]]
    bits = "".join(f"{byte:08b}" for byte in whole)
    assert int(bits[:4], 2) == BYTES
    start = 12 if version < LONG else 20
    length = int(bits[4:start], 2)
    return bytes(int(bits[n : n + 8], 2) for n in range(start, start + 8 * length, 8)).decode()


def _printed(pdf: bytes, number: int) -> Image.Image:
    command = ["pdftoppm", "-r", str(DPI), "-gray", "-f", str(number), "-l", str(number), "-"]
    printed = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    return Image.open(io.BytesIO(printed))


def _first_eye(page: Image.Image) -> tuple[int, int]:
    """Return where the upper left eye begins: a black square ring, 3 to 8 mm wide."""
    black = page.point(lambda tone: 255 if tone < DARK else 0)
    for top in range(page.height):
        row = black.crop((0, top, page.width // 2, top + 1)).tobytes()
        for run in EDGE.finditer(row):
            left, right = run.span()
            low, thick = top + right - left, DPI // 75
            ring = (
                *((left, top, right, top + thick), (left, low - thick, right, low)),
                *((left, top, left + thick, low), (right - thick, top, right, low)),
            )
            if all(black.crop(side).getextrema() == (255, 255) for side in ring):
                return left, top
    raise AssertionError("the page has no QR")


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
    edge = [square.getpixel((x, 3)) < DARK for x in range(square.width)]
    starts = [n + 1 for n, (one, next_one) in enumerate(pairwise(edge)) if one != next_one]
    eye = next(end for end in starts if end > square.width / 15)
    count = round(7 * square.width / eye)
    middle = [int((n + 0.5) * square.width / count) for n in range(count)]
    return [[square.getpixel((x, y)) < DARK for x in middle] for y in middle]


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
    """Return where no data lie: eyes, format and version beside them, ruled lines, small eyes."""
    corners = set(product(range(9), range(9)))
    corners |= set(product(range(9), range(size - 8, size)))
    corners |= set(product(range(size - 8, size), range(9)))
    lines = {(6, n) for n in range(size)} | {(n, 6) for n in range(size)}
    middles = set(product(EYES[version], EYES[version])) - corners
    small = {(y + dy, x + dx) for y, x in middles for dy in range(-2, 3) for dx in range(-2, 3)}
    named = set(product(range(6), range(size - 11, size - 8))) if version >= NAMED else set()
    return corners | lines | small | named | {(x, y) for y, x in named}
