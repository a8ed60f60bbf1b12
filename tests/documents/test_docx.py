"""Letters as .docx for SRIKANDI: its placeholders stand where number, date and signature belong."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

import docx as word
import pytest

from kimweb.documents import docx, kinds
from tests.documents.letters import content
from tests.documents.test_rendering import AWKWARD, made_of

LETTERS = tuple(kind.key for kind in kinds.letters())


def said(made: bytes) -> str:
    """Return every word of the file, tables included, in reading order."""
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        root = ElementTree.fromstring(packed.read("word/document.xml"))
    return " ".join(" ".join(root.itertext()).split())


@pytest.mark.parametrize("key", LETTERS)
def test_every_letter_leaves_number_date_and_signature_to_srikandi(key: str) -> None:
    words = said(docx.write(key, content(key)))
    for placeholder in docx.PLACEHOLDERS.values():
        assert placeholder in words
    assert "Syamsuddin" not in words, "SRIKANDI writes the signer's name"
    assert "DINAS KOMUNIKASI DAN INFORMATIKA" in words


def test_the_invitation_says_what_the_printed_one_says() -> None:
    words = said(docx.write("surat_undangan", content("surat_undangan")))
    for part in (
        "Undangan Pembentukan KIM Desa Rano Sangia",
        "kami mengharapkan kehadiran Bapak/Ibu pada:",
        "Rabu, 2 Desember 2026",
        "09.00 WITA sampai selesai",
        "Bupati",
    ):
        assert part in words


def test_the_sheet_has_the_offices_measures_and_emblem() -> None:
    made = word.Document(io.BytesIO(docx.write("surat_dinas", content("surat_dinas"))))
    section = made.sections[0]
    assert section.page_width is not None
    assert section.left_margin is not None
    assert (round(section.page_width.cm, 1), round(section.left_margin.cm, 1)) == (21.0, 3.0)
    assert made.styles["Normal"].font.name == "Arial"
    assert len(made.inline_shapes) == 1


def test_the_travel_letter_brings_its_visum() -> None:
    words = said(docx.write("spd", content("spd")))
    visum = words.partition("VISUM PERJALANAN DINAS")[2]
    assert visum.count("Tiba di") == visum.count("Berangkat dari") - 1 == 2
    assert visum.index("Tiba kembali di") < visum.index("Perhatian:")


def test_many_recipients_stand_on_a_list_of_their_own() -> None:
    people = [{"name": f"Ibu {n}", "title": f"Lurah {n}", "place": "Wolo"} for n in range(1, 41)]
    words = said(docx.write("surat_undangan", content("surat_undangan", recipients=people)))
    assert "DAFTAR UNDANGAN" in words
    assert "Lurah 40" in words


@pytest.mark.parametrize("key", LETTERS)
def test_what_people_type_is_text_in_the_file(key: str) -> None:
    awkward = made_of(key, AWKWARD, [AWKWARD, AWKWARD], 2)
    awkward["recipients"] = [{"name": AWKWARD, "title": AWKWARD, "place": AWKWARD}] * 2
    words = said(docx.write(key, awkward))
    assert "#panic()" in words
    assert "<label>" in words or key == "sk_tim"


def test_a_kind_that_is_no_letter_is_not_written() -> None:
    assert not docx.can_write("laporan")
