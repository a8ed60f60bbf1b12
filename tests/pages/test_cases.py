"""The list of cases, the order of a new one, and the case page as each of the office sees it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from kimweb import db
from kimweb.cases.models import Case, Event
from kimweb.documents import drafts
from kimweb.documents.models import Version
from kimweb.sop import shelf
from tests.pages.forms import HTMX, send, words
from tests.world import World

ORDER = {
    "subject": "Pembentukan KIM Puudongi",
    "planned_on": "2026-12-08",
    "instruction": "Laksanakan sesuai SOP.",
}


def newest() -> Case:
    return db.session.scalars(select(Case).order_by(Case.id.desc())).first() or pytest.fail("none")


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Case)) or 0


class TestOrder:
    def test_kadis_orders_a_case_and_hands_it_on_at_once(self, world: World) -> None:
        kadis, village = world.client("kadis"), world.village.code
        answer = send(kadis, "/cases/new", "/cases", **ORDER, village=village, then="forward")
        case = newest()
        assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")
        assert (world.stage(case).step, case.district) == (2, village[:8])
        sheet = drafts.of_case(db.session(), case.id)[0]
        assert db.session.get_one(Version, sheet.current_version_id).state == "queued"
        page = words(kadis.get(answer.location))
        assert "Kegiatan dibuka dan diperintahkan." in page
        assert (
            "memerintahkan pelaksanaan kegiatan, lalu meneruskan kegiatan ke Kepala Bidang" in page
        )

    def test_what_kadis_saves_first_waits_at_step_1_and_can_be_changed(self, world: World) -> None:
        kadis, village = world.client("kadis"), world.village.code
        send(kadis, "/cases/new", "/cases", **ORDER, village=village, then="keep")
        case, stage = newest(), world.stage(newest())
        assert stage.step == 1
        page, change = f"/cases/{case.id}", f"/cases/{case.id}/order"
        changed = ORDER | {"subject": "Pembentukan KIM Plasma Jaya", "village": village}
        answer = send(kadis, page, change, **changed, stage=stage.id, then="keep", htmx=True)
        assert 'id="stage"' in answer.text
        assert (world.reload(case).subject, world.stage(case).step) == (changed["subject"], 1)
        assert drafts.of_case(db.session(), case.id)[0].fields["perihal"] == changed["subject"]
        answer = send(kadis, page, change, **changed, stage=stage.id, then="forward")
        assert (answer.status_code, world.stage(case).step) == (303, 2)

    def test_an_unfinished_order_is_refused_with_what_was_typed(self, world: World) -> None:
        before = count()
        typed = {"instruction": "Segera, sebelum akhir tahun.", "planned_on": "2026-11-20"}
        answer = send(world.client("kadis"), "/cases/new", "/cases", **typed, then="forward")
        assert (answer.status_code, count()) == (422, before)
        for sentence in (
            "Isi nama kegiatan.",
            "Pilih desa atau kelurahan.",
            "Tanggal rencana sudah lewat. Pilih hari ini atau sesudahnya.",
            "Segera, sebelum akhir tahun.",
        ):
            assert sentence in words(answer)

    def test_a_village_of_another_kabupaten_cannot_be_ordered(self, world: World) -> None:
        typed = ORDER | {"village": "73.71.01.1001"}
        answer = send(world.client("kadis"), "/cases/new", "/cases", **typed)
        assert answer.status_code == 422
        assert "Pilih desa atau kelurahan." in words(answer)

    def test_a_changed_order_that_is_not_right_stays_on_the_page(self, world: World) -> None:
        case = world.case(at=1)
        typed = ORDER | {"subject": "", "stage": world.stage(case).id}
        kadis = world.client("kadis")
        answer = send(kadis, f"/cases/{case.id}", f"/cases/{case.id}/order", **typed, htmx=True)
        assert answer.status_code == 422
        assert "Isi nama kegiatan." in words(answer)
        assert "Laksanakan sesuai SOP." in words(answer)
        assert world.reload(case).subject == case.subject

    def test_an_order_that_has_left_kadis_is_not_changed_any_more(self, world: World) -> None:
        case = world.case(at=1)
        kadis, old = world.client("kadis"), world.stage(case).id
        world.forward(case)
        typed = ORDER | {"village": world.village.code, "stage": old, "then": "keep"}
        answer = send(kadis, "/cases/new", f"/cases/{case.id}/order", **typed)
        assert answer.status_code == 409
        assert "Drs. Andi Rahman, M.Si sudah meneruskan langkah 1" in words(answer)
        assert "Pembentukan KIM Puudongi Laksanakan sesuai SOP." in words(answer)
        assert world.reload(case).subject == case.subject

    def test_only_kadis_orders(self, world: World) -> None:
        before, kasi = count(), world.client("kasi")
        assert kasi.get("/cases/new").status_code == 403
        assert "/cases/new" not in kasi.get("/cases").text
        answer = send(kasi, "/", "/cases", **ORDER, village=world.village.code, then="forward")
        assert answer.status_code == 403
        assert "Kegiatan baru diperintahkan oleh Kepala Dinas." in words(answer)
        assert count() == before


class TestList:
    def test_it_finds_cases_by_word_and_state(self, world: World) -> None:
        world.case(subject="Pembentukan KIM Toari")
        world.case(subject="Pembinaan KIM Wolo")
        staf = world.client("staf")
        both = words(staf.get("/cases"))
        assert "Pembentukan KIM Toari" in both
        assert "Pembinaan KIM Wolo" in both
        found = words(staf.get("/cases?q=wolo&keadaan=berjalan"))
        assert "Pembinaan KIM Wolo" in found
        assert "Toari" not in found
        assert "Langkah 1 dari 17" in found
        assert "Tidak ada kegiatan yang cocok" in words(staf.get("/cases?keadaan=selesai"))

    def test_htmx_gets_the_list_alone(self, world: World) -> None:
        answer = world.client("staf").get("/cases?q=zzz", headers=HTMX)
        assert 'id="cases"' in answer.text
        assert "<html" not in answer.text

    def test_fifty_fit_on_a_page(self, world: World) -> None:
        for n in range(51):
            world.player.open(f"Kegiatan ke-{n}", world.village.code)
        staf = world.client("staf")
        first, second = staf.get("/cases"), staf.get("/cases?halaman=2")
        assert len(re.findall("row-title", first.text)) == 50
        assert "halaman=2" in first.text
        assert "Kegiatan ke-0" in words(second)
        assert "halaman=3" not in second.text

    def test_tim_sees_only_cases_it_goes_out_for(self, world: World) -> None:
        world.case(at=3)
        assert "Belum ada kegiatan" in words(world.client("tim").get("/cases"))


class TestCasePage:
    def test_whose_turn_it_is_reads_everything_about_the_step(self, world: World) -> None:
        case = world.case(at=6)
        page = words(world.client("kabid").get(f"/cases/{case.id}"))
        step = shelf.sop().step(6)
        for part in (
            "Langkah 6 dari 17 · 5 selesai",
            "Giliran Anda sebagai Kepala Bidang",
            step.text,
            "waktu baku 2 jam",
            "2 jam kerja lagi",
            "Yang masuk Konsep naskah dinas 3 naskah pada berkas",
            "Yang keluar Konsep naskah dinas yang sudah diparaf",
            "Sesudah ini Langkah 7, Sekretaris Dinas",
            "Kembali ke langkah 5, Kepala Seksi (menurut SOP)",
            "atau ke langkah 4 atau 3 (tambahan)",
            "Paraf dan teruskan ke Sekretaris Dinas",
            "Diparaf Kepala Seksi, Wa Ode Fitriani, S.I.Kom",
        ):
            assert part in page

    def test_others_see_whose_turn_it_is_and_no_form(self, world: World) -> None:
        case = world.case(at=6)
        answer = world.client("staf").get(f"/cases/{case.id}")
        assert "Giliran Kepala Bidang La Ode Hasan, S.Kom" in words(answer)
        assert "/decisions" not in answer.text
        assert f'hx-get="/cases/{case.id}/stage"' in answer.text

    @pytest.mark.parametrize("path", ["", "/stage", "/papers", "/timeline", "/reasons"])
    def test_tim_has_no_business_with_a_case_before_the_field(
        self, world: World, path: str
    ) -> None:
        case = world.case(at=2)
        assert world.client("tim").get(f"/cases/{case.id}{path}").status_code == 404
        assert world.client("kasi").get(f"/cases/9999{path}").status_code == 404

    def test_every_step_has_a_screen_for_whose_turn_it_is(self, world: World) -> None:
        case = world.case(at=1)
        for step in shelf.sop().steps:
            answer = world.client(step.lane).get(f"/cases/{case.id}")
            assert answer.status_code == 200, step
            assert 'name="then" value="forward"' in answer.text, step
            assert f"Langkah {step.number} dari 17" in words(answer)
            world.player.work(case.id)
            world.forward(case)
        closed = words(world.client("kasi").get(f"/cases/{case.id}"))
        assert "Kegiatan selesai" in closed
        assert "menutup kegiatan. Semua langkah selesai." in closed

    def test_the_button_says_what_it_does(self, world: World) -> None:
        case = world.case(at=1)
        labels = {
            1: "Perintahkan ke Kepala Bidang",
            2: "Teruskan ke Kepala Seksi",
            3: "Serahkan ke Staf",
            4: "Bubuhkan stempel dan serahkan ke Kepala Seksi",
            5: "Paraf dan teruskan ke Kepala Bidang",
            8: "Tandatangani dan serahkan ke Kepala Seksi",
            9: "Terima dan teruskan ke Staf",
            10: "Laporkan ke Kepala Seksi",
        }
        for number, label in labels.items():
            world.player.play(case.id, until=number)
            lane = shelf.sop().step(number).lane
            assert label in words(world.client(lane).get(f"/cases/{case.id}"))

    def test_a_returned_case_shows_the_reason_above_the_work(self, world: World) -> None:
        case = world.case(at=6)
        world.send_back(case, to=4, reason="Tanggal undangan keliru.")
        page = words(world.client("staf").get(f"/cases/{case.id}"))
        assert "Dikembalikan La Ode Hasan, S.Kom dari langkah 6 Tanggal undangan keliru." in page
        assert page.index("Tanggal undangan keliru.") < page.index("Bunyi SOP")
        assert "1 paraf gugur" in page
        assert "Langkah 4 dari 17 · 3 selesai" in page
        assert "Langkah 5: belum" in page
        assert "Kepala Seksi · waktu baku 2 hari · belum" in page

    def test_a_late_step_says_so_in_words(self, world: World) -> None:
        case = world.case(at=6)
        world.clock.move(hours=3)
        page = words(world.client("kabid").get(f"/cases/{case.id}"))
        assert "Langkah 6: sedang berjalan, terlambat" in page
        assert "terlambat 1 jam" in page
        world.forward(case)
        assert "Langkah 6: selesai, lewat waktu" in words(
            world.client("kabid").get(f"/cases/{case.id}")
        )

    def test_the_papers_look_again_only_while_a_pdf_is_awaited(self, world: World) -> None:
        case = world.case(at=5)
        address = f"/cases/{case.id}/papers"
        version = db.session.scalars(select(Version).order_by(Version.id.desc())).first()
        assert version is not None
        version.state = "queued"
        db.session.commit()
        waiting = world.client("kasi").get(address, headers=HTMX)
        assert "dalam antrean" in words(waiting)
        assert "every 5s" in waiting.text
        version = db.session.get_one(Version, version.id)
        version.state = "quarantined"
        db.session.commit()
        failed = world.client("kasi").get(address, headers=HTMX)
        assert "gagal dibuat" in words(failed)
        assert "every 5s" not in failed.text

    @pytest.mark.parametrize(
        ("path", "root"),
        [
            ("papers", "papers"),
            ("timeline", "timeline"),
            ("reasons", "reasons"),
            ("stage", "stage"),
        ],
    )
    def test_each_fragment_comes_alone_with_its_own_id(
        self, world: World, path: str, root: str
    ) -> None:
        case = world.case(at=3)
        answer = world.client("kasi").get(f"/cases/{case.id}/{path}", headers=HTMX)
        assert re.match(rf'\s*<\w+[^>]* id="{root}"|\s*<\w+ id="{root}"', answer.text)
        assert "<html" not in answer.text

    def test_who_was_overtaken_is_told_while_still_typing(self, world: World) -> None:
        case = world.case(at=6)
        kabid, seen = world.client("kabid"), world.stage(case).id
        address = f"/cases/{case.id}/reasons?stage={seen}"
        assert "Paraf dan teruskan" in words(kabid.get(address, headers=HTMX))
        world.forward(case)
        overtaken = words(kabid.get(address, headers=HTMX))
        assert "Langkah ini sudah ditangani" in overtaken
        assert "Paraf dan teruskan" not in overtaken
        world.player.play(case.id)
        assert "Langkah ini sudah ditangani" in words(kabid.get(address, headers=HTMX))

    def test_the_direction_of_kabid_stands_beside_the_work_of_others(self, world: World) -> None:
        case = world.case(at=3)
        assert "Petunjuk teknis" in words(world.client("kasi").get(f"/cases/{case.id}"))


def test_a_superior_who_was_told_stands_in_the_history(world: World) -> None:
    case = world.case()
    stage = world.stage(case)
    facts = {"step": 1, "tell": "superior", "lane": "kadis", "told": ["Drs. Andi Rahman, M.Si"]}
    at = world.clock()
    event = Event(case_id=case.id, stage_id=stage.id, kind="escalated", at=at, facts=facts)
    db.session.add(event)
    db.session.commit()
    page = words(world.client("kasi").get(f"/cases/{case.id}"))
    assert "Aplikasi memberi tahu Kepala Dinas, Drs. Andi Rahman, M.Si." in page


def test_times_on_the_page_are_those_of_the_office(world: World) -> None:
    case = world.case(at=4)
    page = words(world.client("staf").get(f"/cases/{case.id}"))
    assert "tenggat Rabu, 25 November 2026 pukul 08.00 WITA" in page
