"""Buku agenda keluar in the browser: reading, printing, reserving, voiding."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from kimweb import clock, db
from kimweb.documents import numbering
from kimweb.documents.models import VOID, Document, Number
from tests.conftest import HandClock
from tests.documents.letters import read
from tests.pages.forms import send, words
from tests.world import World

BOOK = "surat_keluar"
RESERVE = {"book": BOOK, "dated_on": "2026-12-01", "count": "2", "reason": "Rakor KIM"}


def number(text: str) -> Number:
    db.session.rollback()
    return db.session.scalars(select(Number).where(Number.text == text)).one()


def reserve(world: World, **changes: str):  # type: ignore[no-untyped-def]
    return send(world.client("staf"), "/agenda/new", "/agenda/reservations", **RESERVE | changes)


def act(world: World, text: str, what: str, **fields: object):  # type: ignore[no-untyped-def]
    page = f"/agenda/numbers/{number(text).id}"
    return send(world.client("staf"), page, f"{page}/{what}", **fields)


def test_a_signed_letter_stands_in_the_book_with_subject_and_recipients(world: World) -> None:
    case = world.case(at=9)
    letter = next(one for one in world.letters(case) if one.kind == "surat_undangan")
    page = words(world.client("kasi").get("/agenda?book=surat_keluar"))
    assert letter.number is not None
    assert letter.number in page
    assert letter.subject in page
    assert letter.addressees[0].title in page
    assert "Pesan nomor" not in page, "Kasi reads the book, Staf keeps it"


def test_the_book_is_searched_by_words_of_subject_and_recipient(world: World) -> None:
    reserve(world)
    act(world, "001", "outside", subject="Undangan apel", recipient="Camat Wolo")
    client = world.client("staf")
    assert "Undangan apel" in words(client.get("/agenda?words=camat+apel"))
    assert "Undangan apel" not in words(client.get("/agenda?words=laporan"))
    assert "Tidak ada nomor yang cocok" in words(client.get("/agenda?words=100%25"))


def test_staf_reserves_numbers_and_lets_one_wait_for_a_letter(world: World) -> None:
    case = world.case(at=7)
    letter = next(one.id for one in world.letters(case) if one.kind == "surat_undangan")
    assert reserve(world).status_code == 303
    assert words(world.client("staf").get("/agenda")).count("Dipesan: Rakor KIM") == 2
    act(world, "002", "letter", document=letter)
    world.forward(case)
    world.forward(case)
    signed = db.session.get_one(Document, letter)
    assert signed.number == "B/500.12/002/DISKOMINFO-KLK/XII/2026"
    assert signed.dated_on == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": " "}, "Tulis alasannya"),
        ({"dated_on": "kemarin"}, "Tanggal naskah tidak dikenali"),
        ({"dated_on": ""}, "Isi tanggal naskah"),
        ({"count": "99"}, "1 sampai 20 nomor"),
        ({"dated_on": "2026-11-20"}, "ambil nomor sisipan"),
    ],
)
def test_a_wrong_reservation_is_explained_and_what_was_typed_stays(
    world: World, changes: dict[str, str], said: str
) -> None:
    answer = reserve(world, **{"reason": "Rakor KIM Kecamatan"} | changes)
    assert answer.status_code == 422
    assert said in words(answer)
    assert "Rakor KIM Kecamatan" in answer.text or "reason" in changes


def test_staf_puts_a_number_in_for_a_day_that_is_past(world: World, hand_clock: HandClock) -> None:
    reserve(world, dated_on="2026-11-23", count="1")
    hand_clock.move(days=7)
    answer = send(
        world.client("staf"),
        "/agenda/new?asked=insertions",
        "/agenda/insertions",
        book=BOOK,
        dated_on="24-11-2026",
        reason="Surat terlewat",
    )
    assert answer.status_code == 303
    assert "Nomor sisipan: Surat terlewat" in words(world.client("staf").get("/agenda"))


def test_voiding_a_signed_letters_number_withdraws_it_on_its_public_page(world: World) -> None:
    case = world.case(at=9)
    letter = next(one for one in world.letters(case) if one.kind == "surat_undangan")
    assert letter.number
    refused = act(world, letter.number, "void", reason="")
    assert refused.status_code == 422
    assert "Tulis alasannya" in words(refused)
    act(world, letter.number, "void", reason="Tanggal kegiatan berubah.")
    staf = world.person("staf")
    voided = number(letter.number)
    assert (voided.state, voided.voided_by) == (VOID, staf.id)
    assert "Dibatalkan 23 Nov 2026: Tanggal kegiatan berubah." in words(
        world.client("staf").get("/agenda")
    )


def test_only_staf_and_the_administrator_keep_the_numbers(world: World) -> None:
    reserve(world)
    page = f"/agenda/numbers/{number('001').id}"
    for username in ("kasi", "kadis"):
        client = world.client(username)
        assert client.get("/agenda/new").status_code == 403
        assert "Batalkan nomor" not in words(client.get(page))
        answer = send(client, "/agenda", f"{page}/void", reason="Coba")
        assert answer.status_code == 403
    assert world.client("tim").get("/agenda").status_code == 403


def test_an_administrator_lets_a_book_go_on_after_its_paper(world: World) -> None:
    form = ("/agenda/new?asked=openings", "/agenda/openings")
    assert (
        send(world.client("staf"), "/agenda/new", form[1], book=BOOK, last="46").status_code == 403
    )
    assert send(world.client("admin"), *form, book=BOOK, last="46").status_code == 303
    reserve(world)
    assert "Nomor 001 sampai 046 tercatat di buku kertas." in words(
        world.client("staf").get("/agenda")
    )
    again = send(world.client("admin"), *form, book=BOOK, last="90")
    assert (again.status_code, "sudah berjalan" in words(again)) == (422, True)


def test_the_printed_book_explains_every_number(world: World) -> None:
    with db.writing() as session:
        numbering.carry_on(session, BOOK, 2026, 10)
    reserve(world)
    act(world, "012", "void", reason="Rakor batal.")
    answer = world.client("staf").get("/agenda/print.pdf?book=surat_keluar")
    assert answer.mimetype == "application/pdf"
    said = read(answer.data)
    for part in (
        "BUKU AGENDA SURAT KELUAR TAHUN 2026",
        "Nomor 001 sampai 010 tercatat di buku kertas.",
        "Dipesan: Rakor KIM",
        "Dibatalkan 23 Nov 2026: Rakor batal.",
        "Halaman 1 dari 1",
    ):
        assert part in said


def test_a_hole_in_the_count_is_named(world: World) -> None:
    reserve(world, count="3")
    with db.writing() as session:
        session.delete(session.scalars(select(Number).where(Number.n == 2)).one())
    assert "Nomor 002 tidak tercatat." in words(world.client("admin").get("/agenda"))


def test_a_long_book_is_read_a_page_at_a_time(world: World) -> None:
    for _ in range(3):
        with db.writing() as session:
            numbering.reserve(
                session,
                BOOK,
                count=20,
                on=date(2026, 11, 23),
                reason="Undangan",
                by=1,
                now=clock.now(),
            )
    page = words(world.client("staf").get("/agenda?page=2"))
    assert "Halaman 2 dari 2" in page
    assert " 010 " in page
