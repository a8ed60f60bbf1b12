"""Numbers of letters: none shared, none skipped, a new count each year."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from kimweb import clock, db
from kimweb.documents import numbering
from kimweb.documents.models import Document, Number
from kimweb.documents.numbering import NumberingError
from tests.conftest import HandClock
from tests.databases import both_databases
from tests.world import World

pytestmark = both_databases


@pytest.fixture
def letter(world: World) -> int:
    """The invitation of a case; its id."""
    case = world.case(at=4)
    return world.letters(case)[0].id


def take(letter: int, on: date = date(2026, 11, 23)) -> int:
    with db.writing() as session:
        document = session.get_one(Document, letter)
        return numbering.take(session, document, on=on, by=1, now=clock.now()).n


def test_numbers_follow_one_another(letter: int) -> None:
    assert [take(letter) for _ in range(3)] == [1, 2, 3]


def test_a_new_year_begins_with_one(letter: int) -> None:
    take(letter, date(2026, 12, 31))
    assert take(letter, date(2027, 1, 4)) == 1


def test_people_who_sign_at_once_neither_share_nor_skip_a_number(letter: int) -> None:
    def sign_five() -> None:
        for _ in range(5):
            take(letter)
        db.session.remove()

    people = [threading.Thread(target=sign_five) for _ in range(3)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    db.session.rollback()
    assert sorted(db.session.scalars(select(Number.n))) == list(range(1, 16))


def test_the_number_on_the_letter_is_the_offices_pattern(letter: int) -> None:
    take(letter)
    db.session.rollback()
    assert db.session.get_one(Document, letter).number == "B/500.12/001/DISKOMINFO-KLK/XI/2026"


# ---- Reserved, put in, voided ------------------------------------------------------------------

BOOK = "surat_keluar"
TODAY = date(2026, 11, 23)
REASON = "Undangan bupati dikirim lebih dahulu."


def reserve(count: int = 1, on: date = TODAY) -> list[str]:
    with db.writing() as session:
        numbers = numbering.reserve(
            session, BOOK, count=count, on=on, reason=REASON, by=1, now=clock.now()
        )
        return [number.text for number in numbers]


def put_in(on: date) -> str:
    with db.writing() as session:
        return numbering.insert(
            session, BOOK, on=on, reason="Surat terlewat.", by=1, now=clock.now()
        ).text


def number(text: str) -> Number:
    return db.session.scalars(select(Number).where(Number.text == text)).one()


def test_reserved_numbers_are_skipped_by_the_next_letter(letter: int) -> None:
    assert reserve(2) == ["001", "002"]
    assert take(letter) == 3


def test_a_letter_takes_the_reserved_number_that_waits_for_it(letter: int) -> None:
    reserve(on=date(2026, 12, 1))
    with db.writing() as session:
        numbering.assign(session, number("001"), session.get_one(Document, letter))
    assert take(letter) == 1
    db.session.rollback()
    document = db.session.get_one(Document, letter)
    assert document.number == "B/500.12/001/DISKOMINFO-KLK/XII/2026"
    assert document.dated_on == date(2026, 12, 1)
    assert number(document.number).reason == REASON


def test_a_number_released_again_is_not_taken(letter: int) -> None:
    reserve()
    with db.writing() as session:
        numbering.assign(session, number("001"), session.get_one(Document, letter))
        numbering.assign(session, number("001"), None)
    assert take(letter) == 2


def test_two_numbers_do_not_wait_for_one_letter(letter: int) -> None:
    reserve(2)
    with db.writing() as session:
        numbering.assign(session, number("001"), session.get_one(Document, letter))
    with pytest.raises(NumberingError, match="sudah menunggu nomor 001"), db.writing() as session:
        numbering.assign(session, number("002"), session.get_one(Document, letter))


def test_a_number_for_a_past_day_stands_behind_the_last_one_of_that_day(letter: int) -> None:
    for on in (date(2026, 11, 16), date(2026, 11, 18), TODAY):
        take(letter, on)
    assert [put_in(date(2026, 11, 17)), put_in(date(2026, 11, 17))] == ["001.a", "001.b"]
    assert put_in(date(2026, 11, 20)) == "002.a"
    assert take(letter) == 4


def test_a_number_put_in_keeps_its_day_on_the_letter(letter: int, hand_clock: HandClock) -> None:
    reserve()
    hand_clock.move(days=9)
    put_in(date(2026, 11, 30))
    with db.writing() as session:
        numbering.assign(session, number("001.a"), session.get_one(Document, letter))
    take(letter, date(2026, 12, 2))
    db.session.rollback()
    document = db.session.get_one(Document, letter)
    assert document.number == "B/500.12/001.a/DISKOMINFO-KLK/XI/2026"
    assert document.dated_on == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (TODAY, "hanya untuk tanggal yang sudah lewat"),
        (date(2026, 11, 2), "Belum ada nomor di buku ini sampai 2 November 2026"),
    ],
)
def test_a_number_is_put_in_only_between_others(letter: int, on: date, said: str) -> None:
    take(letter, date(2026, 11, 16))
    with pytest.raises(NumberingError, match=said):
        put_in(on)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reason": ""}, "Tulis alasannya"),
        ({"count": 21}, "1 sampai 20 nomor"),
        ({"on": date(2026, 11, 22)}, "ambil nomor sisipan"),
        ({"on": date(2027, 3, 1)}, "Paling jauh 90 hari"),
    ],
)
def test_a_reservation_that_cannot_be_is_refused(
    world: World, wrong: dict[str, object], said: str
) -> None:
    asked: dict[str, object] = {"count": 1, "on": TODAY, "reason": REASON} | wrong
    with pytest.raises(NumberingError, match=said), db.writing() as session:
        numbering.reserve(session, BOOK, by=1, now=clock.now(), **asked)  # type: ignore[arg-type]


def test_a_voided_number_is_never_given_again(letter: int) -> None:
    reserve()
    with db.writing():
        numbering.void(number("001"), reason="Batal rapat.", by=1, now=clock.now())
    assert take(letter) == 2
    with pytest.raises(NumberingError, match="sudah dibatalkan"), db.writing():
        numbering.void(number("001"), reason="Sekali lagi.", by=1, now=clock.now())


def test_a_number_used_outside_the_program_is_not_lost(letter: int) -> None:
    reserve()
    with db.writing():
        numbering.use_outside(number("001"), subject="Undangan apel", recipient="Camat Wolo")
    with pytest.raises(NumberingError, match="sudah dipakai"), db.writing() as session:
        numbering.assign(session, number("001"), session.get_one(Document, letter))


def test_a_book_goes_on_after_its_paper_and_only_once(letter: int) -> None:
    with db.writing() as session:
        numbering.carry_on(session, BOOK, 2026, 46)
    assert take(letter) == 47
    with pytest.raises(NumberingError, match="sudah berjalan"), db.writing() as session:
        numbering.carry_on(session, BOOK, 2026, 100)


def test_signing_reserving_and_putting_in_at_once_neither_share_nor_skip(letter: int) -> None:
    take(letter, date(2026, 11, 16))

    def five_times(act: Callable[[], object]) -> None:
        for _ in range(5):
            act()
        db.session.remove()

    acts = (lambda: take(letter), lambda: reserve(2), lambda: put_in(date(2026, 11, 17)))
    people = [threading.Thread(target=five_times, args=(act,)) for act in acts]
    for one in people:
        one.start()
    for one in people:
        one.join()
    db.session.rollback()
    plain = select(Number.n).where(Number.suffix == "").order_by(Number.n)
    assert list(db.session.scalars(plain)) == list(range(1, 17))
    put = select(Number.text).where(Number.suffix != "").order_by(Number.suffix)
    assert list(db.session.scalars(put)) == [f"001.{x}" for x in "abcde"]
