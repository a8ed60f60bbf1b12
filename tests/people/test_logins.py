"""A login is a row: it ends with the day, when nobody uses it, and when somebody ends it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from kimweb import db
from kimweb.audit.models import Entry
from kimweb.people import logins
from kimweb.people.models import Login
from tasks.people import tidy
from tests.conftest import HandClock
from tests.databases import both_databases
from tests.pages.forms import HTMX, send, words
from tests.world import World

PHONE = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 Chrome/131.0 Mobile"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0 Safari/537.36 Edg/131.0"


@both_databases
def test_a_cookie_copied_before_the_logout_opens_nothing_after_it(world: World) -> None:
    token = world.token("kasi")
    thief = world.browser(token)
    assert thief.get("/account").status_code == 200
    send(world.browser(token), "/account", "/logout")
    assert thief.get("/account").status_code == 302
    assert thief.get("/desk/queue", headers=HTMX).status_code == 401


def test_every_login_has_a_token_of_its_own_of_which_the_office_keeps_a_digest(
    app: Flask, world: World
) -> None:
    tokens = set()
    for _ in range(2):
        client = app.test_client()
        send(client, "/login", username="kasi", password="contoh-kasi-4")
        with client.session_transaction() as cookie:
            tokens.add(cookie["_user_id"])
    assert len(tokens) == 2
    kept = db.session.scalars(select(Login.token_hash)).all()
    assert len(kept) == 2
    assert not tokens & set(kept)
    assert all(len(token) > 40 for token in tokens)


def test_a_token_that_was_never_given_opens_nothing(world: World) -> None:
    world.token("kasi")
    for token in ("", "1", "1.0", "x" * 43):
        assert world.browser(token).get("/account").status_code == 302


def test_a_login_ends_with_the_working_day_however_busy(
    world: World, hand_clock: HandClock
) -> None:
    client = world.client("kasi")
    for _ in range(3):
        hand_clock.move(hours=3, minutes=50)
        assert client.get("/account").status_code == 200
    hand_clock.move(minutes=31)
    assert client.get("/account").status_code == 302


def test_a_browser_left_open_is_out_after_four_hours_though_its_desk_asks_every_minute(
    world: World, hand_clock: HandClock
) -> None:
    client = world.client("kasi")
    for _ in range(8):
        hand_clock.move(minutes=29)
        assert client.get("/desk/queue", headers=HTMX).status_code == 200
    hand_clock.move(minutes=9)
    assert client.get("/desk/queue", headers=HTMX).status_code == 401


def test_the_account_shows_where_one_is_logged_in_and_ends_it(
    app: Flask, world: World, hand_clock: HandClock
) -> None:
    here = world.client("kasi")
    phone = app.test_client()
    phone.environ_base["HTTP_USER_AGENT"] = PHONE
    send(phone, "/login", username="kasi", password="contoh-kasi-4")
    hand_clock.move(minutes=6)
    shown = words(here.get("/account"))
    assert "Firefox di Linux Perangkat ini" in shown
    assert "Chrome di Android Masuk" in shown
    number = db.session.scalars(select(Login.id).where(Login.device == "Chrome di Android")).one()
    assert send(here, "/account", f"/account/logins/{number}/end").status_code == 303
    assert phone.get("/account").status_code == 302
    assert "Chrome di Android" not in words(here.get("/account"))
    assert db.session.scalars(select(Entry.action).order_by(Entry.seq)).all()[-1] == "login.ended"


def test_nobody_ends_the_login_of_somebody_else(world: World) -> None:
    kadis = world.client("kadis")
    number = db.session.scalars(select(Login.id)).one()
    answer = send(world.client("kasi"), "/account", f"/account/logins/{number}/end")
    assert answer.status_code == 404
    assert kadis.get("/account").status_code == 200


def test_all_other_devices_are_ended_at_once_and_this_one_stays(world: World) -> None:
    here, others = world.client("kasi"), [world.client("kasi") for _ in range(3)]
    kabid = world.client("kabid")
    send(here, "/account", "/account/logins/end")
    assert [client.get("/account").status_code for client in others] == [302, 302, 302]
    assert here.get("/account").status_code == kabid.get("/account").status_code == 200


def test_the_administrator_logs_somebody_out_everywhere(world: World) -> None:
    kasi, page = world.client("kasi"), f"/people/{world.person('kasi').id}"
    send(world.client("admin"), page, f"{page}/logins/end")
    assert kasi.get("/account").status_code == 302


def test_an_administrator_who_takes_a_post_stays_in_by_a_new_login(world: World) -> None:
    token = world.token("admin")
    here, page = world.browser(token), f"/people/{world.person('admin').id}"
    given = {"lane": "kabid", "capacity": "definitif", "starts_on": "2026-11-23", "ends_on": ""}
    order = {"decree": "SK 800/2/2026", "decree_on": "2026-11-20"}
    assert send(here, page, f"{page}/holdings", **given, **order).status_code == 303
    assert here.get("/account").status_code == 200
    assert world.browser(token).get("/account").status_code == 302


def test_the_use_is_noted_but_not_at_every_click(world: World, hand_clock: HandClock) -> None:
    client, began = world.client("kasi"), hand_clock()
    hand_clock.move(minutes=4)
    client.get("/account")
    assert db.session.scalars(select(Login.seen_at)).one() == began
    hand_clock.move(minutes=4)
    client.get("/account")
    assert db.session.scalars(select(Login.seen_at)).one() == hand_clock()


def test_logins_of_long_ago_are_forgotten(world: World, hand_clock: HandClock) -> None:
    world.token("kasi")
    hand_clock.move(days=29)
    assert tidy() == 0
    hand_clock.move(days=2)
    assert tidy() == 1


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (PHONE, "Chrome di Android"),
        (EDGE, "Edge di Windows"),
        ("curl/8.5.0", "Peramban"),
        ("<script>alert(1)</script>", "Peramban"),
    ],
)
def test_a_device_is_told_in_known_words_only(agent: str, said: str) -> None:
    assert logins.in_words(agent) == said
