"""The public page: whoever holds a letter asks whether it is ours, without an account."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kimweb import db
from kimweb.cases.models import Case
from kimweb.documents import files
from kimweb.documents.verification import Entry
from tests.documents.signed import sign_case
from tests.pages.forms import words
from tests.world import World


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """Somebody outside the office."""
    return app.test_client()


def hand_in(stranger: FlaskClient, page: str, data: bytes) -> TestResponse:
    """Choose a PDF on the page and send it."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get(page).text)
    assert token
    form = {"csrf_token": token[1], "pdf": (io.BytesIO(data), "surat.pdf")}
    return stranger.post(page, data=form, content_type="multipart/form-data")


def pdf_of(entry: Entry) -> bytes:
    assert entry.version.pdf_hash
    return files.store().read(entry.version.pdf_hash)


def test_the_qr_opens_a_page_that_says_what_the_letter_is(
    world: World, stranger: FlaskClient
) -> None:
    letter = sign_case(world)[0]
    address = letter.version.content["verify_url"]
    assert address.endswith(f"/verify/{letter.signature.code}")
    page = words(stranger.get(address.removeprefix(world.app.config["OFFICE"].base_url)))
    for fact in (
        letter.document.number or "-",
        "23 November 2026",
        letter.document.subject,
        "Drs. Andi Rahman, M.Si",
        "Berlaku",
        "Sertifikat uji",
        letter.version.pdf_hash or "-",
    ):
        assert fact in page


def test_a_code_that_nobody_gave_out_is_said_to_be_unknown(stranger: FlaskClient) -> None:
    answer = stranger.get("/verify/0123456789abcdef0123456789abcdef")
    assert answer.status_code == 404
    assert "Kode ini tidak ada di register kantor." in words(answer)


def test_codes_cannot_be_guessed_from_one_another(world: World) -> None:
    codes = {entry.signature.code for entry in sign_case(world)}
    assert len(codes) == 3
    assert all(re.fullmatch(r"[0-9a-f]{32}", code) for code in codes)


def test_a_stranger_hands_in_the_pdf_that_they_hold(world: World, stranger: FlaskClient) -> None:
    letter = sign_case(world)[0]
    page = f"/verify/{letter.signature.code}"
    assert "Asli, utuh, dan berlaku" in words(hand_in(stranger, page, pdf_of(letter)))
    changed = pdf_of(letter) + b"%"
    assert "Ada yang ditambahkan" in words(hand_in(stranger, page, changed))
    general = hand_in(stranger, "/verify", pdf_of(letter))
    assert "Asli, utuh, dan berlaku" in words(general)
    assert page in general.text


def test_nothing_chosen_and_far_too_much_are_answered_in_words(stranger: FlaskClient) -> None:
    assert "Pilih dahulu berkas PDF" in words(stranger.post("/verify", data=_token(stranger)))
    huge = b"%PDF-1.7\n" + b"0" * (10 * 1024 * 1024)
    assert "Berkas terlalu besar" in words(hand_in(stranger, "/verify", huge))
    assert hand_in(stranger, "/verify", huge + b"0" * 200_000).status_code == 413


def test_a_file_made_to_exhaust_the_reader_is_only_unreadable(stranger: FlaskClient) -> None:
    deep = b"%PDF-1.7\n1 0 obj\n" + b"[" * 400_000 + b"\nendobj\nstartxref\n9\n%%EOF"
    assert "Bukan PDF yang utuh" in words(hand_in(stranger, "/verify", deep))


def test_a_letter_signed_with_a_pen_is_compared_with_its_paper(
    world: World, stranger: FlaskClient
) -> None:
    case = world.case(at=9)
    page = f"/verify/{_code(world, case)}"
    assert "Ditandatangani dengan pena" in words(stranger.get(page))


def _code(world: World, case: Case) -> str:
    from sqlalchemy import select

    from kimweb.documents.models import Signature

    version = world.letters(case)[0].signed_version_id
    return db.session.scalars(select(Signature.code).where(Signature.version_id == version)).one()


def _token(stranger: FlaskClient) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get("/verify").text)
    assert found
    return {"csrf_token": found[1]}
