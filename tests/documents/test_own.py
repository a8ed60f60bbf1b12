"""Kinds of letters without code: put together, checked by printing, then written like any other."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kimweb import clock, db
from kimweb.documents import contents, docx, drafts, kinds, numbering, own, rendering
from kimweb.documents.models import LETTERS, OwnKind
from kimweb.documents.own import OwnKindError, Plan
from kimweb.documents.rendering import RenderingError
from tests.databases import both_databases
from tests.documents.letters import FACTS, read
from tests.documents.test_docx import said
from tests.world import World


def part(kind: str, label: str = "", text: str = "", **more: Any) -> dict[str, Any]:
    return {"type": kind, "label": label, "required": True, "text": text, "columns": []} | more


PARTS = (
    part("fixed", text="Yang bertanda tangan di bawah ini menerangkan bahwa #panic() *tetap*:"),
    part("line", "Nama kegiatan", "{kegiatan}"),
    part("date", "Berlaku sampai"),
    part("people", "Pegawai"),
    part("table", "Peralatan", columns=["Barang", "Banyaknya"]),
    part("list", "Ketentuan", "Dibawa kembali;\nDirawat."),
    part("paragraphs", "Penjelasan", "Dipakai di {desa}."),
)


def plan(**changes: Any) -> Plan:
    given: dict[str, Any] = {
        "title": "Surat Keterangan",
        "shape": "judul",
        "numbered_as": "surat_perintah_tugas",
        "parts": PARTS,
    }
    return Plan(**given | changes)


def write(typed: Plan, *, ready: bool = True) -> int:
    with db.writing() as session:
        row = own.write(session, None, typed, by=1, now=clock.now())
        if ready:
            own.put_to_use(row)
        return row.id


@both_databases
@pytest.mark.parametrize("shape", ["judul", "korespondensi"])
def test_a_letter_of_an_own_kind_is_written_numbered_and_printed(
    world: World, shape: str, database_url: str
) -> None:
    key = f"own-{write(plan(shape=shape))}"
    case = world.case(at=3)
    with db.writing() as session:
        letter = drafts.start(
            session, case_id=case.id, papers=LETTERS, kind=key, facts=FACTS, now=clock.now()
        )
        number = numbering.take(session, letter, on=date(2026, 11, 23), by=1, now=clock.now())
        assert (number.book, number.n) == ("surat_perintah", 1)
        content = contents.draft(session, letter)
    words = read(rendering.pdf(key, content))
    for expected in (
        "#panic() *tetap*:",
        "Nama kegiatan : Pembentukan KIM Desa Rano Sangia",
        "1. Dibawa kembali;",
        "Dipakai di Desa Rano Sangia.",
    ):
        assert expected in words
    assert "#panic() *tetap*:" in said(docx.write(key, content))


def test_it_can_be_chosen_only_while_it_is_in_use(world: World) -> None:
    draft, ready = write(plan(title="Belum siap"), ready=False), write(plan())
    titles = [kind.title for kind in kinds.choosable(db.session())]
    assert titles[-1] == "Surat Keterangan"
    assert "Belum siap" not in titles
    with db.writing() as session:
        own.retire(session.get_one(OwnKind, ready))
    assert "Surat Keterangan" not in [k.title for k in kinds.choosable(db.session())]
    assert kinds.kind(f"own-{ready}").title == "Surat Keterangan", "its letters stay readable"
    assert kinds.kind(f"own-{draft}").shape == "judul"


def test_a_kind_in_use_never_changes(world: World) -> None:
    number = write(plan())
    row = db.session.get_one(OwnKind, number)
    with pytest.raises(OwnKindError, match="tidak dapat diubah"), db.writing() as session:
        own.write(session, row, plan(title="Lain"), by=1, now=clock.now())


def test_a_kind_that_cannot_be_printed_is_not_put_to_use(world: World) -> None:
    with pytest.raises(RenderingError, match="memuat huruf “漢” yang tidak dapat dicetak"):
        write(plan(parts=[part("fixed", text="Tulisan 漢")]))
    assert own.everything(db.session()) == []


def test_what_the_form_shows_is_what_was_typed(world: World) -> None:
    row = db.session.get_one(OwnKind, write(plan()))
    assert own.shown(row) == plan(parts=list(PARTS))


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"title": "S"}, "title", "3 sampai 100 huruf"),
        ({"shape": "lembar"}, "shape", "Pilih bentuk"),
        ({"numbered_as": "laporan"}, "numbered_as", "Pilih jenis"),
        ({"parts": []}, "parts", "paling sedikit satu bagian"),
        ({"parts": [part("fixed")]}, "parts", "Bagian 1: tulis kalimat tetapnya."),
        ({"parts": [part("line")]}, "parts", "beri nama isian"),
        ({"parts": [part("image", "Foto")]}, "parts", "pilih jenisnya"),
        ({"parts": [part("table", "Alat")]}, "parts", "judul 1 sampai 6 kolom"),
        ({"parts": [part("date", "Sampai", "lusa")]}, "parts", "bukan tanggal yang dikenal"),
        ({"parts": [part("line", "A", "{sandi}")]}, "parts", "hanya untuk penanda"),
        ({"parts": [part("line", "A", "{desa:>999999999}")]}, "parts", "hanya untuk penanda"),
        ({"parts": [part("line", "A", "{{desa}}")]}, "parts", "hanya untuk penanda"),
    ],
)
def test_what_makes_no_kind_is_refused_with_a_sentence(
    world: World, wrong: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(OwnKindError) as refused:
        write(plan(**wrong))
    assert sentence in refused.value.errors[field]
