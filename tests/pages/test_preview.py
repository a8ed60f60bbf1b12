"""The page beside the form: it follows what is typed, says what it cannot set, keeps nothing."""

from __future__ import annotations

import base64
import re

from werkzeug.test import TestResponse

from kimweb import db
from kimweb.cases.models import Case
from kimweb.documents.models import Document
from tests.pages.forms import HTMX, send, words
from tests.pages.test_documents import fields_of, letter, page_of, typed
from tests.world import World

PICTURE = re.compile(r'src="data:image/svg\+xml;base64,([^"]+)"')


def ask(world: World, document: Document, form: dict[str, str]) -> TestResponse:
    """Stop typing for a moment: the form as it stands is sent to be looked at."""
    client = world.client("staf")
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page_of(document)).text)
    assert token
    data = {"csrf_token": token[1], **form}
    return client.post(f"{page_of(document)}/previews", data=data, headers=HTMX)


def picture(answer: TestResponse) -> bytes:
    found = PICTURE.search(answer.text)
    assert found, "the answer shows no page"
    return base64.b64decode(found[1])


def order_for(world: World, case: Case, officers: int) -> tuple[Document, dict[str, str]]:
    document = letter(world, case, "surat_perintah_tugas")
    rows = "\n".join(f"Petugas {n} | 1984{n:04} | Penata | Anggota" for n in range(officers))
    return document, typed(document, pegawai=rows)


def test_the_page_shows_what_staf_types(world: World) -> None:
    document = letter(world, world.case(at=4))
    before = picture(ask(world, document, typed(document)))
    answer = ask(world, document, typed(document, tempat="Balai Desa Baru"))
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="page">')
    assert picture(answer).startswith(b"<svg")
    assert picture(answer) != before
    assert "Halaman 1 dari" not in words(answer)
    assert "Mengikuti ketikan Anda." in words(answer)


def test_the_same_words_give_the_same_page(world: World) -> None:
    document = letter(world, world.case(at=4))
    form = typed(document, hal="Undangan Musyawarah")
    assert picture(ask(world, document, form)) == picture(ask(world, document, form))


def test_a_half_typed_date_is_said_beside_it_and_the_picture_stays(world: World) -> None:
    document = letter(world, world.case(at=4))
    answer = ask(world, document, typed(document, tanggal="9 Dese"))
    assert answer.status_code == 200
    assert answer.headers["HX-Reswap"] == "none"
    assert 'id="page"' not in answer.text
    beside = re.search(r'<div hx-swap-oob="innerHTML:#f-tanggal-error">(.*?)</div>', answer.text)
    assert beside
    assert "Hari dan tanggal tertulis “9 Dese”, bukan tanggal yang dikenal." in beside[1]
    assert "Halaman ini belum mengikuti" in words(answer)
    right = ask(world, document, typed(document, tanggal="9 Desember 2026"))
    assert '<div hx-swap-oob="innerHTML:#f-tanggal-error"></div>' in right.text


def test_a_letter_that_no_font_has_is_named_and_the_picture_stays(world: World) -> None:
    document = letter(world, world.case(at=4))
    answer = ask(world, document, typed(document, tempat="Balai \U00013000"))
    assert answer.headers["HX-Reswap"] == "none"
    assert 'id="page"' not in answer.text
    assert "tidak dapat dicetak. Hapus atau ganti huruf itu." in words(answer)


def test_pages_are_turned_and_do_not_end_in_nothing(world: World) -> None:
    case = world.case(at=4)
    document, form = order_for(world, case, officers=40)
    first = ask(world, document, form)
    pages = re.search(r"Halaman 1 dari (\d+)", words(first))
    assert pages
    second = ask(world, document, form | {"page": "1", "turn": "2"})
    assert f"Halaman 2 dari {pages[1]}" in words(second)
    assert picture(second) != picture(first)
    staying = ask(world, document, form | {"page": "2"})
    assert picture(staying) == picture(second)
    invitation = letter(world, case)
    only = ask(world, invitation, typed(invitation) | {"page": "9"})
    assert 'name="page" value="1"' in only.text
    assert "Berikutnya" not in only.text


def test_nothing_is_kept_of_what_was_only_looked_at(world: World) -> None:
    document = letter(world, world.case(at=4))
    before, edit = fields_of(document), document.edit
    ask(world, document, typed(document, tempat="Balai Desa Baru", hal="Lain sama sekali"))
    assert not db.session.dirty
    assert fields_of(document) == before
    assert (document.edit, len(document.versions)) == (edit, 1)


def test_outsiders_and_strangers_see_no_page(world: World) -> None:
    document = letter(world, world.case(at=4))
    address, form = f"{page_of(document)}/previews", typed(document)
    assert send(world.client("tim"), "/", address, htmx=True, **form).status_code == 404
    assert world.app.test_client().post(address, data=form, headers=HTMX).status_code != 200
    assert world.client("staf").post(address, data=form, headers=HTMX).status_code == 400


def test_without_scripts_the_pdf_is_still_one_link_away(world: World) -> None:
    document = letter(world, world.case(at=4))
    page = world.client("staf").get(page_of(document)).text
    assert f'href="{page_of(document)}/preview.pdf"' in page
