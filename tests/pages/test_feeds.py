"""Due times in the calendar of a phone: at a secret address, without a login, correct iCalendar."""

from __future__ import annotations

import re
from datetime import datetime

from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from kimweb import db
from kimweb.deadlines.models import Feed
from kimweb.people import accounts
from tests.conftest import WITA
from tests.pages.forms import send, words
from tests.world import World


def address_of(client: FlaskClient) -> str:
    """Let somebody make an address on their account page; return its path."""
    answer = send(client, "/account", "/account/feed")
    found = re.search(r'value="https?://[^/]+(/tenggat/[^"]+[.]ics)"', answer.text)
    assert found, words(answer)
    return found[1]


def phone(app: Flask) -> FlaskClient:
    """Return a browser in which nobody has logged in."""
    return app.test_client()


def test_the_phone_shows_each_due_time_of_its_owner(world: World) -> None:
    case = world.case(at=3, subject="Pembentukan KIM, Polinggona; tahap satu")
    world.case(at=2, subject="Kegiatan Kabid")
    answer = phone(world.app).get(address_of(world.client("kasi")))
    assert answer.mimetype == "text/calendar"
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert str(event["summary"]) == "Tenggat langkah 3: Pembentukan KIM, Polinggona; tahap satu"
    assert event["dtend"].dt == datetime(2026, 11, 25, 8, 0, tzinfo=WITA)
    assert str(event["url"]).endswith(f"/cases/{case.id}")


def test_the_file_keeps_the_rules_of_rfc_5545(world: World) -> None:
    world.case(at=3, subject="Pembentukan KIM " + "yang sangat panjang namanya " * 5)
    lines = phone(world.app).get(address_of(world.client("kasi"))).data.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert all(len(line) <= 75 for line in lines)
    assert not [line for line in lines if b"\n" in line]
    names = {line.split(b":")[0].split(b";")[0] for line in lines}
    assert {b"VERSION", b"PRODID", b"UID", b"DTSTAMP", b"DTSTART", b"DTEND", b"SUMMARY"} <= names
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines


def test_nothing_is_sent_again_while_nothing_has_changed(world: World) -> None:
    case = world.case(at=3)
    address, stranger = address_of(world.client("kasi")), phone(world.app)
    tag = stranger.get(address).headers["ETag"]
    again = stranger.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    world.work(case)
    world.forward(case)
    assert stranger.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_a_wrong_address_is_not_found(world: World) -> None:
    assert phone(world.app).get("/tenggat/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.ics").status_code == 404


def test_taken_back_or_replaced_an_address_is_not_found_any_more(world: World) -> None:
    client, stranger = world.client("kasi"), phone(world.app)
    first = address_of(client)
    second = address_of(client)
    assert stranger.get(first).status_code == 404
    assert stranger.get(second).status_code == 200
    send(client, "/account", "/account/feed/end")
    assert stranger.get(second).status_code == 404
    assert "Buat alamat kalender" in words(client.get("/account"))


def test_a_closed_account_shows_nothing(world: World) -> None:
    address = address_of(world.client("kasi"))
    with db.writing():
        accounts.disable(db.session(), world.person("kasi"), world.clock())
    assert phone(world.app).get(address).status_code == 404


def test_the_secret_is_long_and_kept_nowhere(world: World) -> None:
    secret = address_of(world.client("kasi")).split("/")[-1].removesuffix(".ics")
    assert len(secret) >= 43
    kept = db.session.scalars(select(Feed.secret_hash)).one()
    assert secret not in kept
