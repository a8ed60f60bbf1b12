"""The SOP's chart alive, for one case and for all."""

from __future__ import annotations

import re

from kimweb import db
from kimweb.deadlines import measuring
from tests.conftest import HandClock
from tests.pages.forms import HTMX, words
from tests.world import World


def test_a_case_stands_on_the_chart_with_the_time_it_really_took(
    world: World, hand_clock: HandClock
) -> None:
    case = world.case(at=1)
    hand_clock.move(minutes=30)
    world.forward(case)
    hand_clock.move(hours=3)
    page = world.client("kasi").get(f"/cases/{case.id}/journey").text
    assert "Langkah 1, Kadis: selesai, Nyata: 30 menit" in page
    assert "Langkah 2, Kabid: terlambat, Nyata: 3 jam" in page
    assert "Langkah 3, Kasi</title>" in page, "what lies ahead has no mark"


def test_a_returned_case_counts_how_often_a_step_was_done_again(
    world: World, hand_clock: HandClock
) -> None:
    case = world.case(at=6)
    world.send_back(case, to=5)
    page = world.client("kabid").get(f"/cases/{case.id}/journey", headers=HTMX).text
    assert "Diulang 1 kali" in page
    assert "Langkah 6, Kabid</title>" in page, "ahead again, so without a mark"
    assert "<html" not in page
    assert re.findall(r'class="sop-count">([^<]+)<', page) == ["1×"], "beside the arrow back"
    assert "Dikembalikan dari sini 1 kali." in page
    hand_clock.move(hours=1)
    with db.writing() as session:
        measuring.measure(session, hand_clock())
    everything = world.client("kadis").get("/sop/live").text
    assert re.findall(r'class="sop-count">([^<]+)<', everything) == ["1×"]


def test_all_cases_stand_on_one_chart(world: World, hand_clock: HandClock) -> None:
    world.case(at=2)
    hand_clock.move(hours=3)
    world.case(at=3)
    page = world.client("kadis").get("/sop/live").text
    assert "Langkah 2, Kabid: terlambat" in page
    assert "Langkah 3, Kasi: sedang dikerjakan" in page
    assert world.client("tim").get("/sop/live").status_code == 403
    assert "/sop/live" not in world.client("tim").get("/sop").text


def test_the_chart_is_printed_as_it_is_on_the_screen(world: World) -> None:
    case = world.case(at=2)
    for address in (f"/cases/{case.id}/journey.pdf", "/sop/live.pdf"):
        answer = world.client("kasi").get(address)
        assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-"), address


def test_a_case_that_is_not_theirs_is_not_shown_to_tim(world: World) -> None:
    case = world.case(at=2)
    assert world.client("tim").get(f"/cases/{case.id}/journey").status_code == 404
    assert "Lihat pada bagan SOP" in words(world.client("kasi").get(f"/cases/{case.id}"))
