"""A letter and SRIKANDI in the browser."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from kimweb import db
from kimweb.documents import drafts
from kimweb.documents.models import DISPOSITION
from tests.documents.letters import read
from tests.documents.test_docx import said
from tests.pages.forms import send, words
from tests.world import World

SIGNED = {"state": "signed", "number": "B/500.12/88/2026", "dated_on": "2026-11-24", "note": ""}


@pytest.fixture
def page(world: World) -> str:
    """The address at which the invitation of a case and SRIKANDI meet."""
    case = world.case(at=9)
    letter = next(one for one in world.letters(case) if one.kind == "surat_undangan")
    return f"/cases/{case.id}/documents/{letter.id}/srikandi"


@pytest.fixture
def staf(world: World) -> FlaskClient:
    return world.client("staf")


def test_staf_takes_the_letter_to_srikandi_as_a_word_file(page: str, staf: FlaskClient) -> None:
    assert page in staf.get(page.removesuffix("/srikandi")).text
    answer = staf.get(f"{page}/letter.docx")
    assert answer.headers["Content-Disposition"].endswith('-srikandi.docx"')
    assert "${ttd_pengirim}" in said(answer.data)


def test_number_date_and_state_of_srikandi_are_kept_with_who_wrote_them(
    page: str, staf: FlaskClient
) -> None:
    assert "Belum ada catatan" in words(staf.get(page))
    send(staf, page, state="submitted")
    assert send(staf, page, **SIGNED).status_code == 303
    shown = words(staf.get(page))
    assert shown.index("B/500.12/88/2026") < shown.index("Diajukan Dicatat"), "newest first"
    assert "24 November 2026 Dicatat Muhammad Ilham, A.Md, Senin, 23 November 2026" in shown


def test_the_agenda_names_the_number_of_srikandi_beside_ours(page: str, staf: FlaskClient) -> None:
    agenda = "/agenda?book=surat_keluar"
    assert "Nomor SRIKANDI" not in words(staf.get(agenda))
    send(staf, page, **SIGNED)
    remark = "Nomor SRIKANDI: B/500.12/88/2026"
    assert remark in words(staf.get(agenda))
    printed = staf.get("/agenda/print.pdf?book=surat_keluar&year=2026")
    assert "Nomor SRIKANDI" in read(printed.data)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": ""}, "Pilih keadaan naskah di SRIKANDI."),
        ({"number": ""}, "Isi nomor yang diberikan SRIKANDI."),
        ({"dated_on": ""}, "Isi tanggal naskah di SRIKANDI."),
        ({"dated_on": "besok"}, "Tanggal tidak dikenali"),
        ({"state": "refused"}, "Tulis alasan naskah dikembalikan."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    page: str, staf: FlaskClient, changes: dict[str, str], sentence: str
) -> None:
    answer = send(staf, page, **SIGNED | changes)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "B/500.12/88/2026" in answer.text or "number" in changes


def test_kadis_reads_the_notes_and_does_not_write_them(world: World, page: str) -> None:
    kadis = world.client("kadis")
    assert "Catat keadaan" not in words(kadis.get(page))
    assert send(kadis, "/account", page, **SIGNED).status_code == 403


def test_only_letters_go_to_srikandi(world: World, staf: FlaskClient) -> None:
    case = world.case(at=3)
    (sheet,) = drafts.of_case(db.session(), case.id, DISPOSITION)
    assert staf.get(f"/cases/{case.id}/documents/{sheet.id}/srikandi").status_code == 404
