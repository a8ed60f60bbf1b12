"""Step 9 for letters signed with a pen: the scan is sent in, goes out, and is known again."""

from __future__ import annotations

import hashlib
import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from kimweb import db
from kimweb.cases import bundle
from kimweb.cases.models import Archive, Case
from kimweb.dispatch.models import LETTER, Message
from kimweb.documents import files, rendering
from kimweb.documents.models import Document
from tests.documents.letters import signed
from tests.documents.signed import sign_case
from tests.pages.forms import words
from tests.pages.test_verify import hand_in
from tests.world import World


@pytest.fixture
def scan() -> bytes:
    """A PDF as a scanner makes it."""
    return rendering.pdf("surat_undangan", signed("surat_undangan", place="Pindaian"))


def invitation(world: World, case: Case) -> Document:
    return world.letters(case)[0]


def send_in(client: FlaskClient, world: World, case: Case, data: bytes) -> TestResponse:
    """Choose a scan on the case page and send it."""
    page = f"/cases/{case.id}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert token
    form = {"csrf_token": token[1], "scan": (io.BytesIO(data), "pindai.pdf")}
    address = f"{page}/documents/{invitation(world, case).id}/scan"
    return client.post(address, data=form, content_type="multipart/form-data")


def test_the_scan_is_what_recipients_get_and_what_the_archive_keeps(
    world: World, scan: bytes
) -> None:
    case, kasi = world.case(at=9), world.client("kasi")
    assert "Hasil pindai" in words(kasi.get(f"/cases/{case.id}"))
    assert send_in(kasi, world, case, scan).status_code == 303
    assert "Hasil pindai tersimpan" in words(kasi.get(f"/cases/{case.id}"))
    number = invitation(world, case).id
    assert kasi.get(f"/cases/{case.id}/documents/{number}/scan.pdf").data == scan
    world.player.play(case.id)
    query = select(Message.attachments).where(
        Message.policy == LETTER, Message.document_id == number
    )
    sent = {attached[0]["sha256"] for attached in db.session.scalars(query)}
    assert sent == {hashlib.sha256(scan).hexdigest()}
    filed = db.session.scalars(select(Archive).where(Archive.case_id == case.id)).one()
    assert scan in [data for _, data in bundle._papers(db.session(), files.store(), filed.case)]
    told = words(hand_in(world.app.test_client(), "/verify", scan))
    assert "Sama dengan berkas kantor ini" in told


def test_what_is_no_whole_pdf_is_refused_with_the_reason(world: World, scan: bytes) -> None:
    case, kasi = world.case(at=9), world.client("kasi")
    for data, sentence in (
        (b"\xff\xd8\xff\xe0foto", "Hasil pindai harus berupa PDF."),
        (scan[: len(scan) // 2], "PDF ini tidak utuh."),
    ):
        answer = send_in(kasi, world, case, data)
        assert answer.status_code == 422
        assert sentence in words(answer)


def test_only_who_receives_sends_scans_in_and_only_before_the_letters_leave(
    world: World, scan: bytes
) -> None:
    case = world.case(at=9)
    assert send_in(world.client("kabid"), world, case, scan).status_code == 403
    world.forward(case)
    assert send_in(world.client("staf"), world, case, scan).status_code == 403


def test_electronic_letters_need_no_scan(world: World, scan: bytes) -> None:
    letter = sign_case(world)[0].document
    kasi = world.client("kasi")
    assert "Hasil pindai" not in words(kasi.get(f"/cases/{letter.case_id}"))
    case = world.reload(db.session.get_one(Case, letter.case_id))
    assert send_in(kasi, world, case, scan).status_code == 404
