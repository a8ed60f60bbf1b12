"""Coming in by the region's single sign-on, where the office has one."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator

import pyotp
import pytest
import requests
from flask import Flask, redirect
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from kimweb import db
from kimweb.audit.models import Entry
from kimweb.people import second_factor
from kimweb.people.models import Identity
from kimweb.people.vault import Vault
from tests.conftest import HandClock
from tests.databases import both_databases
from tests.pages.forms import send, words
from tests.pages.provider import CLIENT_ID, CLIENT_SECRET, Provider, running
from tests.world import World

NAME = "SSO Kolaka"
PASSWORD = "contoh-kasi-4"


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The region's single sign-on, with Kasi before its browser."""
    with running() as provider:
        yield provider


@pytest.fixture
def joined(app: Flask, provider: Provider) -> Iterator[Flask]:
    """The office as it is when it has that single sign-on."""
    app.config["OFFICE"] = dataclasses.replace(
        app.config["OFFICE"],
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_name=NAME,
    )
    yield app
    app.extensions.pop("sso", None)


def walk(client: FlaskClient, start: str = "/login/sso") -> TestResponse:
    """Go to the single sign-on and come back, as a browser does."""
    led = client.get(start)
    assert led.status_code == 302, words(led)
    return client.get(way_back(led.location))


def way_back(location: str) -> str:
    """Return the path by which the single sign-on sends the browser back to the office."""
    sent = requests.get(location, allow_redirects=False, timeout=10).headers["Location"]
    return "/" + sent.split("/", 3)[3]


def tie(client: FlaskClient, password: str = PASSWORD) -> TestResponse:
    """Come back from the single sign-on while logged in, and confirm."""
    asked = walk(client)
    assert "Benarkah ini akun Anda?" in asked.text
    token = asked.text.split('name="csrf_token" value="')[1].split('"')[0]
    return client.post("/account/sso", data={"csrf_token": token, "password": password})


@both_databases
def test_kasi_ties_her_account_once_and_comes_in_by_it_ever_after(
    joined: Flask, world: World
) -> None:
    hers = world.client("kasi")
    assert "Belum terhubung" in words(hers.get("/account"))
    assert tie(hers).location == "/account"
    assert "Terhubung dengan akun sitti.aminah@sulteng" in words(hers.get("/account"))

    fresh = joined.test_client()
    assert f"Masuk dengan {NAME}" in words(fresh.get("/login"))
    came = walk(fresh, "/login/sso?next=/cases")
    assert (came.status_code, came.location) == (303, "/cases")
    assert world.person("kasi").name in words(fresh.get("/"))
    last = db.session.scalars(select(Entry.action).order_by(Entry.seq.desc()).limit(1))
    assert last.one() == "login.entered"


def test_who_has_tied_nothing_is_told_how_and_does_not_come_in(joined: Flask) -> None:
    client = joined.test_client()
    came = walk(client)
    assert came.status_code == 403
    assert f"Akun {NAME} itu belum dihubungkan" in words(came)
    assert client.get("/").status_code == 302


def test_a_name_or_address_like_that_of_kadis_opens_nothing(
    joined: Flask, provider: Provider
) -> None:
    provider.called = "kadis"
    provider.claims = {"email": "kadis@contoh.invalid", "name": "Kepala Dinas"}
    assert walk(joined.test_client()).status_code == 403


def test_without_the_password_nothing_is_tied(joined: Flask, world: World) -> None:
    answer = tie(world.client("kasi"), password="bukan-kata-sandinya")
    assert answer.status_code == 422
    assert "Kata sandi tidak cocok" in words(answer)
    assert db.session.scalars(select(Identity)).all() == []


def test_what_is_tied_to_one_person_is_not_tied_to_another(joined: Flask, world: World) -> None:
    tie(world.client("kasi"))
    answer = tie(world.client("staf"), password="contoh-staf-5")
    assert answer.status_code == 409
    assert "sudah dihubungkan dengan akun orang lain" in words(answer)


def test_another_account_there_takes_the_place_of_the_first(
    joined: Flask, world: World, provider: Provider
) -> None:
    hers = world.client("kasi")
    tie(hers)
    provider.subject = "a77b"
    tie(hers)
    assert walk(joined.test_client()).status_code == 303
    provider.subject = "9f1c"
    assert walk(joined.test_client()).status_code == 403


def test_an_account_that_was_untied_opens_by_its_password_only(joined: Flask, world: World) -> None:
    hers = world.client("kasi")
    tie(hers)
    send(hers, "/account", "/account/sso/end")
    assert "Belum terhubung" in words(hers.get("/account"))
    assert walk(joined.test_client()).status_code == 403


def test_kadis_shows_the_phone_here_too(joined: Flask, world: World, hand_clock: HandClock) -> None:
    tie(world.client("kadis"), password="contoh-kadis-1")
    vault = Vault(joined.config["SECRET_KEY"], second_factor.PURPOSE)
    totp = pyotp.TOTP(pyotp.random_base32())
    with db.writing() as writing:
        code = totp.at(int(hand_clock().timestamp()))
        second_factor.enrol(writing, world.person("kadis"), totp.secret, code, vault, hand_clock())
    client = joined.test_client()
    came = walk(client)
    assert (came.status_code, came.location) == (303, "/login/code")
    assert client.get("/").status_code == 302, "the single sign-on alone opens nothing"


def test_a_closed_account_stays_closed(joined: Flask, world: World, hand_clock: HandClock) -> None:
    tie(world.client("kasi"))
    with db.writing():
        world.person("kasi").disabled_at = hand_clock()
    assert walk(joined.test_client()).status_code == 403


LIES: dict[str, Callable[[Provider], object]] = {
    "signed with another key": Provider.forge,
    "meant for another program": lambda p: p.claims.update(aud="program-lain", azp=CLIENT_ID),
    "told by somebody else": lambda p: p.claims.update(iss="https://lain.contoh.invalid"),
    "told under another name": lambda p: setattr(p, "calls_itself", "https://lain.contoh.invalid"),
    "run out": lambda p: p.claims.update(exp=int(time.time()) - 600),
    "an answer to another question": lambda p: p.claims.update(nonce="lain"),
    "about nobody": lambda p: p.claims.update(sub=None),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_is_not_right_lets_nobody_in(
    joined: Flask, world: World, provider: Provider, lie: str
) -> None:
    tie(world.client("kasi"))
    LIES[lie](provider)
    joined.extensions.pop("sso")  # As after a new start: what it publishes is read again.
    client = joined.test_client()
    came = walk(client)
    assert came.status_code == 422
    assert f"Masuk lewat {NAME} tidak selesai" in words(came)
    assert client.get("/").status_code == 302


def test_somebody_elses_way_back_lets_nobody_in(joined: Flask, world: World) -> None:
    tie(world.client("kasi"))
    attacker, victim = joined.test_client(), joined.test_client()
    victim.get("/login/sso")
    assert victim.get(way_back(attacker.get("/login/sso").location)).status_code == 422


def test_a_way_back_leads_in_once(joined: Flask, world: World) -> None:
    tie(world.client("kasi"))
    client = joined.test_client()
    path = way_back(client.get("/login/sso").location)
    assert client.get(path).status_code == 303
    assert joined.test_client().get(path).status_code == 422


def test_it_leads_nowhere_outside_the_office(joined: Flask, world: World) -> None:
    tie(world.client("kasi"))
    for outside in ("https://jahat.contoh.invalid/", "//jahat.contoh.invalid"):
        assert walk(joined.test_client(), f"/login/sso?next={outside}").location == "/"


@pytest.mark.parametrize("instead", [Response(status=503), redirect("http://127.0.0.1:9/")])
def test_a_single_sign_on_that_is_away_says_so_and_the_password_still_opens(
    joined: Flask, provider: Provider, instead: Response
) -> None:
    """Away is also what leads elsewhere: nobody is asked but who was named."""
    provider.answers_instead = instead
    client = joined.test_client()
    answer = client.get("/login/sso")
    assert answer.status_code == 503
    assert f"{NAME} tidak menjawab" in words(answer)
    assert send(client, "/login", username="kasi", password=PASSWORD).status_code == 303


def test_who_gave_up_over_there_is_led_back_to_the_login(joined: Flask) -> None:
    came = joined.test_client().get("/login/sso/return?error=access_denied")
    assert came.status_code == 422
    assert "Ke halaman masuk" in words(came)


def test_an_office_without_one_shows_nothing_of_it(app: Flask, world: World) -> None:
    assert "/login/sso" not in app.test_client().get("/login").text
    assert app.test_client().get("/login/sso").status_code == 404
    assert "/account/sso" not in world.client("kasi").get("/account").text
