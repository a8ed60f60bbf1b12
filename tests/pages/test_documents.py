"""Choosing letters, writing them, reading their PDFs."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kimweb import db
from kimweb.cases.models import Case
from kimweb.documents import drafts, kinds
from kimweb.documents.models import Document, Version
from tests.documents import letters
from tests.pages.forms import HTMX, send, words
from tests.world import World

KINDS = ["surat_undangan", "surat_perintah_tugas", "sk_tim"]


def letter(world: World, case: Case, kind: str = "surat_undangan") -> Document:
    return next(d for d in world.letters(case) if d.kind == kind)


def page_of(document: Document) -> str:
    return f"/cases/{document.case_id}/documents/{document.id}"


def typed(document: Document, **changes: str) -> dict[str, str]:
    """The form of a document as it stands, with some fields typed anew."""
    text = kinds.text(kinds.kind(document.kind), document.fields)
    return text | {"edit": str(document.edit)} | changes


def fields_of(document: Document) -> dict[str, object]:
    db.session.expire_all()
    return db.session.get_one(Document, document.id).fields


def choose(client: FlaskClient, case: Case, *chosen: str, htmx: bool = False) -> TestResponse:
    page = f"/cases/{case.id}"
    return send(client, page, f"{page}/documents", htmx=htmx, kind=list(chosen))


class TestChoosing:
    def test_kasi_chooses_three_letters_that_know_the_case(self, world: World) -> None:
        case = world.case(at=3)
        answer = choose(world.client("kasi"), case, *KINDS, htmx=True)
        assert answer.status_code == 200
        assert answer.text.lstrip().startswith('<div id="stage"')
        assert "<html" not in answer.text
        assert "3 konsep naskah disiapkan." in words(answer)
        assert [d.kind for d in world.letters(case)] == KINDS
        assert letter(world, case).subject == "Undangan Pembentukan KIM Polinggona"
        assert "belum dipilih" in words(answer)

    def test_the_usual_letters_are_ticked_beforehand(self, world: World) -> None:
        case = world.case(at=3)
        page = world.client("kasi").get(f"/cases/{case.id}").text
        assert re.findall(r'value="(\w+)" checked', page) == KINDS

    @pytest.mark.parametrize("chosen", [[], ["lembar_disposisi"], ["surat_undangan", "ngawur"]])
    def test_only_letters_of_the_list_are_made(self, world: World, chosen: list[str]) -> None:
        case = world.case(at=3)
        answer = choose(world.client("kasi"), case, *chosen, htmx=True)
        assert world.letters(case) == []
        assert "Pilih paling sedikit satu jenis naskah dari daftar." in words(answer)

    def test_letters_are_chosen_at_the_concept_only_and_by_kasi(self, world: World) -> None:
        case = world.case(at=3)
        action = f"/cases/{case.id}/documents"
        assert send(world.client("staf"), "/", action, kind=KINDS).status_code == 403
        world.player.play(case.id, until=4)
        assert send(world.client("staf"), "/", action, kind=KINDS).status_code == 403
        assert len(world.letters(case)) == 3

    def test_a_letter_that_is_not_needed_is_taken_back(self, world: World) -> None:
        case = world.case(at=3)
        kasi = world.client("kasi")
        choose(kasi, case, *KINDS)
        page, order = f"/cases/{case.id}", letter(world, case, "sk_tim")
        answer = send(kasi, page, f"{page_of(order)}/withdrawals", htmx=True)
        assert "tidak jadi dibuat." in words(answer)
        assert [d.kind for d in world.letters(case)] == KINDS[:2]
        assert kasi.get(page_of(order)).status_code == 404

    def test_a_letter_that_was_typed_is_not_taken_back_any_more(self, world: World) -> None:
        case = world.case(at=4)
        action = f"{page_of(letter(world, case))}/withdrawals"
        assert send(world.client("staf"), f"/cases/{case.id}", action).status_code == 403
        assert len(world.letters(case)) == 3


class TestWriting:
    def test_staf_types_a_letter(self, world: World) -> None:
        case = world.case(at=4)
        document = letter(world, case)
        form = typed(document, hal="Undangan Musyawarah", tanggal="9 Desember 2026", then="stay")
        answer = send(world.client("staf"), page_of(document), **form, htmx=True)
        assert answer.status_code == 200
        assert answer.text.lstrip().startswith('<div id="draft"')
        assert "<html" not in answer.text
        assert "Naskah tersimpan." in words(answer)
        assert fields_of(document)["tanggal"] == "2026-12-09"
        assert 'id="document-head"' in answer.text
        assert "Undangan Musyawarah" in answer.text
        assert f'name="edit" value="{document.edit}"' in answer.text

    def test_saving_may_lead_back_to_the_case(self, world: World) -> None:
        case = world.case(at=4)
        document = letter(world, case)
        form = typed(document, then="case")
        answer = send(world.client("staf"), page_of(document), **form)
        assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")

    def test_a_wrong_date_is_refused_and_everything_typed_stays(self, world: World) -> None:
        case = world.case(at=4)
        document = letter(world, case)
        form = typed(document, tanggal="besok lusa", tempat="Balai Desa Baru")
        answer = send(world.client("staf"), page_of(document), **form)
        assert answer.status_code == 422
        assert "Hari dan tanggal tertulis “besok lusa”, bukan tanggal yang dikenal." in words(
            answer
        )
        assert "Balai Desa Baru" in answer.text
        assert 'value="besok lusa"' in answer.text
        assert fields_of(document)["tempat"] != "Balai Desa Baru"

    def test_people_are_typed_into_cells(self, world: World) -> None:
        case = world.case(at=4)
        document = letter(world, case, "surat_perintah_tugas")
        form: dict[str, object] = dict(typed(document))
        del form["pegawai"]
        form |= {
            "pegawai.0": ["Wa Ode Fitriani", "", "Rina"],
            "pegawai.1": ["19840602", "", ""],
            "pegawai.2": ["Penata", "", ""],
            "pegawai.3": ["Kasi", "", "Anggota"],
        }
        answer = send(world.client("staf"), page_of(document), **form)
        assert answer.status_code == 303
        assert fields_of(document)["pegawai"] == [
            {"name": "Wa Ode Fitriani", "nip": "19840602", "rank": "Penata", "position": "Kasi"},
            {"name": "Rina", "nip": "", "rank": "", "position": "Anggota"},
        ]
        page = world.client("staf").get(page_of(document)).text
        assert 'name="pegawai.0" value="Wa Ode Fitriani"' in page

    def test_kabid_ticks_and_writes_in_the_disposition_and_hands_it_on(self, world: World) -> None:
        case = world.case(at=2)
        sheet = drafts.of_case(db.session(), case.id)[0]
        form: dict[str, object] = dict(typed(sheet, petunjuk="Undang tokoh perempuan."))
        form |= {
            "harap": ["Laksanakan sesuai SOP", "Lapor tiap pekan"],
            "stage": world.stage(case).id,
            "note": "Segera.",
            "then": "forward",
        }
        answer = send(world.client("kabid"), f"/cases/{case.id}", page_of(sheet), **form)
        assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")
        assert fields_of(sheet)["harap"] == ["Laksanakan sesuai SOP", "Lapor tiap pekan"]
        assert world.stage(case).step == 3
        page = words(world.client("kasi").get(f"/cases/{case.id}"))
        assert "Undang tokoh perempuan." in page
        assert "Segera." in page

    def test_an_unfinished_disposition_is_saved_but_not_handed_on(self, world: World) -> None:
        case = world.case(at=2)
        sheet = drafts.of_case(db.session(), case.id)[0]
        form = typed(sheet, petunjuk="", catatan="Jangan lupa arsip.", then="forward")
        form |= {"stage": str(world.stage(case).id)}
        answer = send(world.client("kabid"), f"/cases/{case.id}", page_of(sheet), **form)
        assert answer.status_code == 422
        assert "belum diisi Petunjuk teknis Kepala Bidang" in words(answer)
        assert fields_of(sheet)["catatan"] == "Jangan lupa arsip."
        assert world.stage(case).step == 2

    def test_a_letter_that_moved_on_keeps_what_was_typed_on_the_screen(self, world: World) -> None:
        case = world.case(at=5)
        document = letter(world, case)
        page, form = page_of(document), typed(document, tempat="Balai yang lain")
        world.forward(case)
        answer = send(world.client("kasi"), "/", page, **form)
        assert answer.status_code == 403
        assert "Naskah ini tidak dapat diubah pada langkah yang sedang berjalan." in words(answer)
        assert "Balai yang lain" in answer.text
        answer = send(world.client("kasi"), "/", page, **form, htmx=True)
        assert answer.status_code == 403
        assert answer.mimetype == "text/plain"
        assert letter(world, case).fields["tempat"] != "Balai yang lain"

    def test_whose_turn_it_is_not_only_reads(self, world: World) -> None:
        case = world.case(at=4)
        document = letter(world, case)
        answer = world.client("kasi").get(page_of(document))
        assert 'id="editor"' not in answer.text
        assert "versions/1.pdf" in answer.text
        for form in (typed(document), typed(document, tanggal="besok")):
            assert send(world.client("kasi"), "/", page_of(document), **form).status_code == 403

    def test_outsiders_and_wrong_cases_find_nothing(self, world: World) -> None:
        case, other = world.case(at=4), world.case(at=1)
        document = letter(world, case)
        assert world.client("tim").get(page_of(document)).status_code == 404
        assert (
            world.client("staf").get(f"/cases/{other.id}/documents/{document.id}").status_code
            == 404
        )

    def test_no_field_takes_the_id_of_the_page(self, world: World) -> None:
        """The body of a letter is called "isi", and so is the main part of every page."""
        case = world.case(at=3)
        choose(world.client("kasi"), case, "surat_dinas")
        page = world.client("kasi").get(page_of(letter(world, case, "surat_dinas"))).text
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids))


class TestPdf:
    def test_a_version_is_sent_inline_under_its_own_name(self, world: World) -> None:
        case = world.case(at=9)
        document = letter(world, case)
        address = f"{page_of(document)}/versions/3.pdf"
        answer = world.client("kasi").get(address)
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF")
        assert document.number
        number = re.sub(r"[^a-z0-9]+", "-", document.number.lower())
        name = f"surat-undangan-{number}-v3.pdf"
        assert answer.headers["Content-Disposition"] == f"inline; filename={name}"
        again = world.client("kasi").get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304

    def test_a_concept_is_called_so(self, world: World) -> None:
        case = world.case(at=6)
        answer = world.client("kabid").get(f"{page_of(letter(world, case))}/versions/1.pdf")
        assert "surat-undangan-konsep-v1.pdf" in answer.headers["Content-Disposition"]

    @pytest.mark.parametrize(
        ("state", "sentence"),
        [
            ("queued", "masih dalam antrean"),
            ("running", "sedang dibuat"),
            ("quarantined", "gagal dibuat. Beri tahu administrator."),
        ],
    )
    def test_until_it_is_made_the_page_says_why_there_is_none(
        self, world: World, state: str, sentence: str
    ) -> None:
        case = world.case(at=4)
        document = letter(world, case)
        version = db.session.get_one(Version, document.current_version_id)
        version.state, version.pdf_hash = state, None
        db.session.commit()
        answer = world.client("staf").get(f"{page_of(document)}/versions/1.pdf")
        assert answer.status_code == 404
        assert sentence in words(answer)

    def test_the_preview_shows_what_was_saved_last(self, world: World) -> None:
        case = world.case(at=4)
        document = letter(world, case)
        before = world.client("staf").get(f"{page_of(document)}/preview.pdf")
        assert before.data.startswith(b"%PDF")
        assert "surat-undangan-konsep-pratinjau.pdf" in before.headers["Content-Disposition"]
        send(world.client("staf"), page_of(document), **typed(document, tempat="Balai Desa Baru"))
        after = world.client("staf").get(f"{page_of(document)}/preview.pdf")
        assert after.data != before.data

    def test_what_cannot_be_printed_is_said(self, world: World) -> None:
        case = world.case(at=4)
        document = letter(world, case)
        send(world.client("staf"), page_of(document), **typed(document, tempat="Balai \U00013000"))
        answer = world.client("staf").get(f"{page_of(document)}/preview.pdf")
        assert answer.status_code == 422
        assert "tidak dapat dicetak" in words(answer)

    def test_pdfs_are_found_through_the_person(self, world: World) -> None:
        case = world.case(at=4)
        document = letter(world, case)
        for path in ("versions/1.pdf", "preview.pdf"):
            answer = world.client("tim").get(f"{page_of(document)}/{path}", headers=HTMX)
            assert answer.status_code == 404
        assert world.client("staf").get(f"{page_of(document)}/versions/9.pdf").status_code == 404


class TestParafs:
    def test_each_paraf_stands_under_the_version_it_was_put_on(self, world: World) -> None:
        case = world.case(at=6)
        document = letter(world, case)
        world.send_back(case, to=5)
        send(world.client("kasi"), page_of(document), **typed(document, tempat="Balai Desa Baru"))
        world.forward(case)
        page = words(world.client("kabid").get(page_of(letter(world, case))))
        third, second = page.split("Versi 3")[1].split("Versi 2")[:2]
        assert "Diparaf Kepala Seksi" in third
        assert "gugur" not in third
        assert "gugur" in second.split("Versi 1")[0]
        assert "1 halaman" in third

    def test_the_file_copy_has_the_grid_and_the_letter_that_goes_out_has_none(
        self, world: World
    ) -> None:
        case = world.case(at=9)
        document = letter(world, case)
        kasi = world.client("kasi")
        out = kasi.get(f"{page_of(document)}/versions/3.pdf")
        copy = kasi.get(f"{page_of(document)}/file-copy.pdf")
        assert "PARAF KOORDINASI" not in letters.read(out.data)
        said = letters.read(copy.data)
        assert "PARAF KOORDINASI" in said
        assert "PERTINGGAL" in said
        for who in ("kasi", "kabid", "sekdis"):
            assert world.person(who).name.partition(",")[0].split()[-1] in said
        assert "pertinggal.pdf" in copy.headers["Content-Disposition"]
        assert "pertinggal" in kasi.get(page_of(document)).text.lower()

    def test_there_is_no_file_copy_before_the_end(self, world: World) -> None:
        document = letter(world, world.case(at=6))
        answer = world.client("kabid").get(f"{page_of(document)}/file-copy.pdf")
        assert answer.status_code == 404

    def test_a_letter_signed_with_a_pen_is_called_so(self, world: World) -> None:
        page = words(world.client("kasi").get(f"/cases/{world.case(at=9).id}"))
        assert "Naskah dengan ruang tanda tangan pena" in page
        assert "Naskah bertanda tangan" not in page
