"""Signing the letters of several cases in one go: one passphrase, all or none of each case."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from kimweb import db
from kimweb.cases.models import Case
from kimweb.commands import certificates
from kimweb.documents.models import Number, Signature
from tests.documents.signed import PASSPHRASE
from tests.pages.forms import send, words
from tests.world import World

SUBJECTS = ("Pembentukan KIM Polinggona", "Pembentukan KIM Puundaipa")


@pytest.fixture
def cases(world: World) -> list[Case]:
    """Two cases whose letters wait for the signature of Kadis, who has a test certificate."""
    certificates.furnish_example()
    return [world.case(at=8, subject=subject) for subject in SUBJECTS]


def sign(world: World, *cases: Case, **typed: object) -> TestResponse:
    """Tick the cases on the page of Kadis and sign."""
    chosen = [f"{case.id}-{world.stage(case).id}" for case in cases]
    return send(world.client("kadis"), "/signing", "/signing", chosen=chosen, **typed)


def steps(world: World, cases: list[Case]) -> list[int]:
    db.session.rollback()
    return [world.stage(case).step for case in cases]


def test_one_passphrase_signs_the_letters_of_two_cases(world: World, cases: list[Case]) -> None:
    page = words(world.client("kadis").get("/signing"))
    assert all(subject in page for subject in SUBJECTS)
    assert page.count("Frasa sandi sertifikat") == 1
    answer = sign(world, *cases, means="certificate", passphrase=PASSPHRASE)
    assert (answer.status_code, steps(world, cases)) == (303, [9, 9])
    assert list(db.session.scalars(select(Signature.means))) == ["p12"] * 6


def test_only_what_is_ticked_is_signed(world: World, cases: list[Case]) -> None:
    assert sign(world, cases[0], means="pen").status_code == 303
    assert steps(world, cases) == [9, 8]


def test_a_letter_that_cannot_be_signed_keeps_its_case_back_and_no_other(
    world: World, cases: list[Case]
) -> None:
    with db.writing():
        last = world.letters(cases[0])[-1]
        last.fields = last.fields | {"tentang": "漢字"}
    answer = sign(world, *cases, means="certificate", passphrase=PASSPHRASE)
    page = words(answer)
    assert (answer.status_code, steps(world, cases)) == (422, [8, 9])
    assert "tidak dapat dicetak" in page
    assert "Naskah 1 kegiatan sudah ditandatangani" in page


def test_a_wrong_passphrase_is_tried_once_so_that_no_token_is_locked(
    world: World, cases: list[Case]
) -> None:
    answer = sign(world, *cases, means="certificate", passphrase="salah")
    page = words(answer)
    assert (answer.status_code, steps(world, cases)) == (422, [8, 8])
    assert page.count("Frasa sandi tidak cocok dengan sertifikat Anda.") == 1
    assert "Belum dicoba" in page
    assert db.session.scalar(select(func.count()).select_from(Number)) == 0


def test_what_was_signed_meanwhile_is_said_not_signed_again(
    world: World, cases: list[Case]
) -> None:
    stale = f"{cases[0].id}-{world.stage(cases[0]).id}"
    world.forward(cases[0])
    client = world.client("kadis")
    answer = send(client, "/signing", "/signing", chosen=[stale], means="pen")
    assert answer.status_code == 422
    assert "sudah meneruskan langkah 8" in words(answer)


def test_nothing_ticked_is_asked_for(world: World, cases: list[Case]) -> None:
    answer = sign(world, means="pen")
    assert (answer.status_code, steps(world, cases)) == (422, [8, 8])
    assert "Pilih dahulu" in words(answer)


def test_whoever_does_not_sign_has_no_such_page(world: World) -> None:
    assert world.client("kabid").get("/signing").status_code == 403
    assert "/signing" not in world.client("kabid").get("/").text


def test_nothing_to_sign_is_said(world: World) -> None:
    page = words(world.client("kadis").get("/signing"))
    assert "Tidak ada naskah yang menunggu tanda tangan" in page
