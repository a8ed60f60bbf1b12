"""The kinds of naskah: their fields, what is missing, and how typed text becomes values."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimweb.documents import fields, kinds, office
from kimweb.documents.fields import BLANK, Field
from kimweb.documents.kinds import FormError, KindsError
from tests.documents.letters import ANDI, FACTS, content

EVERY = tuple(kinds.all_kinds())


def names(missing):
    return [field.name for field in missing]


def test_the_office_writes_these_kinds():
    assert set(EVERY) == {
        "lembar_disposisi",
        "nota_dinas",
        "surat_dinas",
        "surat_undangan",
        "surat_perintah_tugas",
        "spd",
        "sk_tim",
        "berita_acara",
        "daftar_hadir",
        "lembar_keberangkatan",
        "notulen",
        "laporan",
    }


def test_the_letters_of_step_three_are_signed_by_the_head_and_initialled_three_times():
    for kind in kinds.letters():
        assert (kind.signer, kind.parafs) == ("kadis", ("sekdis", "kabid", "kasi"))
    chosen = {kind.key for kind in kinds.letters()}
    assert {"surat_undangan", "surat_dinas", "surat_perintah_tugas", "sk_tim"} <= chosen


def test_a_numbered_kind_has_a_book_and_a_pattern():
    house = office.current()
    for kind in kinds.all_kinds().values():
        assert (kind.key in house.patterns) == (kind.book in house.books)


@pytest.mark.parametrize("key", EVERY)
def test_what_the_case_knows_is_filled_in_and_nothing_is_left_open(key):
    assert names(kinds.missing(kinds.kind(key), content(key)["fields"])) == []


@pytest.mark.parametrize("key", EVERY)
def test_a_filled_letter_goes_through_the_form_unchanged(key):
    kind, values = kinds.kind(key), content(key)["fields"]
    assert kinds.parse(kind, kinds.text(kind, values)) == values


def test_an_unknown_fact_leaves_dots_that_count_as_missing():
    kind = kinds.kind("surat_undangan")
    draft = kinds.filled(kind, {name: v for name, v in FACTS.items() if name != "village_title"})
    assert BLANK in draft["tempat"]
    assert names(kinds.missing(kind, draft)) == ["tempat"]


def test_dots_are_missing_in_an_optional_blank_too():
    kind = kinds.kind("surat_perintah_tugas")
    draft = kinds.filled(kind, {name: v for name, v in FACTS.items() if name != "year"})
    assert names(kinds.missing(kind, draft)) == ["biaya"]


def test_a_required_blank_is_missing_and_an_optional_one_is_not():
    kind = kinds.kind("surat_undangan")
    draft = content("surat_undangan")["fields"] | {"hal": "", "pakaian": "", "penutup": []}
    assert names(kinds.missing(kind, draft)) == ["hal", "penutup"]


def test_the_team_of_the_case_is_ordered_to_go():
    draft = kinds.filled(kinds.kind("surat_perintah_tugas"), FACTS)
    assert draft["pegawai"][0] == ANDI
    assert draft["mulai"] == "2026-12-02"


def test_minutes_typed_in_the_field_become_paragraphs_of_the_report():
    draft = kinds.filled(kinds.kind("laporan"), FACTS)
    assert draft["kegiatan"][1:] == [
        "Musyawarah dibuka oleh Kepala Desa.",
        "Peserta memilih pengurus.",
    ]
    assert draft["hasil"] == [
        "Pengurus dilantik bulan depan.",
        "Terbentuk KIM Rano Sangia Bersuara.",
        "Kegiatan didokumentasikan dalam 12 (dua belas) foto.",
    ]


def test_people_are_typed_one_a_line():
    kind = kinds.kind("surat_perintah_tugas")
    form = kinds.text(kind, content(kind.key)["fields"])
    form["pegawai"] = "Andi Rahman | 1975 | Pembina | Kabid\r\n\r\nMuh. Ikbal\r\n"
    assert kinds.parse(kind, form)["pegawai"] == [
        {"name": "Andi Rahman", "nip": "1975", "rank": "Pembina", "position": "Kabid"},
        {"name": "Muh. Ikbal", "nip": "", "rank": "", "position": ""},
    ]


def test_numbers_that_the_writer_typed_before_list_items_are_dropped():
    field = Field("dasar", "Dasar", "list")
    typed = "1. Undang-Undang;\n b) Peraturan;\n- Surat a.n. Bupati;\na.n. Kepala Dinas"
    assert fields.parse(field, typed) == [
        "Undang-Undang;",
        "Peraturan;",
        "Surat a.n. Bupati;",
        "a.n. Kepala Dinas",
    ]


def test_dates_and_times_are_kept_in_one_form():
    kind = kinds.kind("surat_undangan")
    form = kinds.text(kind, content(kind.key)["fields"])
    form |= {"tanggal": "2 desember 2026", "pukul": "9.30"}
    values = kinds.parse(kind, form)
    assert (values["tanggal"], values["pukul"]) == ("2026-12-02", "09:30")


def test_every_wrong_field_is_named_at_once():
    kind = kinds.kind("surat_undangan")
    form = kinds.text(kind, content(kind.key)["fields"])
    form |= {"tanggal": "lusa", "pukul": "pagi", "sifat": "Gawat"}
    with pytest.raises(FormError) as refused:
        kinds.parse(kind, form)
    assert set(refused.value.errors) == {"tanggal", "pukul", "sifat"}
    assert "Hari dan tanggal tertulis “lusa”" in refused.value.errors["tanggal"]
    assert "25 November 2026" in refused.value.errors["tanggal"]
    assert "Pilih salah satu: Biasa" in refused.value.errors["sifat"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("A | 1 | 2 | 3 | 4", "baris 1"),
        ("Andi\n | 1975", "baris 2"),
        ("x" * 20_001, "terlalu panjang"),
        ("Andi\n" * 501, "501 baris"),
    ],
)
def test_people_that_cannot_be_read_are_refused_with_the_line(typed, said):
    with pytest.raises(fields.FieldError, match=said) as refused:
        fields.parse(Field("pegawai", "Pegawai", "people"), typed)
    assert "Pegawai" in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("../foto.jpg | Rapat", "foto yang tidak dikenal"), (f"{'a' * 64}\n" * 13, "memuat 13 foto")],
)
def test_only_photos_of_the_house_are_printed_and_not_too_many(typed, said):
    with pytest.raises(fields.FieldError, match=said):
        fields.parse(Field("dokumentasi", "Dokumentasi", "photos"), typed)


@given(st.text(max_size=300))
def test_any_typed_text_is_read_or_refused_in_a_sentence(typed):
    for type_ in fields.TYPES:
        field = Field("x", "Isian", type_, columns=("A", "B"), options=(("ya", "ya"),))
        try:
            value = fields.parse(field, typed)
        except fields.FieldError:
            continue
        assert fields.parse(field, fields.text(field, value)) == value


def test_marks_that_turn_the_reading_direction_are_dropped():
    assert fields.clean("Rp\u202e000.1\u2066\x00\x07") == "Rp000.1"


# ---- The declaration itself ------------------------------------------------------------------


def refused(tmp_path: Path, old: str, new: str) -> str:
    text = kinds.FILE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "naskah.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KindsError) as wrong:
        kinds.load(file, office.current())
    assert "naskah.yaml baris " in str(wrong.value)
    return str(wrong.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("signer: kadis", "signer: bupati", "Pilih salah satu: kadis"),
        ("parafs: [sekdis, kabid", "parafs: [kabid, sekdis", "jabatan tertinggi di atas"),
        ("[sekdis, kabid, kasi]", "[sekdis, kabid, kasi, staf]", "Paling banyak 3 pejabat"),
        ("book: nota_dinas", "book: buku_lain", "Pilih salah satu: surat_keluar"),
        ("key: nota_dinas", "key: nota_lain", "Pola nomor untuk “nota_lain”"),
        ("type: people", "type: orang", "Pilih salah satu: line"),
        ("fill: team\n", "fill: regu\n", "“regu” tidak ada dalam daftar facts"),
        ("{planned_day_date}", "{hari}", "hari tidak ada dalam daftar facts"),
        ("        columns: [Jabatan, Nama, Alamat]\n", "", "memerlukan columns"),
        ("options: sifat, ", "", "memerlukan options"),
        ("shape: judul", "shape: bulat", "korespondensi, judul, lembar"),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_line(tmp_path, old, new, said):
    assert said in refused(tmp_path, old, new)


def test_every_kind_has_its_template():
    for key in EVERY:
        assert (kinds.FILE.parents[1] / "templates" / "naskah" / f"{key}.typ").is_file()
