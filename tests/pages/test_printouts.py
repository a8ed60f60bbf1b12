"""Sheets for pen and paper: what the team takes along, and what it brings back filled in."""

from __future__ import annotations

import pytest

from kimweb.cases import printouts
from kimweb.documents import rendering
from tests.documents.letters import layout, read
from tests.world import World


def sheet(world: World, at: int, name: str, who: str = "tim") -> bytes:
    answer = world.client(who).get(f"/cases/{world.case(at=at).id}/printouts/{name}.pdf")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    return answer.data


def test_the_team_prints_an_empty_attendance_list_before_it_leaves(world: World) -> None:
    words = read(sheet(world, 12, "daftar_hadir_kosong"))
    assert "DAFTAR HADIR" in words
    assert "Senin, 7 Desember 2026" in words
    assert " 25. " in words
    assert "KONSEP" not in words


def test_the_attendance_list_comes_filled_after_the_day(world: World) -> None:
    words = layout(sheet(world, 13, "daftar_hadir"))
    assert "Abdul Kadir" in words
    assert "Sitti Aminah" in words


def test_the_minutes_of_forming_name_the_chair_who_was_elected_and_the_head_of_the_village(
    world: World,
) -> None:
    words = read(sheet(world, 14, "berita_acara"))
    for part in ("Ketua KIM terpilih,", "Abdul Kadir", "Mengetahui,", "KIM Cahaya", "NOMOR ...."):
        assert part in words


@pytest.mark.parametrize("at", [4, 14])
def test_every_sheet_can_be_printed_early_and_late(world: World, at: int) -> None:
    case, kasi = world.case(at=at), world.client("kasi")
    for name in printouts.SHEETS:
        words = read(kasi.get(f"/cases/{case.id}/printouts/{name}.pdf").data)
        assert "None" not in words, name
        assert "tidak ditandatangani secara elektronik" in words, name


def test_the_team_takes_one_page_and_everybody_a_travel_letter(world: World) -> None:
    case, kasi = world.case(at=12), world.client("kasi")
    whole = kasi.get(f"/cases/{case.id}/printouts/lembar_keberangkatan.pdf").data
    assert rendering.pages(whole) == 1
    words = read(whole)
    for part in ("Halaman kantor dinas, pukul 07.00", "Drs. Baharuddin", "Komputer dan Printer"):
        assert part in words
    for member, name in enumerate(("Wa Ode Fitriani", "Rina Anggraini", "Drs. Baharuddin"), 1):
        letter = read(kasi.get(f"/cases/{case.id}/printouts/spd.pdf?member={member}").data)
        assert name in letter
        assert ("Nurlina" in letter, "Baharuddin" in letter) == (False, member == 3)


def test_only_these_sheets_and_only_of_cases_that_one_may_see(world: World) -> None:
    case = world.case(at=4)
    client = world.client("staf")
    assert client.get(f"/cases/{case.id}/printouts/sk_tim.pdf").status_code == 404
    assert client.get(f"/cases/{case.id + 1}/printouts/notulen.pdf").status_code == 404
    assert "/printouts/nota_dinas.pdf" in client.get(f"/cases/{case.id}").text
