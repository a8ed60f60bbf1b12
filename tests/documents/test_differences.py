"""Two versions told apart word by word, as a careful reader would mark them on paper."""

from __future__ import annotations

import time

import pytest

from kimweb.documents import differences, kinds
from tests.documents import letters


def marked(before: str, after: str) -> str:
    """What a reader sees: removed words in [-...-], added ones in {+...+}."""
    signs = {"removed": "[-{}-]", "added": "{{+{}+}}", "same": "{}"}
    return "".join(signs[p.how].format(p.text) for p in differences.pieces(before, after))


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Balai Desa", "Balai Desa", "Balai Desa"),
        ("", "Batik", "{+Batik+}"),
        ("Batik", "", "[-Batik-]"),
        ("Aula Kecamatan", "Balai Kecamatan", "[-Aula-]{+Balai+} Kecamatan"),
        ("pada hari Rabu pagi", "pada hari Kamis siang", "pada hari [-Rabu pagi-]{+Kamis siang+}"),
        ("satu\ntiga", "satu\ndua\ntiga", "satu\n{+dua\n+}tiga"),
        ("Ada, dan tiada.", "Ada dan tiada.", "[-Ada,-]{+Ada+} dan tiada."),
        ("Camat  Toari", "Camat Toari", "Camat Toari"),
    ],
)
def test_words_that_went_and_words_that_came(before: str, after: str, shown: str) -> None:
    assert marked(before, after) == shown


def test_both_texts_can_be_read_out_of_the_pieces() -> None:
    before, after = (
        "Mohon hadir tepat waktu.\nTerima kasih.",
        "Mohon hadir.\nSekian dan terima kasih.",
    )
    pieces = differences.pieces(before, after)
    assert "".join(p.text for p in pieces if p.how != "added") == before
    assert "".join(p.text for p in pieces if p.how != "removed") == after


def test_every_changed_field_is_named_in_the_order_of_the_form() -> None:
    kind = kinds.kind("surat_perintah_tugas")
    before = letters.content(kind.key)
    after = letters.signed(kind.key)
    after["fields"] = before["fields"] | {
        "pegawai": [letters.ANDI, letters.NURHAYATI | {"position": "Ketua Tim"}],
        "untuk": [*before["fields"]["untuk"], "Melaporkan hasilnya."],
    }
    after["recipients"] = [*before["recipients"], {"name": "Camat Toari", "title": "", "place": ""}]
    changes = {change.label: change.pieces for change in differences.between(kind, before, after)}
    names = [field.label for field in kind.fields if field.name in ("pegawai", "untuk")]
    assert list(changes) == [*names, "Nomor", "Tanggal naskah", "Penerima"]
    added = {
        label: "".join(p.text for p in found if p.how == "added")
        for label, found in changes.items()
    }
    assert added["Penerima"].strip() == "Camat Toari"
    assert added["Tanggal naskah"] == "24 November 2026"
    assert "Tim" in next(iter(added.values()))


def test_dates_and_choices_are_shown_in_words() -> None:
    kind = kinds.kind("surat_undangan")
    before, after = letters.content(kind.key), letters.content(kind.key)
    after["fields"] = after["fields"] | {"tanggal": "2026-12-09"}
    (change,) = differences.between(kind, before, after)
    assert "".join(p.text for p in change.pieces if p.how != "removed") == "9 Desember 2026"


def test_three_thousand_words_are_compared_before_a_reader_notices() -> None:
    words = [f"kata{n % 700}" for n in range(3_000)]
    changed = [word.upper() if n % 50 == 0 else word for n, word in enumerate(words)]
    began = time.process_time()
    differences.pieces(" ".join(words), " ".join(changed))
    assert time.process_time() - began < 1.5
