"""Handing on and sending back, as the decision form of the case page does it."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from kimweb import db
from kimweb.cases.models import Case
from kimweb.documents.models import Paraf
from tests.pages.forms import send, words
from tests.world import World


def decide(
    world: World, username: str, case: Case, *, htmx: bool = False, **fields: object
) -> TestResponse:
    """Send the decision form as `username`, by default for the stage that is open now."""
    data = {"stage": world.stage(case).id, "verdict": "forward", "note": "", **fields}
    page, action = f"/cases/{case.id}", f"/cases/{case.id}/decisions"
    client = world.client(username)
    # Who may not work finds no form on the page; the desk carries a token as well.
    page = page if 'name="csrf_token"' in client.get(page).text else "/"
    return send(client, page, action, htmx=htmx, **data)


class TestForward:
    def test_kabid_puts_his_paraf_and_hands_on(self, world: World) -> None:
        case = world.case(at=6)
        answer = decide(world, "kabid", case, note="Mohon ditelaah.")
        assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")
        assert world.stage(case).step == 7
        page = words(world.client("kabid").get(answer.location))
        assert "La Ode Hasan, S.Kom memaraf 3 naskah, lalu meneruskan kegiatan" in page
        assert "Mohon ditelaah." in page

    def test_htmx_gets_the_case_as_it_stands_now_in_fragments(self, world: World) -> None:
        case = world.case(at=6)
        answer = decide(world, "kabid", case, htmx=True)
        assert answer.status_code == 200
        assert "<html" not in answer.text
        assert answer.text.lstrip().startswith('<div id="stage"')
        for fragment in ("progress", "papers", "timeline", "flash"):
            assert f'id="{fragment}"' in answer.text
        assert answer.text.count("hx-swap-oob") == 4
        assert "Diteruskan ke Sekretaris Dinas, langkah 7." in words(answer)
        assert "Giliran Sekretaris Dinas" in words(answer)

    def test_the_last_step_closes_the_case(self, world: World) -> None:
        case = world.case(at=17)
        world.work(case)
        answer = decide(world, "staf", case, htmx=True)
        assert "Kegiatan selesai dan ditutup." in words(answer)
        assert "Semua 17 langkah selesai" in words(answer)
        assert world.reload(case).closed_at is not None

    def test_what_stands_against_it_is_said_and_the_note_stays(self, world: World) -> None:
        case = world.case(at=3)
        answer = decide(world, "kasi", case, note="Tolong diketik hari ini.", htmx=True)
        assert answer.status_code == 422
        page = words(answer)
        assert "Belum dapat diteruskan" in page
        assert "Belum ada surat yang disiapkan. Pilih naskah dinas yang diperlukan." in page
        assert "Tolong diketik hari ini." in page
        assert world.stage(case).step == 3

    def test_nobody_decides_for_another_lane(self, world: World) -> None:
        case = world.case(at=6)
        answer = decide(world, "staf", case)
        assert answer.status_code == 403
        assert "Langkah 6 adalah tugas Kepala Bidang, bukan tugas Anda." in words(answer)
        assert world.stage(case).step == 6

    def test_tim_does_not_even_find_the_case(self, world: World) -> None:
        case = world.case(at=6)
        assert decide(world, "tim", case).status_code == 404
        assert world.stage(case).step == 6

    def test_a_second_click_changes_nothing_and_says_who_was_first(self, world: World) -> None:
        case = world.case(at=6)
        seen = world.stage(case).id
        decide(world, "kabid", case)
        page = f"/cases/{case.id}"
        typed = {"stage": seen, "verdict": "forward", "note": "Sudah saya baca."}
        answer = send(world.client("kabid"), "/", f"{page}/decisions", htmx=True, **typed)
        assert answer.status_code == 409
        assert "La Ode Hasan, S.Kom sudah meneruskan langkah 6" in words(answer)
        assert "Sudah saya baca." in words(answer)
        assert answer.headers["HX-Reswap"] == "morph show:top"
        assert world.stage(case).step == 7

    def test_a_stage_of_another_case_is_not_moved(self, world: World) -> None:
        case, other = world.case(at=2), world.case(at=2)
        answer = decide(world, "kabid", case, stage=world.stage(other).id)
        assert answer.status_code == 403
        assert "Langkah ini tidak ada pada kegiatan ini." in words(answer)
        assert (world.stage(case).step, world.stage(other).step) == (2, 2)

    @pytest.mark.parametrize("verdict", ["", "sign", "close"])
    def test_only_the_two_verdicts_are_known(self, world: World, verdict: str) -> None:
        case = world.case(at=2)
        assert decide(world, "kabid", case, verdict=verdict).status_code == 400
        assert decide(world, "staf", case, verdict=verdict).status_code == 403


class TestSendBack:
    def test_the_work_goes_back_with_its_reason(self, world: World) -> None:
        case = world.case(at=6)
        reason = "Tanggal undangan keliru."
        answer = decide(world, "kabid", case, verdict="send_back", to=4, note=reason)
        assert answer.status_code == 303
        assert world.stage(case).step == 4
        staf = words(world.client("staf").get(answer.location))
        assert "Dikembalikan La Ode Hasan, S.Kom dari langkah 6 Tanggal undangan keliru." in staf
        live = select(Paraf).where(Paraf.voided_at.is_(None))
        assert db.session.scalars(live).all() == []

    def test_the_sops_own_target_is_chosen_beforehand(self, world: World) -> None:
        case = world.case(at=6)
        answer = world.client("kabid").get(f"/cases/{case.id}")
        assert 'id="to-5" name="to" value="5" checked' in answer.text
        assert 'id="to-4" name="to" value="4">' in answer.text
        page = words(answer)
        assert "Kepala Seksi, langkah 5: pemeriksaan hasil ketikan menurut SOP" in page
        assert "Staf, langkah 4: pengetikan naskah dinas tambahan" in page

    def test_without_a_reason_it_stays_and_the_form_stays_open(self, world: World) -> None:
        case = world.case(at=6)
        answer = decide(world, "kabid", case, verdict="send_back", to=4, note="  ", htmx=True)
        assert answer.status_code == 422
        assert "Tulis alasan pengembalian agar penerima tahu yang diperbaiki." in words(answer)
        assert '<details class="return" open>' in answer.text
        assert 'value="4" checked' in answer.text
        assert world.stage(case).step == 6

    def test_it_goes_only_where_the_step_may_return_to(self, world: World) -> None:
        case = world.case(at=6)
        answer = decide(world, "kabid", case, verdict="send_back", to=2, note="Ulangi semuanya.")
        assert answer.status_code == 422
        assert "Langkah ini tidak dapat mengembalikan ke langkah itu." in words(answer)
        assert "Ulangi semuanya." in words(answer)
        assert world.stage(case).step == 6

    def test_a_step_without_returns_offers_none(self, world: World) -> None:
        case = world.case(at=2)
        assert "send_back" not in world.client("kabid").get(f"/cases/{case.id}").text
        answer = decide(world, "kabid", case, verdict="send_back", to=1, note="Batal.")
        assert (answer.status_code, world.stage(case).step) == (422, 2)
