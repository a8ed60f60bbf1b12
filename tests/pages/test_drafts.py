"""Two windows on one letter: what is typed saves itself, and neither text is ever lost."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kimweb import db
from kimweb.documents.models import Document, Rival
from kimweb.people.models import Holding
from tests.pages.forms import HTMX, send, words
from tests.pages.test_documents import fields_of, letter, page_of, typed
from tests.world import World

HIDDEN = re.compile(r'<input type="hidden"[^>]* name="(edit|pad|mark\.\w+)" value="([^"]*)"')
TEXT = re.compile(r'<textarea[^>]* name="(\w+)"[^>]*>\s([^<]*)</textarea>')
LINE = re.compile(r'<input class="form-control" type="\w+" value="([^"]*)"\s+id="f-(\w+)"')
CHOOSE = re.compile(r'name="choose" value="([^"]+)">([^<]+)<')


class Window:
    """A window on a letter: its form as a browser holds it."""

    def __init__(self, client: FlaskClient, document: Document) -> None:
        self.client, self.page = client, page_of(document)
        self.form = typed(document)
        self.read(client.get(self.page))

    def read(self, answer: TestResponse) -> None:
        """Take over what an answer puts into the form."""
        self.form |= dict(HIDDEN.findall(answer.text)) | dict(TEXT.findall(answer.text))
        self.form |= {name: text for text, name in LINE.findall(answer.text)}
        self.choices = {label: value for value, label in CHOOSE.findall(answer.text)}

    def type(self, **keys: str) -> None:
        self.form |= keys

    def pause(self) -> TestResponse:
        """Stop typing for a moment."""
        answer = self.lose_the_answer()
        self.read(answer)
        return answer

    def lose_the_answer(self) -> TestResponse:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(self.page).text)
        assert token
        data = self.form | {"csrf_token": token[1]}
        return self.client.post(f"{self.page}/drafts", data=data, headers=HTMX)

    def press(self, **fields: str) -> TestResponse:
        answer = send(self.client, self.page, **self.form | fields, htmx=True)
        self.read(answer)
        return answer


@pytest.fixture
def document(world: World) -> Document:
    """The invitation of a case that Staf types."""
    return letter(world, world.case(at=4))


@pytest.fixture
def ilham(world: World, document: Document) -> Window:
    return Window(world.client("staf"), document)


@pytest.fixture
def rina(world: World, document: Document) -> Window:
    """Rina, who helps the staff this week, at another computer."""
    other = world.person("tim")
    with db.writing() as session:
        session.add(Holding(person_id=other.id, lane="staf", starts_on=world.clock().date()))
    return Window(world.client("tim"), document)


def saved(document: Document, name: str) -> object:
    return fields_of(document)[name]


def test_what_is_typed_is_saved_after_a_pause_and_says_when(
    world: World, document: Document, ilham: Window
) -> None:
    world.clock.move(hours=2, minutes=42)
    ilham.type(tempat="Aula Kecamatan")
    answer = ilham.pause()
    assert answer.status_code == 200
    assert "Tersimpan 10.42" in words(answer)
    assert saved(document, "tempat") == "Aula Kecamatan"
    ilham.type(tempat="Aula Kecamatan Polinggona")
    ilham.pause()
    assert saved(document, "tempat") == "Aula Kecamatan Polinggona"


def test_a_pause_without_a_change_saves_nothing(document: Document, ilham: Window) -> None:
    before = document.edit
    ilham.pause()
    fields_of(document)
    assert document.edit == before


def test_a_half_typed_date_waits_and_the_rest_is_saved(document: Document, ilham: Window) -> None:
    before = saved(document, "tanggal")
    ilham.type(tanggal="9 Dese", tempat="Balai Desa Baru")
    answer = ilham.pause()
    assert "Belum tersimpan: Hari dan tanggal. Isian lain tersimpan." in words(answer)
    assert (saved(document, "tanggal"), saved(document, "tempat")) == (before, "Balai Desa Baru")


def test_two_people_in_different_fields_do_not_meet(
    document: Document, ilham: Window, rina: Window
) -> None:
    ilham.type(tempat="Aula Kecamatan")
    ilham.pause()
    rina.type(pakaian="Batik")
    answer = rina.pause()
    assert "Tersimpan" in words(answer)
    assert (saved(document, "tempat"), saved(document, "pakaian")) == ("Aula Kecamatan", "Batik")
    assert rina.form["tempat"] == "Aula Kecamatan"
    ilham.pause()
    assert ilham.form["pakaian"] == "Batik"


def test_two_people_in_one_field_see_both_texts_and_one_keeps_their_own(
    document: Document, ilham: Window, rina: Window
) -> None:
    ilham.type(tempat="Aula Kecamatan")
    ilham.pause()
    rina.type(tempat="Balai Desa", pakaian="Batik")
    answer = rina.pause()
    assert "Isian ini sudah diubah Muhammad Ilham" in words(answer)
    assert "Aula Kecamatan" in words(answer)
    assert rina.form["tempat"] == "Balai Desa"
    assert (saved(document, "tempat"), saved(document, "pakaian")) == ("Aula Kecamatan", "Batik")
    rina.type(tempat="Balai Desa Polinggona")
    rina.pause()
    assert saved(document, "tempat") == "Aula Kecamatan"
    rina.press(choose=rina.choices["Tetap pakai tulisan saya"])
    assert saved(document, "tempat") == "Balai Desa Polinggona"
    assert not db.session.query(Rival).all()
    assert rina.choices == {}


def test_one_takes_the_text_of_the_other(document: Document, ilham: Window, rina: Window) -> None:
    ilham.type(tempat="Aula Kecamatan")
    ilham.pause()
    rina.type(tempat="Balai Desa")
    answer = rina.press(then="stay")
    assert answer.status_code == 409
    assert "Pilih tulisan yang dipakai pada: Tempat" in words(answer)
    rina.press(choose=rina.choices["Pakai tulisan ini"])
    assert rina.form["tempat"] == saved(document, "tempat") == "Aula Kecamatan"
    assert not db.session.query(Rival).all()


def test_a_text_survives_its_window_and_waits_for_whoever_opens_the_letter(
    world: World, document: Document, ilham: Window, rina: Window
) -> None:
    ilham.type(tempat="Aula Kecamatan")
    ilham.pause()
    rina.type(tempat="Balai Desa")
    rina.pause()
    rinas_next = Window(rina.client, document)
    assert rinas_next.form["tempat"] == "Balai Desa"
    assert set(rinas_next.choices) == {"Pakai tulisan ini", "Tetap pakai tulisan saya"}
    ilhams_next = Window(ilham.client, document)
    assert ilhams_next.form["tempat"] == "Aula Kecamatan"
    assert set(ilhams_next.choices) == {"Pakai tulisan ini", "Tidak dipakai"}
    ilhams_next.press(choose=ilhams_next.choices["Pakai tulisan ini"])
    assert saved(document, "tempat") == "Balai Desa"
    assert not db.session.query(Rival).all()


def test_a_choice_about_a_text_that_changed_since_is_asked_anew(
    document: Document, ilham: Window, rina: Window
) -> None:
    ilham.type(tempat="Aula Kecamatan")
    ilham.pause()
    rina.type(tempat="Balai Desa")
    rina.pause()
    ilham.type(tempat="Aula Kabupaten")
    ilham.pause()
    answer = rina.press(choose=rina.choices["Tetap pakai tulisan saya"])
    assert answer.status_code == 409
    assert "Aula Kabupaten" in words(answer)
    assert saved(document, "tempat") == "Aula Kabupaten"


def test_an_answer_lost_on_the_way_is_no_conflict_with_oneself(
    document: Document, ilham: Window
) -> None:
    ilham.type(tempat="Aula")
    ilham.lose_the_answer()
    ilham.type(tempat="Aula Kecamatan")
    answer = ilham.pause()
    assert "Tersimpan" in words(answer)
    assert saved(document, "tempat") == "Aula Kecamatan"


def test_a_form_of_an_old_page_shows_every_difference(document: Document, ilham: Window) -> None:
    """A form without marks cannot tell what was left alone, so it decides nothing by itself."""
    ilham.type(tempat="Aula Kecamatan")
    ilham.pause()
    old = {n: v for n, v in ilham.form.items() if not n.startswith(("mark.", "pad"))}
    old |= {"edit": "0", "tempat": "Balai Desa"}
    answer = send(ilham.client, ilham.page, **old, htmx=True)
    assert answer.status_code == 409
    assert saved(document, "tempat") == "Aula Kecamatan"


def test_letters_are_not_handed_on_while_two_texts_wait(
    world: World, document: Document, ilham: Window, rina: Window
) -> None:
    ilham.type(tempat="Aula Kecamatan")
    ilham.pause()
    rina.type(tempat="Balai Desa")
    rina.pause()
    page = words(world.client("staf").get(f"/cases/{document.case_id}"))
    assert "ada dua tulisan pada Tempat" in page
    ilhams_next = Window(ilham.client, document)
    ilhams_next.press(choose=ilhams_next.choices["Tidak dipakai"])
    page = words(world.client("staf").get(f"/cases/{document.case_id}"))
    assert "ada dua tulisan" not in page


def test_whose_turn_it_is_not_saves_nothing(world: World, document: Document) -> None:
    answer = send(world.client("kasi"), "/", f"{page_of(document)}/drafts", htmx=True, tempat="X")
    assert answer.status_code == 403
    assert answer.mimetype == "text/plain"
