"""What is new to a reader, and the notes that go down with a letter and come back ticked off."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kimweb import db
from kimweb.cases.models import Case
from kimweb.documents import corrections
from kimweb.documents.models import Document
from tests.pages.forms import HTMX, send, words
from tests.pages.test_documents import letter, page_of, typed
from tests.world import World

UNCHANGED = "Tidak ada perubahan sejak Anda baca."


def note(client: FlaskClient, document: Document, text: str, field: str = "tempat") -> TestResponse:
    page = f"/cases/{document.case_id}"
    return send(client, page, f"{page_of(document)}/notes", htmx=True, field=field, text=text)


def read(client: FlaskClient, document: Document) -> None:
    """Open the PDF of the version that counts."""
    n = max(version.n for version in document.versions)
    assert client.get(f"{page_of(document)}/versions/{n}.pdf").status_code == 200


def work(world: World, case: Case, username: str) -> str:
    return words(world.client(username).get(f"/cases/{case.id}"))


def mend(world: World, document: Document, **changes: str) -> None:
    send(world.client("kasi"), page_of(document), **typed(document, **changes))


def open_notes(document: Document) -> int:
    db.session.expire_all()
    return len(corrections.still_open(db.session(), [document.id]))


def decide(client: FlaskClient, case: Case, stage: int, **fields: object) -> TestResponse:
    page = f"/cases/{case.id}"
    return send(client, page, f"{page}/decisions", htmx=True, stage=stage, **fields)


class TestNews:
    def test_a_first_reader_is_told_of_no_changes(self, world: World) -> None:
        page = work(world, world.case(at=6), "kabid")
        assert "sejak Anda baca" not in page

    def test_after_a_return_the_reviewer_sees_what_changed_word_by_word(self, world: World) -> None:
        case = world.case(at=6)
        document = letter(world, case)
        read(world.client("kabid"), document)
        world.clock.move(minutes=10)
        world.send_back(case, to=5)
        mend(world, document, tempat="Aula Kecamatan Polinggona", pakaian="Batik")
        world.clock.move(minutes=10)
        world.forward(case)
        document = letter(world, case)
        page = world.client("kabid").get(f"/cases/{case.id}").text
        assert "2 isian berubah sejak Anda baca" in page
        assert re.search(r"<del>[^<]+</del>", page)
        assert re.search(r"<ins>[^<]*Aula[^<]*</ins>", page)
        assert "<ins>Batik</ins>" in page
        assert words(world.client("kabid").get(f"/cases/{case.id}")).count(UNCHANGED) == 0
        world.clock.move(minutes=10)
        read(world.client("kabid"), document)
        assert "<ins>Batik</ins>" in world.client("kabid").get(f"/cases/{case.id}").text

    def test_a_letter_that_came_back_unchanged_says_so(self, world: World) -> None:
        case = world.case(at=7)
        world.clock.move(minutes=10)
        decide(
            world.client("sekdis"),
            case,
            world.stage(case).id,
            verdict="send_back",
            to=6,
            note="Cek.",
        )
        world.clock.move(minutes=10)
        assert UNCHANGED in work(world, case, "kabid")
        world.forward(case)
        assert work(world, case, "sekdis").count(UNCHANGED) == 3

    def test_kasi_sees_what_staf_made_of_the_concept(self, world: World) -> None:
        case = world.case(at=4)
        document = letter(world, case)
        send(world.client("staf"), page_of(document), **typed(document, tempat="Balai Desa Baru"))
        world.work(case)
        world.forward(case)
        page = world.client("kasi").get(f"/cases/{case.id}").text
        assert "sejak Anda baca" in page
        assert re.search(r"<ins>[^<]*Baru[^<]*</ins>", page)

    def test_any_two_versions_are_compared(self, world: World) -> None:
        case = world.case(at=9)
        document = letter(world, case)
        kasi = world.client("kasi")
        assert 'name="from"' in kasi.get(page_of(document)).text
        answer = kasi.get(f"{page_of(document)}/comparison?from=1&to=3")
        assert document.number
        assert f"<ins>{document.number}</ins>" in answer.text
        assert "Isi kedua versi ini sama." in words(
            kasi.get(f"{page_of(document)}/comparison?from=1&to=1")
        )
        assert kasi.get(f"{page_of(document)}/comparison?from=1&to=9").status_code == 404
        assert (
            world.client("tim").get(f"{page_of(document)}/comparison?from=1&to=1").status_code
            == 404
        )


class TestNotes:
    def test_kabid_notes_kasi_ticks_off_and_kabid_sees_it(self, world: World) -> None:
        case = world.case(at=6)
        document = letter(world, case)
        kabid = world.client("kabid")
        answer = note(kabid, document, "Di balai desa, bukan di kantor.")
        assert answer.status_code == 200
        assert "Di balai desa, bukan di kantor." in words(answer)
        assert "1 terbuka, 0 dikerjakan" in words(answer)
        decide(kabid, case, world.stage(case).id, verdict="send_back", to=5, note="")
        assert world.stage(case).step == 5
        assert "Lihat 1 catatan koreksi pada naskah." in work(world, case, "kasi")

        kasi = world.client("kasi")
        editor = kasi.get(page_of(document))
        assert "1 catatan koreksi belum dikerjakan" in words(editor)
        beside = editor.text.partition('id="f-tempat-field"')[2].partition('-field" class')[0]
        assert "Di balai desa, bukan di kantor." in beside
        tick = re.search(r'name="tick" value="(\d+:done)"', editor.text)
        assert tick
        send(kasi, page_of(document), **typed(document, tempat="Balai Desa", tick=tick[1]))
        assert letter(world, case).fields["tempat"] == "Balai Desa"
        assert open_notes(letter(world, case)) == 0
        world.forward(case)
        page = work(world, case, "kabid")
        assert "0 terbuka, 1 dikerjakan" in page
        assert f"Dikerjakan {world.person('kasi').name}" in page

    def test_letters_do_not_go_up_with_an_open_note(self, world: World) -> None:
        case = world.case(at=6)
        document = letter(world, case)
        note(world.client("kabid"), document, "Di balai desa.")
        page = work(world, case, "kabid")
        assert "1 catatan koreksi belum dikerjakan. Cabut catatan itu" in page
        answer = decide(world.client("kabid"), case, world.stage(case).id, verdict="forward")
        assert answer.status_code == 422
        world.send_back(case, to=4)
        staf = world.stage(case)
        answer = decide(world.client("staf"), case, staf.id, verdict="forward")
        assert answer.status_code == 200, "Kasi still sees it before it goes up"
        answer = decide(world.client("kasi"), case, world.stage(case).id, verdict="forward")
        assert answer.status_code == 422
        assert "Perbaiki, lalu beri tanda selesai pada catatannya." in words(answer)

    def test_a_note_is_taken_back_by_who_wrote_it_only(self, world: World) -> None:
        case = world.case(at=6)
        document = letter(world, case)
        kabid = world.client("kabid")
        note(kabid, document, "Di balai desa.")
        address = f"{page_of(document)}/notes/1/withdrawals"
        assert send(world.client("kasi"), "/", address).status_code == 403
        send(kabid, f"/cases/{case.id}", address)
        assert open_notes(document) == 0

    def test_a_reviewer_opens_a_note_anew(self, world: World) -> None:
        case = world.case(at=6)
        document = letter(world, case)
        kabid = world.client("kabid")
        note(kabid, document, "Di balai desa.")
        world.send_back(case, to=5)
        send(world.client("kasi"), page_of(document), **typed(document, tick="1:done"))
        world.forward(case)
        document = letter(world, case)
        answer = send(
            kabid, f"/cases/{case.id}", f"{page_of(document)}/notes/1/reopenings", htmx=True
        )
        assert "1 terbuka, 0 dikerjakan" in words(answer)
        assert open_notes(document) == 1

    def test_an_empty_note_and_an_unknown_field_are_refused(self, world: World) -> None:
        case = world.case(at=6)
        document = letter(world, case)
        kabid = world.client("kabid")
        answer = note(kabid, document, "  ")
        assert answer.status_code == 422
        assert "Tulis apa yang harus diperbaiki pada isian itu." in words(answer)
        answer = note(kabid, document, "Ganti.", field="ngawur")
        assert "Pilih isian yang dikoreksi." in words(answer)
        assert "Ganti." in answer.text
        assert open_notes(document) == 0

    def test_who_does_not_review_writes_no_notes(self, world: World) -> None:
        case = world.case(at=6)
        document = letter(world, case)
        for who in ("staf", "sekdis"):
            data = {"field": "tempat", "text": "Ganti."}
            assert (
                send(world.client(who), "/", f"{page_of(document)}/notes", **data).status_code
                == 403
            )
        assert (
            world.client("kabid").post(f"{page_of(document)}/notes", headers=HTMX).status_code
            == 400
        )
        assert open_notes(document) == 0
