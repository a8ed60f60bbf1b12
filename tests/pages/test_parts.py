"""The parts of a desk: each for those who need it, fetched by themselves."""

from __future__ import annotations

import pytest

from kimweb import claims, db
from kimweb.documents.models import Document, Version
from tests.conftest import HandClock
from tests.pages.forms import HTMX, send, words
from tests.world import World

SUBJECT = "Pembentukan KIM Polinggona"


@pytest.mark.parametrize(
    ("username", "parts"),
    [
        ("kadis", {"overview"}),
        ("sekdis", {"reviews", "cases"}),
        ("kabid", {"reviews", "cases"}),
        ("kasi", {"cases"}),
        ("staf", {"typing", "results", "filing", "cases"}),
        ("tim", {"outings"}),
        ("admin", {"upkeep", "overview"}),
    ],
)
def test_everybody_gets_their_own_parts(world: World, username: str, parts: set[str]) -> None:
    client = world.client(username)
    page = client.get("/").text
    every = {"overview", "reviews", "cases", "typing", "results", "filing", "outings", "upkeep"}
    assert {part for part in every if f'hx-get="/desk/parts/{part}"' in page} == parts
    for part in parts:
        answer = client.get(f"/desk/parts/{part}", headers=HTMX)
        assert answer.status_code == 200
        assert f'id="{part}"' in answer.text
        assert "<html" not in answer.text
        assert "<html" in client.get(f"/desk/parts/{part}").text


@pytest.mark.parametrize(
    ("username", "card"),
    [
        ("kadis", "Tanda tangani sekaligus"),
        ("sekdis", "Lihat yang berubah"),
        ("kasi", "Tim dan laporan"),
        ("staf", "Kirim dan pantau"),
        ("tim", "Bekerja dari telepon"),
        ("admin", "Jabatan terisi"),
    ],
)
def test_three_cards_greet_everybody_in_their_own_role(
    world: World, username: str, card: str
) -> None:
    client = world.client(username)
    assert 'hx-trigger="first-day"' in client.get("/").text
    tour = client.get("/desk/parts/tour").text.partition("data-tour=")[2].partition("</section>")[0]
    assert card in tour
    assert tour.count("<li>") == 3


def test_kadis_sees_where_the_cases_stand_and_with_whom_they_are_late(
    world: World, hand_clock: HandClock
) -> None:
    world.case(at=2)
    hand_clock.move(hours=3)
    seen = words(world.client("kadis").get("/desk/parts/overview"))
    assert "1 kegiatan berjalan" in seen
    assert "1 terlambat" in seen
    assert "1 kegiatan Kepala Bidang" in seen
    assert "indikator SPM lama" in seen


def test_staf_goes_from_the_desk_straight_to_each_letter_that_lacks_something(
    world: World,
) -> None:
    case = world.case(at=4)
    letters = world.letters(case)
    with db.writing() as session:
        first = session.get_one(Document, letters[0].id)
        first.fields = first.fields | {"tempat": ""}
    part = world.client("staf").get("/desk/parts/typing")
    assert all(f"/cases/{case.id}/documents/{letter.id}" in part.text for letter in letters)
    assert "1 isian kurang" in words(part)
    assert words(part).count("Lengkap") == len(letters) - 1


def test_tim_reads_no_figures_of_the_office(world: World) -> None:
    for part in ("overview", "cases"):
        assert world.client("tim").get(f"/desk/parts/{part}").status_code == 403
    assert world.client("kadis").get("/desk/parts/upkeep").status_code == 403


def test_a_reviewer_sees_what_changed_since_they_returned_it(
    world: World, hand_clock: HandClock
) -> None:
    case = world.case(at=6)
    kabid = world.client("kabid")
    assert "Baru bagi Anda" in words(kabid.get("/desk/parts/reviews"))
    page, stage = f"/cases/{case.id}", world.stage(case).id
    back = {"verdict": "send_back", "to": 5, "note": "Tanggal belum sesuai."}
    send(kabid, page, f"{page}/decisions", stage=stage, **back)
    seen = words(kabid.get("/desk/parts/reviews"))
    assert "Yang Anda kembalikan" in seen
    assert f"{SUBJECT} pada Kepala Seksi" in seen
    hand_clock.move(minutes=1)
    world.forward(case)
    assert "Tidak ada yang berubah sejak Anda baca" in words(kabid.get("/desk/parts/reviews"))


def test_kasi_has_all_steps_on_the_board_and_kabid_what_lies_below(world: World) -> None:
    case = world.case(at=4)
    kasi = world.client("kasi").get("/desk/parts/cases").text
    assert kasi.count("<section class=") == 1 + 17
    assert f'href="/cases/{case.id}"' in kasi
    kabid = words(world.client("kabid").get("/desk/parts/cases"))
    assert "Pekerjaan Anda dan di bawah Anda" in kabid
    assert SUBJECT in kabid
    assert "Penandatanganan" not in kabid


def test_a_full_column_says_how_many_more_there_are(world: World) -> None:
    for number in range(7):
        world.case(at=2, subject=f"Kegiatan {number}")
    seen = words(world.client("kasi").get("/desk/parts/cases"))
    assert "dan 2 lagi" in seen


def test_staf_sees_which_letters_need_a_hand(world: World) -> None:
    case = world.case(at=10)
    assert "Tidak ada surat yang perlu" in words(world.client("staf").get("/desk/parts/results"))
    world.work(case)
    assert (
        f'href="/cases/{case.id}/dispatches"'
        in world.client("staf").get("/desk/parts/results").text
    )


def test_tim_gets_to_each_sheet_of_the_activity_with_one_touch(world: World) -> None:
    case = world.case(at=12)
    page = world.client("tim").get("/desk/parts/outings").text
    for sheet in ("daftar-hadir", "foto", "catatan", "kelompok"):
        assert f'href="/cases/{case.id}/activity#{sheet}"' in page


def test_the_administrator_lets_failed_work_be_tried_again(world: World) -> None:
    world.case(at=6)
    with db.writing() as session:
        version = session.query(Version).first()
        assert version
        version.state, version.attempt = claims.QUARANTINED, 5
    admin = world.client("admin")
    assert "1 perlu ditangani" in words(admin.get("/desk/parts/upkeep"))
    assert send(admin, "/health", "/health/work/retry").status_code == 303
    db.session.rollback()
    again = db.session.get_one(Version, version.id)
    assert (again.state, again.attempt) == (claims.QUEUED, 0)
    assert "perlu ditangani" not in words(admin.get("/desk/parts/upkeep"))
