"""A file for the address book: each row is judged alone, and a second one doubles nobody."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from kimweb import db
from kimweb.dispatch import columns, imports, recipients
from kimweb.dispatch.imports import CHANGED, NEW, SAME, WRONG, Line
from kimweb.dispatch.models import Recipient
from kimweb.documents import regions, tables
from kimweb.documents.tables import TableError

HEAD = "Jenis;Nama;Jabatan;Kecamatan;Desa/Kelurahan;Tempat;Pos-el;Telepon;Cara kirim"
SAMSUL = "Narasumber;Dr. Samsul, M.Si;Dosen;;;Kota Baru;samsul@kampus.example;;"


@pytest.fixture(autouse=True)
def _office(app: Flask) -> None:
    """Every test here has the example office's address book."""


def examined(*rows: str, head: str = HEAD) -> list[Line]:
    data = "\n".join((head, *rows)).encode()
    return imports.examine(db.session(), columns.cells_of(tables.read(data)))


def written(*rows: str) -> int:
    with db.writing() as session:
        data = "\n".join((HEAD, *rows)).encode()
        lines = imports.examine(session, columns.cells_of(tables.read(data)))
        return imports.write(session, lines)


def in_the_book() -> int:
    return db.session.scalar(select(func.count()).select_from(Recipient)) or 0


def test_looking_at_a_file_writes_nothing() -> None:
    before = in_the_book()
    (line,) = examined(SAMSUL)
    assert (line.row, line.outcome) == (2, NEW)
    assert line.entry
    assert (line.entry.channel, line.entry.region) == ("email", "")
    assert in_the_book() == before


def test_the_same_file_twice_adds_nobody_twice() -> None:
    before = in_the_book()
    assert written(SAMSUL) == 1
    assert written(SAMSUL) == 0
    assert [line.outcome for line in examined(SAMSUL)] == [SAME]
    assert written(SAMSUL.replace("Dosen", "Guru Besar")) == 1
    assert in_the_book() == before + 1


def test_a_new_camat_takes_the_place_of_the_one_before() -> None:
    district = regions.districts()[0]
    before = in_the_book()
    row = f"camat;Hj. Sitti, S.Sos;Camat {district.name};kec. {district.name.lower()};;;;;caraka"
    (line,) = examined(row)
    assert line.outcome == CHANGED
    assert written(row) == 1
    assert in_the_book() == before
    found = db.session.scalars(select(Recipient).where(Recipient.region == district.code)).one()
    assert (found.name, found.channel) == ("Hj. Sitti, S.Sos", "caraka")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (";Nurdin;;;;;;;", "Baris 3: Pilih jenis penerima."),
        ("Narasumber;;;;;;;;", "Baris 3: Isi nama penerima"),
        ("Narasumber;Nurdin;;;;;nurdin@@a.b;;", "Baris 3: Alamat pos-el"),
        ("Narasumber;Nurdin;;;;;;;Pos-el", "Baris 3: Isi alamat pos-el"),
        ("Narasumber;Nurdin;;;;;;;merpati", "Baris 3: Pilih cara pengiriman."),
        ("Camat;Nurdin;;;;;;;", "Baris 3: Pilih kecamatan tempat penerima ini menjabat."),
        ("Narasumber;nurdin@a.example;;;;;;;", "Baris 3: Nama tidak boleh memuat tanda @"),
        (SAMSUL, "Baris 3: sama dengan baris 2. Hapus salah satunya."),
    ],
)
def test_each_bad_row_has_its_sentence_and_the_good_one_beside_it_stays_good(
    row: str, sentence: str
) -> None:
    good, bad = examined(SAMSUL, row)
    assert (good.outcome, bad.outcome) == (NEW, WRONG)
    assert bad.sentence.startswith(sentence)


def test_a_kecamatan_written_wrong_is_guessed_but_not_taken() -> None:
    district = regions.districts()[0]
    (line,) = examined(f"Camat;Nurdin;;{district.name}x;;;;;")
    assert line.outcome == WRONG
    assert f"Mungkin maksudnya {district.title}?" in line.sentence


def test_spreadsheets_lose_the_nought_of_a_telephone_and_it_is_put_back() -> None:
    (line,) = examined("Narasumber;Nurdin;;;;;;81234567890;WhatsApp")
    assert line.entry
    assert (line.entry.phone, line.entry.channel) == ("081234567890", "wa")


def test_without_its_columns_a_file_is_refused_as_a_whole() -> None:
    with pytest.raises(TableError, match="Kolom Jenis dan Nama tidak ditemukan"):
        examined("a;b", head="Satu;Dua")
    with pytest.raises(TableError, match="belum ada satu baris pun"):
        examined()


def test_the_exported_book_is_imported_without_a_change() -> None:
    written("Narasumber;-Samsul;=1+1;;;;;;Caraka")
    exported = columns.exported(db.session())
    assert ";'-Samsul;'=1+1;" in exported.decode()
    lines = imports.examine(db.session(), columns.cells_of(tables.read(exported)))
    assert {line.outcome for line in lines} == {SAME}
    assert len(lines) == len(recipients.standing(db.session()))


def test_the_file_to_be_filled_in_has_our_columns() -> None:
    (head,) = tables.read(columns.example())
    assert [words for words in head[1] if words] == list(columns.HEADINGS.values())
