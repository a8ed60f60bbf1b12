"""Page 1 of the SOP: the identity box and the six boxes under it (PermenPANRB 35/2012)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from kimweb.sop.book import Identity
from kimweb.sop.chart.drawing import MARGIN, PAGE_HEIGHT, PAGE_WIDTH, box, words
from kimweb.sop.chart.lettering import wrap

_HALF = (PAGE_WIDTH - 2 * MARGIN) / 2
_LABEL = 112.0
_PAD = 6.0
_ROOM = PAGE_HEIGHT - 2 * MARGIN - 8
_SIZES = (10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.0, 6.0, 5.0, 4.0)


@dataclass(frozen=True)
class _Line:
    text: str
    bold: bool = False
    indent: float = 0.0
    number: str = ""


@dataclass(frozen=True)
class _Sheet:
    """The page at one letter size: what stands in each row, and how high that makes it."""

    size: float
    rows: tuple[tuple[str, tuple[_Line, ...]], ...]
    boxes: tuple[tuple[tuple[_Line, ...], tuple[_Line, ...]], ...]

    @property
    def leading(self) -> float:
        return self.size * 1.28

    def height_of(self, lines: Sequence[_Line]) -> float:
        return len(lines) * self.leading + 2 * _PAD

    @property
    def height(self) -> float:
        beside = sum(self.height_of(lines) for _, lines in self.rows)
        below = sum(max(map(self.height_of, pair)) for pair in self.boxes)
        return beside + below


def identity_page(identity: Identity) -> list[str]:
    """The drawn page; letters get smaller until everything fits."""
    sheets = (_sheet(identity, size) for size in _SIZES)
    sheet = next((sheet for sheet in sheets if sheet.height <= _ROOM), None)
    sheet = sheet or _sheet(identity, _SIZES[-1])
    drawn, y = _upper(sheet, identity.unit)
    for pair in sheet.boxes:
        height = max(map(sheet.height_of, pair))
        for x, lines in zip((MARGIN, MARGIN + _HALF), pair, strict=True):
            drawn += [box(x, y, _HALF, height), *_written(sheet, x, y, lines)]
        y += height
    return drawn


def _upper(sheet: _Sheet, unit: Sequence[str]) -> tuple[list[str], float]:
    drawn: list[str] = []
    y = MARGIN
    for label, lines in sheet.rows:
        height = sheet.height_of(lines)
        drawn += [
            box(MARGIN + _HALF, y, _LABEL, height),
            box(MARGIN + _HALF + _LABEL, y, _HALF - _LABEL, height),
            *_written(sheet, MARGIN + _HALF, y, [_Line(label)]),
            *_written(sheet, MARGIN + _HALF + _LABEL, y, lines),
        ]
        y += height
    return [*drawn, box(MARGIN, MARGIN, _HALF, y - MARGIN), *_letterhead(sheet, unit, y)], y


def _letterhead(sheet: _Sheet, unit: Sequence[str], bottom: float) -> list[str]:
    """The unit's lines in the middle of the left cell, the first two a little larger."""
    sized = [(line, sheet.size + (2.0 if n < 2 else 0.0)) for n, line in enumerate(unit)]
    lines = [
        (part, size)
        for line, size in sized
        for part in wrap(line, _HALF - 4 * _PAD, size, bold=True)
    ]
    leading = sheet.size * 2
    y = (MARGIN + bottom - len(lines) * leading) / 2 + leading * 0.7
    return [
        words((MARGIN + _HALF / 2, y + n * leading), part, size, bold=True, anchor="middle")
        for n, (part, size) in enumerate(lines)
    ]


def _written(sheet: _Sheet, x: float, y: float, lines: Sequence[_Line]) -> list[str]:
    drawn: list[str] = []
    for n, line in enumerate(lines):
        baseline = y + _PAD + sheet.size * 0.86 + n * sheet.leading
        if line.number:
            drawn.append(words((x + _PAD, baseline), line.number, sheet.size))
        if line.text:
            at = (x + _PAD + line.indent, baseline)
            drawn.append(words(at, line.text, sheet.size, bold=line.bold))
    return drawn


def _sheet(identity: Identity, size: float) -> _Sheet:
    room = _HALF - _LABEL - 2 * _PAD
    approver = identity.approved_by
    signed = [
        *_lines(f"{approver.position},", room, size),
        *[_Line("")] * 4,  # where the signature and the stamp go
        *_lines(approver.name, room, size, bold=True),
        *_lines(approver.rank, room, size),
        *_lines(f"NIP. {approver.nip}", room, size),
    ]
    rows = (
        ("Nomor SOP", _lines(identity.number, room, size)),
        ("Tanggal Pembuatan", _date(identity.made_on)),
        ("Tanggal Revisi", _date(identity.revised_on)),
        ("Tanggal Efektif", _date(identity.effective_on)),
        ("Disahkan oleh", tuple(signed)),
        ("Judul SOP", _lines(identity.title, room, size, bold=True)),
    )
    boxes = (
        (
            _box("Dasar Hukum", identity.legal_basis, size),
            _box("Kualifikasi Pelaksana", identity.qualifications, size),
        ),
        (
            _box("Keterkaitan", identity.related, size),
            _box("Peralatan/Perlengkapan", identity.equipment, size),
        ),
        (
            _box("Peringatan", (identity.warning,), size),
            _box("Pencatatan dan Pendataan", (identity.records,), size),
        ),
    )
    return _Sheet(size, rows, boxes)


def _lines(text: str, room: float, size: float, *, bold: bool = False) -> tuple[_Line, ...]:
    return tuple(_Line(line, bold) for line in wrap(text, room, size, bold=bold))


def _date(date: dt.date | None) -> tuple[_Line, ...]:
    return (_Line(f"{date:%d-%m-%Y}" if date else ""),)


def _box(label: str, items: Sequence[str], size: float) -> tuple[_Line, ...]:
    """A heading and its items, numbered when there are several, with hanging indents."""
    lines = [_Line(label, bold=True)]
    indent = size * 1.6 if len(items) > 1 else 0.0
    for number, item in enumerate(items, 1):
        first, *rest = wrap(item, _HALF - 2 * _PAD - indent, size)
        lines.append(_Line(first, indent=indent, number=f"{number}." if indent else ""))
        lines += [_Line(part, indent=indent) for part in rest]
    return tuple(lines)
