"""Step 8 on the page: with a passphrase, without a certificate, with a wrong one; all or none."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kimweb import claims, db
from kimweb.cases.models import Case
from kimweb.commands import certificates
from kimweb.documents import files, signatures
from kimweb.documents.models import Number, Signature, Version
from kimweb.documents.signing import authority
from tests.conftest import settings_for
from tests.databases import both_databases
from tests.documents.signed import PASSPHRASE
from tests.pages.forms import send, words
from tests.world import World

CANARY = "kenari-di-tambang-7c1d"


@pytest.fixture
def case(world: World) -> Case:
    """A case at step 8; Kadis has a test certificate."""
    certificates.furnish_example()
    return world.case(at=8)


def decide(world: World, case: Case, **typed: object):  # type: ignore[no-untyped-def]
    """Send the decision of Kadis as the page does."""
    page = f"/cases/{case.id}"
    stage = world.stage(case).id
    return send(
        world.client("kadis"), page, f"{page}/decisions", verdict="forward", stage=stage, **typed
    )


def signed(world: World, case: Case) -> list[Version]:
    ids = [letter.signed_version_id for letter in world.letters(case)]
    return list(db.session.scalars(select(Version).where(Version.id.in_(ids))))


def numbers() -> int:
    return db.session.scalar(select(func.count()).select_from(Number)) or 0


@both_databases
def test_kadis_types_the_passphrase_once_and_all_letters_are_signed(
    world: World, case: Case
) -> None:
    page = words(world.client("kadis").get(f"/cases/{case.id}"))
    assert "Frasa sandi sertifikat" in page
    assert "Sertifikat uji" in page
    answer = decide(world, case, means="certificate", passphrase=PASSPHRASE)
    assert (answer.status_code, world.stage(case).step) == (303, 9)
    finals = signed(world, case)
    assert len(finals) == 3
    for version in finals:
        assert version.state == claims.DONE
        assert version.pdf_hash is not None
        pdf = files.store().read(version.pdf_hash)
        assert b"/DocMDP" in pdf
        assert hashlib.sha256(pdf).hexdigest() == version.pdf_hash
    means = db.session.scalars(select(Signature.means)).all()
    assert list(means) == ["p12"] * 3


def test_a_wrong_passphrase_signs_nothing_takes_no_number_and_keeps_the_note(
    world: World, case: Case
) -> None:
    answer = decide(
        world, case, means="certificate", passphrase="salah", note="Segera kirim ke camat."
    )
    assert answer.status_code == 422
    assert "Frasa sandi tidak cocok dengan sertifikat Anda." in words(answer)
    assert "Segera kirim ke camat." in words(answer)
    assert (world.stage(case).step, numbers(), signed(world, case)) == (8, 0, [])


def test_an_empty_passphrase_is_asked_for(world: World, case: Case) -> None:
    answer = decide(world, case, means="certificate", passphrase="")
    assert answer.status_code == 422
    assert "Frasa sandi belum diisi." in words(answer)


def test_kadis_may_sign_with_a_pen_all_the_same(world: World, case: Case) -> None:
    assert decide(world, case, means="pen", passphrase="").status_code == 303
    assert set(db.session.scalars(select(Signature.means))) == {"wet"}
    assert all(version.content["status"] == "signed_wet" for version in signed(world, case))


def test_without_a_certificate_nobody_is_asked_for_a_passphrase(world: World) -> None:
    case = world.case(at=8)
    page = words(world.client("kadis").get(f"/cases/{case.id}"))
    assert "Sertifikat elektronik Anda belum terdaftar" in page
    assert "Frasa sandi" not in page
    assert decide(world, case).status_code == 303


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(731, "Sertifikat elektronik Anda sudah berakhir."), (729.5, "berakhir dalam 24 jam.")],
)
def test_an_ending_certificate_is_not_begun_with(
    world: World, case: Case, days: float, sentence: str
) -> None:
    world.clock.move(days=days)
    assert sentence in words(world.client("kadis").get(f"/cases/{case.id}"))
    answer = decide(world, case, means="certificate", passphrase=PASSPHRASE)
    assert answer.status_code == 422
    assert sentence in words(answer)


def test_one_letter_that_cannot_be_signed_leaves_all_unsigned(world: World, case: Case) -> None:
    with db.writing():
        last = world.letters(case)[-1]
        last.fields = last.fields | {"tentang": "漢字"}
    answer = decide(world, case, means="certificate", passphrase=PASSPHRASE)
    assert answer.status_code == 422
    assert "tidak dapat dicetak" in words(answer)
    assert (world.stage(case).step, numbers(), signed(world, case)) == (8, 0, [])


def test_a_signature_that_the_office_itself_cannot_trust_goes_nowhere(
    world: World, case: Case
) -> None:
    (signatures.folder() / signatures.TRUSTED / "ca-uji.pem").unlink()
    answer = decide(world, case, means="certificate", passphrase=PASSPHRASE)
    assert answer.status_code == 422
    assert "tidak lulus pemeriksaan" in words(answer)
    assert (world.stage(case).step, numbers(), signed(world, case)) == (8, 0, [])


def test_a_key_file_exchanged_for_another_persons_does_not_sign(world: World, case: Case) -> None:
    file = "kadis-uji.p12"
    assert (signatures.folder() / file).exists()
    authority.issue(signatures.folder(), "Orang Lain", file, PASSPHRASE, world.clock())
    answer = decide(world, case, means="certificate", passphrase=PASSPHRASE)
    assert answer.status_code == 422
    assert "bukan sertifikat yang terdaftar atas nama Anda" in words(answer)
    assert (world.stage(case).step, numbers(), signed(world, case)) == (8, 0, [])


def test_the_passphrase_is_kept_nowhere(
    world: World, case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A canary in its place is in no table, file, log line or page."""
    caplog.set_level(logging.DEBUG)
    folder, kadis = signatures.folder(), world.person("kadis")
    from kimweb.documents.signing import authority

    facts = authority.issue(folder, kadis.name, "kenari.p12", CANARY, world.clock())
    with db.writing() as session:
        signatures.enroll(
            session, world.person("kadis"), "p12", "kenari.p12", world.clock(), facts=facts
        )
    answers = [decide(world, case, means="certificate", passphrase=f"{CANARY}-salah")]
    (folder / "kenari.p12").rename(folder / "pindah.p12")
    answers.append(decide(world, case, means="certificate", passphrase=CANARY))
    (folder / "pindah.p12").rename(folder / "kenari.p12")
    answers.append(decide(world, case, means="certificate", passphrase=CANARY))
    assert [answer.status_code for answer in answers] == [422, 422, 303]
    assert not any(CANARY in answer.text for answer in answers)
    assert CANARY not in caplog.text
    db.session.rollback()
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file
    assert CANARY not in repr(settings_for(tmp_path, BSRE_PASSWORD=CANARY))
