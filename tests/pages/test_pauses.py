"""Stopping a step's clock on its page: with a reason, seen by everybody, kept when refused."""

from __future__ import annotations

from tests.pages.forms import send, words
from tests.world import World

REASON = "Menunggu jawaban Camat Polinggona."


def test_stopped_the_case_says_why_and_until_when_to_everybody(world: World) -> None:
    case = world.case(at=3)
    page, stage = f"/cases/{case.id}", world.stage(case).id
    client = world.client("kasi")
    assert "Kosong berarti 7 Desember 2026" in words(client.get(page))
    send(client, page, f"{page}/pause", stage=stage, reason=REASON, until="2026-12-01")
    seen = words(world.client("kadis").get(page))
    assert "Jam langkah ini dihentikan sampai Selasa, 1 Desember 2026 pukul 07.30 WITA" in seen
    assert REASON in seen
    assert "Dihentikan Wa Ode Fitriani, S.I.Kom" in seen
    assert "menghentikan jam langkah 3 sampai Selasa, 1 Desember 2026" in seen
    assert "Lanjutkan sekarang" not in seen


def test_kadis_finds_the_paused_ones_in_the_list(world: World) -> None:
    case = world.case(at=3)
    world.case(at=2, subject="Kegiatan lain")
    page = f"/cases/{case.id}"
    client, stage = world.client("kasi"), world.stage(case).id
    send(client, page, f"{page}/pause", stage=stage, reason=REASON, until="2026-12-01")
    seen = words(world.client("kadis").get("/cases?keadaan=dihentikan"))
    assert "dihentikan sampai 1 Des 2026" in seen
    assert "Kegiatan lain" not in seen
    assert "dihentikan sampai 1 Des 2026" in words(world.client("kadis").get("/"))


def test_it_is_resumed_by_hand_on_the_same_page(world: World) -> None:
    case = world.case(at=3)
    page, stage = f"/cases/{case.id}", world.stage(case).id
    client = world.client("kasi")
    send(client, page, f"{page}/pause", stage=stage, reason=REASON)
    world.clock.move(hours=1)
    send(client, page, f"{page}/pause/end", stage=stage)
    seen = words(client.get(page))
    assert "melanjutkan jam langkah 3, yang berhenti selama 1 jam kerja" in seen
    assert "Hentikan jam karena menunggu pihak luar" in seen


def test_a_refusal_keeps_what_was_typed(world: World) -> None:
    case = world.case(at=3)
    page, stage = f"/cases/{case.id}", world.stage(case).id
    answer = send(
        world.client("kasi"),
        page,
        f"{page}/pause",
        stage=stage,
        reason=REASON,
        until="2026-11-01",
    )
    assert answer.status_code == 422
    assert "Tanggal melanjutkan harus sesudah hari ini." in words(answer)
    assert REASON in answer.text
    assert 'value="2026-11-01"' in answer.text


def test_somebody_else_s_step_is_not_stopped(world: World) -> None:
    case = world.case(at=3)
    page, stage = f"/cases/{case.id}", world.stage(case).id
    other = world.case(at=2, subject="Kegiatan Kabid")
    token_page = f"/cases/{other.id}"
    answer = send(world.client("kabid"), token_page, f"{page}/pause", stage=stage, reason=REASON)
    assert answer.status_code == 403
