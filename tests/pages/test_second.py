"""Kadis, Sekdis and administrators show a code of their phone after the password."""

from __future__ import annotations

import dataclasses
import re

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from config.settings import SettingsError
from kimweb import create_app, db
from kimweb.audit.models import Entry
from kimweb.people import second_factor
from kimweb.people.models import SecondFactor
from tests.conftest import HandClock, settings_for
from tests.databases import both_databases
from tests.pages.forms import send, words
from tests.world import World

PASSWORD = "contoh-kadis-1"


@pytest.fixture
def strict(app: Flask) -> Flask:
    """An office as it is by default outside the example."""
    wanted = frozenset({"kadis", "sekdis", "admin"})
    app.config["OFFICE"] = dataclasses.replace(app.config["OFFICE"], second_factor=wanted)
    return app


class Phone:
    """An authenticator on a phone whose clock is right."""

    def __init__(self, secret: str, clock: HandClock) -> None:
        self.totp, self.clock = pyotp.TOTP(secret), clock

    def shows(self, off: float = 0) -> str:
        return self.totp.at(int(self.clock().timestamp() + off))


def password(client: FlaskClient, username: str = "kadis", word: str = PASSWORD) -> TestResponse:
    return send(client, "/login", username=username, password=word)


def enrol(
    client: FlaskClient, clock: HandClock, page: str, **typed: str
) -> tuple[Phone, list[str]]:
    """Scan the picture of `page` and type the code; return the phone and the recovery codes."""
    shown = client.get(page).text
    sealed, secret = re.search(r'name="sealed" value="([^"]+)"', shown), _secret(shown)
    assert sealed
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
    assert token
    phone = Phone(secret, clock)
    given = {"csrf_token": token[1], "sealed": sealed[1], "code": phone.shows(), **typed}
    answer = client.post(page, data=given)
    assert answer.status_code == 200, words(answer)
    codes = re.findall(r"<li><code>([^<]+)</code></li>", answer.text)
    assert len(codes) == second_factor.RECOVERY_CODES
    return phone, codes


def _secret(page: str) -> str:
    found = re.search(r"Ketik kunci ini di aplikasi: <code>([A-Z2-7 ]+)</code>", page)
    assert found
    return found[1].replace(" ", "")


def kadis_with_a_phone(app: Flask, clock: HandClock) -> tuple[Phone, list[str]]:
    client = app.test_client()
    password(client)
    enrolled = enrol(client, clock, "/login/enrol")
    clock.move(minutes=1)
    return enrolled


@both_databases
def test_kadis_takes_a_phone_into_use_at_the_first_login_and_needs_it_ever_after(
    strict: Flask, hand_clock: HandClock
) -> None:
    client = strict.test_client()
    answer = password(client)
    assert (answer.status_code, answer.location) == (303, "/login/enrol")
    assert client.get("/").status_code == 302, "the password alone opens nothing"
    phone, _ = enrol(client, hand_clock, "/login/enrol")
    assert client.get("/").status_code == 200
    hand_clock.move(minutes=1)
    again = strict.test_client()
    assert password(again).location == "/login/code"
    assert again.get("/").status_code == 302
    assert send(again, "/login/code", code=phone.shows()).location == "/"
    assert again.get("/").status_code == 200


def test_kasi_needs_none_but_may_have_one(strict: Flask, hand_clock: HandClock) -> None:
    client = strict.test_client()
    assert password(client, "kasi", "contoh-kasi-4").location == "/"
    phone, _ = enrol(client, hand_clock, "/account/second-factor", password="contoh-kasi-4")
    assert "Aktif sejak" in words(client.get("/account"))
    hand_clock.move(minutes=1)
    again = strict.test_client()
    assert password(again, "kasi", "contoh-kasi-4").location == "/login/code"
    assert send(again, "/login/code", code=phone.shows()).status_code == 303


def test_the_example_office_asks_nobody(app: Flask) -> None:
    assert password(app.test_client()).location == "/"


@both_databases
def test_each_code_lets_in_once(strict: Flask, hand_clock: HandClock) -> None:
    phone, _ = kadis_with_a_phone(strict, hand_clock)
    code = phone.shows()
    for expected in (303, 422):
        client = strict.test_client()
        password(client)
        assert send(client, "/login/code", code=code).status_code == expected
    earlier = phone.shows(-30)
    assert send(client, "/login/code", code=earlier).status_code == 422


def test_a_phone_may_be_half_a_minute_off(strict: Flask, hand_clock: HandClock) -> None:
    phone, _ = kadis_with_a_phone(strict, hand_clock)
    client = strict.test_client()
    for off, status in ((-61, 422), (61, 422), (-30, 303), (30, 303)):
        hand_clock.move(minutes=5)
        password(client)
        assert send(client, "/login/code", code=phone.shows(off)).status_code == status, off
        client = strict.test_client()


def test_a_recovery_code_lets_in_once_however_it_is_typed(
    strict: Flask, hand_clock: HandClock
) -> None:
    _, codes = kadis_with_a_phone(strict, hand_clock)
    for typed, expected in ((codes[2].upper(), 303), (codes[2], 422), (codes[3], 303)):
        client = strict.test_client()
        password(client)
        assert send(client, "/login/code", code=typed).status_code == expected
    assert "Kode pemulihan tersisa 6." in words(client.get("/account"))


def test_a_wrong_code_is_answered_with_a_sentence(strict: Flask, hand_clock: HandClock) -> None:
    kadis_with_a_phone(strict, hand_clock)
    client = strict.test_client()
    password(client)
    for code in ("", "000000", "abc", "\u0661" * 6, "1" * 500):
        answer = send(client, "/login/code", code=code)
        assert answer.status_code == 422, code
        assert "Kode tidak cocok atau sudah pernah dipakai." in words(answer)
    last = select(Entry.action).order_by(Entry.seq.desc()).limit(1)
    assert db.session.scalars(last).one() == "login.code_refused"


def test_codes_cannot_be_guessed_one_after_the_other(strict: Flask, hand_clock: HandClock) -> None:
    phone, _ = kadis_with_a_phone(strict, hand_clock)
    client = strict.test_client()
    password(client)
    for _ in range(5):
        assert send(client, "/login/code", code="000000").status_code == 422
    answer = send(client, "/login/code", code=phone.shows())
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")


def test_the_way_between_password_and_code_closes_after_ten_minutes(
    strict: Flask, hand_clock: HandClock
) -> None:
    phone, _ = kadis_with_a_phone(strict, hand_clock)
    client = strict.test_client()
    password(client)
    assert client.get("/login/code").status_code == 200
    assert client.get("/login/enrol").status_code == 302, "who has a phone cannot choose another"
    hand_clock.move(minutes=11)
    assert client.get("/login/code").location == "/login"
    assert client.post("/login/code", data={"code": phone.shows()}).status_code in (302, 400)


def test_a_stranger_sees_neither_page(app: Flask) -> None:
    for page in ("/login/code", "/login/enrol", "/account/second-factor"):
        assert app.test_client().get(page).status_code == 302


def test_another_phone_needs_the_password(
    strict: Flask, hand_clock: HandClock, world: World
) -> None:
    phone, _ = kadis_with_a_phone(strict, hand_clock)
    client, page = world.client("kadis"), "/account/second-factor"
    answer = send(client, page, code=phone.shows(), sealed="", password="salah")
    assert answer.status_code == 422
    assert "Kata sandi tidak cocok." in words(answer)
    answer = send(client, page, code=phone.shows(), sealed="bukan", password=PASSWORD)
    assert "sudah terlalu lama terbuka" in words(answer)
    other, _ = enrol(client, hand_clock, page, password=PASSWORD)
    hand_clock.move(minutes=1)
    again = strict.test_client()
    password(again)
    assert send(again, "/login/code", code=phone.shows()).status_code == 422
    assert send(again, "/login/code", code=other.shows()).status_code == 303


def test_the_rows_alone_tell_no_secret(strict: Flask, hand_clock: HandClock) -> None:
    phone, codes = kadis_with_a_phone(strict, hand_clock)
    row = db.session.scalars(select(SecondFactor)).one()
    assert phone.totp.secret not in row.secret
    kept = " ".join(row.recovery)
    assert not any(code.replace(" ", "") in kept for code in codes)


def test_with_another_key_of_the_office_nobody_comes_in_and_it_is_said(
    strict: Flask, hand_clock: HandClock
) -> None:
    phone, _ = kadis_with_a_phone(strict, hand_clock)
    strict.config["SECRET_KEY"] = "another key, as after a move without the old one"
    client = strict.test_client()
    password(client)
    answer = send(client, "/login/code", code=phone.shows())
    assert answer.status_code == 422
    assert "kunci kantor sudah diganti" in words(answer)


def test_the_administrator_drops_a_lost_phone_and_kadis_takes_another(
    strict: Flask, hand_clock: HandClock, world: World
) -> None:
    kadis_with_a_phone(strict, hand_clock)
    before, page = world.client("kadis"), f"/people/{world.person('kadis').id}"
    admin = world.client("admin")
    assert "Cabut ponsel verifikasi" in words(admin.get(page))
    assert send(admin, page, f"{page}/second-factor/drop").status_code == 303
    assert before.get("/").status_code == 302
    assert password(strict.test_client()).location == "/login/enrol"


def test_a_lane_that_the_sop_does_not_know_stops_the_start(app: Flask) -> None:
    settings = settings_for(app.config["OFFICE"].data_dir, SECOND_FACTOR="kadis, bupati")
    with pytest.raises(SettingsError, match="bupati"):
        create_app(settings)
