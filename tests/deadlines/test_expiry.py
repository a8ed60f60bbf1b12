"""Certificates that end: holder and administrator hear it 30, 14, 7 and 1 days ahead, once each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kimweb import clock, db
from kimweb.dispatch.models import Message
from kimweb.documents import signatures
from kimweb.documents.models import Certificate
from kimweb.documents.signing import P12, Facts
from tasks import deadlines
from tests.conftest import HandClock
from tests.databases import both_databases
from tests.pages.forms import words
from tests.world import World

LIFE = timedelta(days=40)


@pytest.fixture
def certificate(world: World) -> int:
    """A key file of Kadis that ends in 40 days; its id."""
    now = clock.now()
    facts = Facts("ab" * 32, "Andi Rahman", "BSrE", now, now + LIFE)
    with db.writing() as session:
        kadis = world.person("kadis")
        return signatures.enroll(session, kadis, P12, "kadis.p12", now, facts=facts).id


def heard() -> int:
    deadlines.mind_certificates()
    db.session.rollback()
    query = select(Message).where(Message.letter == "sertifikat")
    return len(db.session.scalars(query).all())


@both_databases
def test_holder_and_administrator_hear_it_once_at_each_distance(
    world: World, certificate: int, hand_clock: HandClock
) -> None:
    counts = []
    for days in (0, 10, 1, 15, 7, 6, 1, 1):
        hand_clock.move(days=days)
        counts.append((heard(), heard()))
    # 40, 30, 29, 14, 7, 1 days left, then the end, then a day after it.
    assert counts == [(0, 0), (2, 2), (2, 2), (4, 4), (6, 6), (8, 8), (10, 10), (10, 10)]


def test_an_office_that_was_away_hears_only_the_nearest_distance(
    world: World, certificate: int, hand_clock: HandClock
) -> None:
    hand_clock.move(days=35)
    assert heard() == 2
    names = db.session.scalars(select(Message.to_name).order_by(Message.id)).all()
    assert names == ["Drs. Andi Rahman, M.Si", "Administrator Contoh"]


def test_a_certificate_that_was_replaced_is_not_mourned(
    world: World, certificate: int, hand_clock: HandClock
) -> None:
    with db.writing() as session:
        session.get_one(Certificate, certificate).retired_at = clock.now()
    hand_clock.move(days=39)
    assert heard() == 0


def test_the_page_says_how_long_each_certificate_lasts(
    world: World, certificate: int, hand_clock: HandClock
) -> None:
    admin = world.client("admin")
    assert "Drs. Andi Rahman, M.Si Berkas kunci BSrE" in words(admin.get("/certificates"))
    assert "Berlaku 40 hari lagi" in words(admin.get("/certificates"))
    hand_clock.move(days=39, hours=1)
    assert "Tidak dapat dipakai" in words(world.client("kadis").get("/certificates"))
    hand_clock.move(days=1)
    assert "Berakhir" in words(world.client("admin").get("/certificates"))
    assert "Belum ada sertifikat" in words(world.client("kasi").get("/certificates")), (
        "one's own only"
    )
