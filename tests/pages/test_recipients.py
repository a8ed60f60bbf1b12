"""The address book in the browser."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kimweb import db
from kimweb.dispatch.models import Message, Recipient
from kimweb.documents.models import Addressee
from tests.pages import forms
from tests.world import World

NARASUMBER = {
    "kind": "narasumber",
    "name": "Dr. Samsul, M.Si",
    "title": "Dosen Ilmu Komunikasi",
    "place": "Kendari",
    "region": "",
    "email": "samsul@kampus.example",
    "phone": "0812 3456 7890",
    "channel": "email",
}


def found(name: str) -> Recipient | None:
    db.session.rollback()
    return db.session.scalar(select(Recipient).where(Recipient.name == name))


def test_everybody_reads_the_book_and_searches_it(world: World) -> None:
    client = world.client("kabid")
    page = client.get("/recipients").text
    assert "Camat Toari" in page
    assert "Tambah penerima" not in page
    answer = client.get("/recipients?words=toari&kind=camat")
    assert "Camat Toari" in answer.text
    assert "Camat Wolo" not in answer.text
    fragment = client.get("/recipients?words=tidakada%00&kind=x", headers={"HX-Request": "true"})
    assert "Tidak ada yang cocok" in fragment.text
    assert "<html" not in fragment.text


def test_staf_adds_changes_and_removes_a_recipient(world: World) -> None:
    client = world.client("staf")
    assert forms.send(client, "/recipients/new", "/recipients", **NARASUMBER).status_code == 303
    recipient = found("Dr. Samsul, M.Si")
    assert recipient is not None
    page = f"/recipients/{recipient.id}"
    changed = NARASUMBER | {"channel": "caraka", "email": ""}
    assert forms.send(client, page, page, **changed).status_code == 303
    recipient = found("Dr. Samsul, M.Si")
    assert recipient is not None
    assert (recipient.channel, recipient.email) == ("caraka", "")
    assert forms.send(client, page, f"{page}/remove").status_code == 303
    assert client.get(page).status_code == 404


def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(world: World) -> None:
    typed = NARASUMBER | {"email": "Samsul <samsul@kampus.example>", "phone": "nol delapan"}
    answer = forms.send(world.client("kasi"), "/recipients/new", "/recipients", **typed)
    assert answer.status_code == 422
    assert "Tulis alamat pos-el saja" in answer.text
    assert "Tulis nomor telepon dengan angka" in answer.text
    assert "Samsul &lt;samsul@kampus.example&gt;" in answer.text
    assert found("Dr. Samsul, M.Si") is None


@pytest.mark.parametrize(
    ("who", "may"),
    [("staf", True), ("kasi", True), ("admin", True), ("kabid", False), ("tim", False)],
)
def test_only_the_unit_that_sends_letters_keeps_the_book(world: World, who: str, may: bool) -> None:
    client = world.client(who)
    assert client.get("/recipients/new").status_code == (200 if may else 403)
    answer = forms.send(client, "/recipients/new" if may else "/", "/recipients", **NARASUMBER)
    assert answer.status_code == (303 if may else 403)
    assert (found("Dr. Samsul, M.Si") is not None) is may


def test_others_see_a_recipient_but_cannot_change_it(world: World) -> None:
    recipient = found("Camat Toari")
    assert recipient is not None
    page = world.client("kabid").get(f"/recipients/{recipient.id}").text
    assert "camat-toari@contoh.invalid" in page
    assert "Simpan penerima" not in page
    assert '<fieldset class="plain" disabled>' in page


def test_a_letter_that_came_back_is_remembered_at_the_recipient(world: World) -> None:
    case = world.case(at=11)
    db.session.rollback()
    message = db.session.scalars(select(Message).where(Message.addressee_id.is_not(None))).first()
    assert message is not None
    to = db.session.get_one(Addressee, message.addressee_id)
    line = {"at": world.clock().isoformat(), "state": "refused", "reply": "550", "by": None}
    message.history = [line | {"note": ""}]
    message.reply = "550 5.1.1 tidak dikenal"
    db.session.commit()
    page = world.client("staf").get(f"/recipients/{to.recipient_id}").text
    assert "Surat yang pernah kembali atau ditolak" in page
    assert f"/cases/{case.id}/dispatches/{message.id}" in page
    assert "Surat terakhir kembali" not in world.client("staf").get("/recipients").text
    message.state = "bounced"
    db.session.commit()
    listed = world.client("staf").get(f"/recipients?words={to.email}").text
    assert "Surat terakhir kembali" in listed
