"""Tables as files: CSV and XLSX from outside made into plain rows, and rows made into CSV.

What comes from outside is bounded before it is opened: bytes, rows, columns, and how much a
packed file unpacks to. What leaves is opened by spreadsheets without running anything of it.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

MEGABYTE = 1_000_000
MOST_BYTES = 2 * MEGABYTE
MOST_UNPACKED = 60 * MEGABYTE
MOST_ROWS = 2_000
MOST_COLUMNS = 40
LONGEST_CELL = 1_000
# Rows with nothing in them at the end of a sheet are read, but only so many.
_MOST_READ = 10 * MOST_ROWS
_DELIMITERS = ";,\t"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NEUTRAL = "'"
_PACKED = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_SAVE_AGAIN = "Buka berkas itu, simpan sebagai XLSX atau CSV, lalu unggah lagi."

Row = tuple[int, list[str]]


class TableError(Exception):
    """The file cannot be read as a table; the message says why and what to do."""


def read(data: bytes) -> list[Row]:
    """Return the filled rows of a CSV or of an XLSX's first sheet, each with its row number."""
    if not data:
        raise TableError("Berkas ini kosong. Pilih berkas lain.")
    if len(data) > MOST_BYTES:
        raise TableError(f"Berkas ini lebih besar dari {MOST_BYTES // MEGABYTE} MB. Bagi dahulu.")
    if data.startswith(_OLD_EXCEL):
        raise TableError(f"Berkas Excel lama (XLS) belum dapat dibaca. {_SAVE_AGAIN}")
    cells = _of_xlsx(data) if data.startswith(_PACKED) else _of_csv(data)
    numbered = enumerate(islice(cells, _MOST_READ), start=1)
    rows = [(n, row) for n, row in numbered if any(row)]
    if len(rows) > MOST_ROWS + 1:
        raise TableError(f"Berkas ini lebih dari {MOST_ROWS} baris. Bagi menjadi beberapa berkas.")
    return rows


def to_csv(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, delimiter: str = ","
) -> bytes:
    """Return a table as CSV that spreadsheets open with every letter and run no formula of."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n", delimiter=delimiter)
    writer.writerow(header)
    writer.writerows([_neutral(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(
    header: Sequence[str],
    *,
    choices: Mapping[str, Sequence[str]],
    examples: Iterable[Sequence[str]],
) -> bytes:
    """Return an XLSX to be filled in: `header`, lists to choose from, and a sheet of examples."""
    # Whoever never opens or makes a spreadsheet does without its 15 MB.
    import openpyxl
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = openpyxl.Workbook()
    sheet, shown = book.active, book.create_sheet("Contoh")
    sheet.title = "Isian"
    for page in (sheet, shown):
        page.append(list(header))
        page.freeze_panes = "A2"
        for n, heading in enumerate(header, start=1):
            page.cell(1, n).font = Font(bold=True)
            page.column_dimensions[get_column_letter(n)].width = max(16, len(heading) + 4)
            # As text, so that a telephone number keeps its nought.
            page.column_dimensions[get_column_letter(n)].number_format = "@"
    for row in examples:
        shown.append(list(row))
    for heading, words in choices.items():
        letter = get_column_letter(header.index(heading) + 1)
        offered = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
        offered.add(f"{letter}2:{letter}{MOST_ROWS}")
        sheet.add_data_validation(offered)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def book(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Return an XLSX of whole sheets by their titles, the first row of each being its headings."""
    import openpyxl
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        page = made.create_sheet(title)
        for row in rows:
            page.append([_neutral(cell) if isinstance(cell, str) else cell for cell in row])
        page.freeze_panes = "A2"
        for n in range(1, len(rows[0]) + 1):
            page.cell(1, n).font = Font(bold=True)
            width = max(len(str(row[n - 1])) for row in rows)
            page.column_dimensions[get_column_letter(n)].width = min(max(10, width + 2), 60)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _of_csv(data: bytes) -> Iterator[list[str]]:
    text = _decoded(data)
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [_cell(value) for value in row[:MOST_COLUMNS]]
    except csv.Error as failure:
        raise TableError(f"Berkas CSV ini rusak. {_SAVE_AGAIN}") from failure


def _decoded(data: bytes) -> str:
    if b"\x00" in data:
        raise TableError(f"Berkas ini bukan CSV atau XLSX. {_SAVE_AGAIN}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _of_xlsx(data: bytes) -> Iterator[list[str]]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise TableError(f"Berkas XLSX ini terlalu besar bila dibuka. {_SAVE_AGAIN}")
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        sheet = book.worksheets[0]
        # What the file says of its own size may be wrong; the rows themselves are counted.
        sheet.reset_dimensions()
        for row in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True):
            yield [_cell(value) for value in row]
        book.close()
    except TableError:
        raise
    # The reader fails in its own ways on whatever calls itself XLSX; each means the same here.
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        OSError,
        SyntaxError,
    ) as failure:
        raise TableError(f"Berkas XLSX ini rusak atau terkunci sandi. {_SAVE_AGAIN}") from failure


def _cell(value: object) -> str:
    """Return a cell as text; a whole number keeps no ".0", our own neutral mark is taken off."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()[:LONGEST_CELL]
    if text.startswith(_NEUTRAL) and text[1:].startswith(_FORMULA_STARTS):
        return text[1:]
    return text


def _neutral(value: object) -> str:
    text = "" if value is None else str(value)
    return f"{_NEUTRAL}{text}" if text.startswith(_FORMULA_STARTS) else text
