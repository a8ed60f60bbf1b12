"""Words are compared without case, accents and Indonesian affixes."""

from __future__ import annotations

import pytest

from kimweb.search import folding


def test_case_accents_and_apostrophes_make_no_difference() -> None:
    assert list(folding.folded("Jum’at, DÉSA-desa Óko-oko")) == [
        *("jumat", "desa", "desa", "oko", "oko"),
    ]


@pytest.mark.parametrize(
    ("word", "root"),
    [
        ("undangan", "undang"),
        ("mengundang", "undang"),
        ("pembentukan", "bentuk"),
        ("dibentuk", "bentuk"),
        ("membentuk", "bentuk"),
        ("menulis", "tulis"),
        ("penulisan", "tulis"),
        ("mengirimkan", "kirim"),
        ("pengiriman", "kirim"),
        ("menyurati", "surat"),
        ("suratnya", "surat"),
        ("memilih", "pilih"),
        ("pemilihan", "pilih"),
        ("laporkan", "lapor"),
        ("melaporkan", "lapor"),
        ("kegiatan", "giat"),
        ("pelaksanaan", "laksana"),
        ("memperbaiki", "baik"),
        ("bersama", "sama"),
    ],
)
def test_the_root_is_among_what_a_word_may_be_made_of(word: str, root: str) -> None:
    assert root in folding.roots(word)


@pytest.mark.parametrize("word", ["kim", "desa", "2026", "17a"])
def test_short_words_and_numbers_have_no_other_root(word: str) -> None:
    assert folding.roots(word) == set()


@pytest.mark.parametrize(
    "phone", ["0812 3456 7890", "+62 812-3456-7890", "6281234567890", "(0812) 34567890"]
)
def test_a_mobile_number_is_taken_out(phone: str) -> None:
    assert folding.without_phones(f"Hubungi {phone.strip('()')}.") == "Hubungi –."


def test_numbers_of_letters_and_nip_stay() -> None:
    text = "005/12/DISKOMINFO/XI/2026, NIP 19800817 200801 1 005, rapat pukul 08.00 tanggal 8"
    assert folding.without_phones(text) == text
