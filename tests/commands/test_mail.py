"""`flask mail check`: an operator learns in plain words whether letters can leave."""

from __future__ import annotations

import mailbox
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from tests.dispatch.sink import Sink


def check(app: Flask, **settings: str) -> Result:
    app.config["OFFICE"] = replace(app.config["OFFICE"], **settings)
    return app.test_cli_runner().invoke(args=["mail", "check"])


def test_a_server_that_works_is_named_with_what_it_said(app: Flask) -> None:
    with Sink() as sink:
        result = check(app, smtp_url=sink.url, mail_from="Diskominfo <dinas@kolaka.example>")
        assert result.exit_code == 0
        assert f"Server surat localhost:{sink.port} dapat dipakai." in result.output
        assert "Sambungan tidak dienkripsi." in result.output
        assert "Pengirim dinas@kolaka.example diterima (250 OK)." in result.output
        assert not sink.received


def test_a_sender_that_the_server_refuses_is_said(app: Flask) -> None:
    with Sink() as sink:
        sink.answer("MAIL", "550 5.7.1 pengirim tidak diizinkan")
        result = check(app, smtp_url=sink.url)
        assert result.exit_code == 1
        assert "pengirim tidak diizinkan" in result.output


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"smtp_url": "mail.kolaka.go.id"}, "SMTP_URL harus berbentuk"),
        ({"smtp_url": "smtp://127.0.0.1:1"}, "tidak ada server surat di alamat itu"),
        ({"smtp_url": "smtp://tidak-ada.invalid"}, "nama server tidak ditemukan"),
        ({"mail_from": "kantor"}, "bukan alamat pos-el"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_a_sentence(
    app: Flask, changed: dict[str, str], said: str
) -> None:
    result = check(app, **changed)
    assert result.exit_code == 1
    assert said in result.output


def test_the_local_mailbox_is_told_from_a_real_server(app: Flask) -> None:
    office = app.config["OFFICE"]
    (office.data_dir / "mailbox" / "new").mkdir(parents=True, exist_ok=True)
    with Sink() as sink:
        result = check(app, smtp_url=sink.url.replace("localhost", "127.0.0.1"))
        assert "surat tidak sampai ke luar kantor" in result.output


def test_the_way_back_is_checked_too(app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "kembali"
    box = mailbox.Maildir(folder, create=True)
    box.add(b"Subject: kembali\r\n\r\n")
    back = {"mail_return": "kembali@kolaka.example", "bounces_url": f"maildir://{folder}"}
    with Sink() as sink:
        result = check(app, smtp_url=sink.url, **back)
        assert result.exit_code == 0
        assert "Surat kembali ditujukan ke kembali+...@kolaka.example." in result.output
        assert "dapat dibaca; 1 surat belum diproses." in result.output
        assert len(box) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"mail_return": "kembali@kolaka.example"}, "Isi juga BOUNCES_URL"),
        ({"bounces_url": "maildir:///tidak/ada"}, "Isi juga MAIL_RETURN"),
        ({"mail_return": "kembali", "bounces_url": "maildir:///a"}, "satu tanda @"),
        (
            {"mail_return": "kembali@kolaka.example", "bounces_url": "maildir:///tidak/ada"},
            "bukan Maildir",
        ),
    ],
)
def test_a_way_back_that_leads_nowhere_is_said(
    app: Flask, changed: dict[str, str], said: str
) -> None:
    with Sink() as sink:
        result = check(app, smtp_url=sink.url, **changed)
        assert result.exit_code == 1
        assert said in result.output


def test_an_office_that_reads_nothing_back_knows_it(app: Flask) -> None:
    with Sink() as sink:
        assert "Surat kembali tidak dibaca" in check(app, smtp_url=sink.url).output
