"""Tables from outside are bounded and plain; tables that leave run nothing."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from kimweb.documents import tables
from kimweb.documents.tables import TableError


def xlsx(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_of_every_office_is_read(delimiter: str, encoding: str) -> None:
    text = f"Jenis{delimiter}Nama\r\n\r\nCamat{delimiter}“Nurdin”\r\n"
    assert tables.read(text.encode(encoding)) == [
        (1, ["Jenis", "Nama"]),
        (3, ["Camat", "“Nurdin”"]),
    ]


def test_csv_of_an_old_windows_is_read() -> None:
    assert tables.read("Nama\nCafé\n".encode("cp1252")) == [(1, ["Nama"]), (2, ["Café"])]


def test_xlsx_keeps_row_numbers_and_whole_numbers() -> None:
    rows = tables.read(xlsx(("Nama", "Telepon"), (None, None), ("Nurdin", 81234567890.0)))
    assert [(n, row[:2]) for n, row in rows] == [
        (1, ["Nama", "Telepon"]),
        (3, ["Nurdin", "81234567890"]),
    ]


def test_what_leaves_as_text_comes_back_as_it_was() -> None:
    made = tables.to_csv(("Nama",), [("=1+1",), ("+62 812",), ("O'Brien",)], delimiter=";")
    assert b"\n'=1+1\r\n'+62 812" in made
    assert [row for _, row in tables.read(made)][1:] == [["=1+1"], ["+62 812"], ["O'Brien"]]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(tables.MOST_UNPACKED + 1))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "kosong"),
        (bytes(tables.MOST_BYTES + 1), "lebih besar dari 2 MB"),
        (b"Nama\n" + b"x\n" * (tables.MOST_ROWS + 1), "lebih dari 2000 baris"),
        (b"\xd0\xcf\x11\xe0" + bytes(99), "Excel lama"),
        (b"\x89PNG\x00\x00", "bukan CSV atau XLSX"),
        (b"PK\x03\x04rusak", "rusak atau terkunci"),
        (xlsx(("Nama",))[:900], "rusak atau terkunci"),
        (bomb(), "terlalu besar bila dibuka"),
    ],
    ids=["empty", "large", "long", "xls", "picture", "broken", "cut", "bomb"],
)
def test_what_cannot_be_a_table_is_refused_with_what_to_do(data: bytes, sentence: str) -> None:
    with pytest.raises(TableError, match=sentence):
        tables.read(data)
