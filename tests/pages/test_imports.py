"""The address book from a file, in Staf's browser: looked at, mended, then written."""

from __future__ import annotations

import io
import re
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from kimweb import db
from kimweb.dispatch.models import Recipient
from tests.pages import forms
from tests.world import World

PAGE = "/recipients/imports"
FILE = "Jenis;Nama;Pos-el\nNarasumber;Dr. Samsul;samsul@kampus.example\nTamu;Hasan;salah@@x\n"


def upload(client: FlaskClient, text: str, name: str = "buku.csv") -> TestResponse:
    return forms.send(client, PAGE, file=(io.BytesIO(text.encode()), name))


def again(client: FlaskClient, shown: TestResponse, **fields: str) -> TestResponse:
    rows = re.search(r'name="rows" value="([^"]*)"', shown.text)
    assert rows
    return forms.send(client, PAGE, PAGE, rows=unescape(rows[1]), **fields)


def named(name: str) -> Recipient | None:
    db.session.rollback()
    return db.session.scalar(select(Recipient).where(Recipient.name == name))


def test_the_preview_writes_nothing_and_says_what_is_wrong(world: World) -> None:
    shown = upload(world.client("staf"), FILE)
    page = forms.words(shown)
    assert "Belum ada yang disimpan." in page
    assert "Baris 3: Pilih jenis penerima." in page
    assert "salah@@x" in shown.text
    assert "Simpan 1 penerima" in page
    assert named("Dr. Samsul") is None


def test_good_rows_are_written_while_a_bad_one_is_mended(world: World) -> None:
    client = world.client("staf")
    answer = again(client, upload(client, FILE), verdict="write")
    assert named("Dr. Samsul") is not None
    assert "1 penerima disimpan di buku alamat." in forms.words(answer)
    assert "Baris 3:" in forms.words(answer)
    mended = {"kind-3": "Tokoh masyarakat", "email-3": "hasan@kolaka.example"}
    answer = again(client, answer, verdict="check", **mended)
    assert "Simpan 1 penerima" in forms.words(answer)
    assert named("Hasan") is None
    assert again(client, answer, verdict="write").status_code == 303
    assert named("Hasan") is not None


def test_a_row_can_be_left_out(world: World) -> None:
    client = world.client("staf")
    answer = again(client, upload(client, FILE), verdict="write", **{"drop-3": "1"})
    assert answer.status_code == 303
    assert named("Hasan") is None


def test_a_file_that_is_no_table_is_refused_with_what_to_do(world: World) -> None:
    answer = upload(world.client("staf"), "PK\x03\x04", "buku.xlsx")
    assert answer.status_code == 422
    assert "simpan sebagai XLSX atau CSV, lalu unggah lagi" in forms.words(answer)


def test_a_preview_that_was_tampered_with_is_refused(world: World) -> None:
    client = world.client("staf")
    for rows in ("{", "[[1]]", '[["x", {}]]', "[[1, 2]]", "null"):
        answer = forms.send(client, PAGE, PAGE, rows=rows, verdict="write")
        assert answer.status_code == 422, rows


def test_a_long_file_comes_through_its_preview(world: World) -> None:
    rows = "".join(f"Narasumber;Narasumber Nomor {n};n{n}@kampus.example\n" for n in range(1_500))
    client = world.client("staf")
    answer = again(client, upload(client, "Jenis;Nama;Pos-el\n" + rows), verdict="write")
    assert answer.status_code == 303
    assert named("Narasumber Nomor 1499") is not None


def test_only_the_unit_that_sends_letters_imports_and_exports(world: World) -> None:
    kabid, staf = world.client("kabid"), world.client("staf")
    for page in (PAGE, f"{PAGE}/contoh.xlsx", f"{PAGE}/buku-alamat.csv"):
        assert kabid.get(page).status_code == 403
        assert staf.get(page).status_code == 200
    assert forms.send(kabid, "/", PAGE, rows="[]", verdict="write").status_code == 403
