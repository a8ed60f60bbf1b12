"""Numbers of letters: none shared, none skipped, a new count each year."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import select

from kimweb import clock, db
from kimweb.documents import numbering
from kimweb.documents.models import Document, Number
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
