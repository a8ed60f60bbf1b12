"""The office's settings: strictly read, with the place of every mistake."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from config.settings import ROOT
from kimweb.documents import office
from kimweb.documents.office import OfficeError
from kimweb.sop.steps import LANES

ON = date(2026, 11, 24)


@pytest.fixture
def edited(tmp_path):
    """Give back the office file with one text replaced by another."""
    shutil.copy(ROOT / "config" / "classification.csv", tmp_path)

    def edit(old: str, new: str) -> Path:
        text = office.FILE.read_text(encoding="utf-8")
        assert old in text
        file = tmp_path / "office.yaml"
        file.write_text(text.replace(old, new), encoding="utf-8")
        return file

    return edit


def problems(file: Path) -> list[str]:
    with pytest.raises(OfficeError) as refused:
        office.load(file)
    return [str(problem) for problem in refused.value.problems]


def test_the_office_as_installed_is_sound():
    here = office.current()
    assert set(here.lanes) == set(LANES)
    assert here.lane_title("kabid") == "Kepala Bidang"
    assert here.position("kabid") == "Kepala Bidang Informasi dan Komunikasi Publik"
    assert any(c.code == "500.12" for c in here.classifications)


def test_the_letterhead_repeats_the_address_from_one_place():
    assert any(office.current().address in line.text for line in office.current().letterhead)


@pytest.mark.parametrize(
    ("kind", "fields", "number"),
    [
        (
            "surat_undangan",
            {"sifat": "Segera", "klasifikasi": "500.12"},
            "B/500.12/012/DISKOMINFO-KLK/XI/2026",
        ),
        (
            "surat_dinas",
            {"sifat": "Rahasia", "klasifikasi": "400.14"},
            "R/400.14/012/DISKOMINFO-KLK/XI/2026",
        ),
        ("sk_tim", {"klasifikasi": "100.3.3"}, "100.3.3/012/DISKOMINFO-KLK/2026"),
        ("spd", {"klasifikasi": "000.1.2.3"}, "012/SPD/000.1.2.3/DISKOMINFO-KLK/XI/2026"),
    ],
)
def test_each_kind_has_its_own_number_pattern(kind, fields, number):
    assert office.current().number(kind, 12, ON, fields) == number


def test_another_office_needs_only_another_file(edited):
    file = edited("PEMERINTAH KABUPATEN KOLAKA", "PEMERINTAH KABUPATEN LAIN")
    assert office.load(file).letterhead[0].text == "PEMERINTAH KABUPATEN LAIN"


def test_folio_and_other_margins_are_settings(edited):
    page = office.load(edited("paper: A4", "paper: F4")).page
    assert page.paper == "F4"


def line_of(file: Path, text: str) -> int:
    lines = file.read_text(encoding="utf-8").split("\n")
    return next(n for n, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("paper: A4", "paper: A3", "Pilih salah satu: A4, F4"),
        ("  town: Kolaka\n", "  town:\n", "masih kosong"),
        ("  top: 2\n", "  top: lebar\n", "Tulis seperti contoh: 2.5"),
        ("{bulan_romawi}/{tahun}", "{bulan}/{tahun}", "{bulan} tidak dikenal"),
        ("/{urut}/BA/", "/BA/", "harus memuat {urut}"),
        ("{sifat_kode}/", "{sifat_kode/", "tidak berpasangan"),
        ("  emblem:\n", "  emblem: tidak-ada.svg\n", "SVG atau PNG"),
        ("classification.csv", "tidak-ada.csv", "tidak dapat dibaca"),
        ("digits: 3", "digits: tiga", "digits"),
        ("Telepon {phone}", "Telepon {telepon}", "{telepon} tidak dikenal"),
        ("    title: Kepala Bidang\n", "", "“title” belum ada"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(edited, old, new, said):
    file = edited(old, new)
    found = problems(file)
    assert any(said in problem for problem in found), found
    assert all(f"{file.name} baris " in problem for problem in found)


def test_the_line_of_the_mistake_is_right(edited):
    file = edited("paper: A4", "paper: A3")
    assert problems(file)[0].startswith(f"{file} baris {line_of(file, 'paper: A3')}:")


def test_a_wrong_classification_row_is_named(edited):
    file = edited("digits: 3", "digits: 3")
    table = file.parent / "classification.csv"
    table.write_text(table.read_text() + "lima ratus,Bukan kode,,,,\n")
    lines = table.read_text().count("\n")
    assert f"classification.csv baris {lines}" in problems(file)[0]


def test_what_becomes_of_an_archive_is_one_of_three_words(edited):
    file = edited("digits: 3", "digits: 3")
    table = file.parent / "classification.csv"
    kept = "500.13,Pos dan informatika,2 tahun sesudah selesai,3 tahun,{},\n"
    table.write_text(table.read_text() + kept.format("Permanen") + kept.format("dibakar"))
    (said,) = problems(file)
    assert f"classification.csv baris {table.read_text().count(chr(10))}" in said
    assert "Nasib akhir harus salah satu dari Musnah, Permanen, Dinilai kembali" in said
