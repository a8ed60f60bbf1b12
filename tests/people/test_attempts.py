"""Guessing passwords becomes slow, for whoever guesses and for nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from kimweb import clock, db
from kimweb.people import attempts
from kimweb.people.models import Attempt
from tasks.people import tidy
from tests.conftest import HandClock
from tests.databases import both_databases
from tests.world import World

RIGHT = "contoh-kadis-1"
STRANGER = "203.0.113.7"
OFFICE = "198.51.100.2"


def try_it(
    client: FlaskClient, password: str, username: str = "kadis", ip: str = STRANGER
) -> tuple[int, str]:
    answer = client.post(
        "/login",
        data={"username": username, "password": password},
        environ_overrides={"REMOTE_ADDR": ip},
    )
    return answer.status_code, answer.text


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@both_databases
def test_after_five_wrong_passwords_the_next_has_to_wait_and_each_wait_is_longer(
    stranger: FlaskClient, hand_clock: HandClock
) -> None:
    for _ in range(5):
        assert try_it(stranger, "salah")[0] == 422
    waits = []
    for _ in range(4):
        status, said = try_it(stranger, RIGHT)
        assert status == 429
        seconds = int(said.split("Tunggu ")[1].split(" detik")[0])
        waits.append(seconds)
        hand_clock.move(seconds=seconds)
        assert try_it(stranger, "salah")[0] == 422
    assert waits == [1, 2, 4, 8]


def test_what_was_typed_stays_and_the_browser_is_told_how_long(stranger: FlaskClient) -> None:
    for _ in range(5):
        try_it(stranger, "salah")
    answer = stranger.post(
        "/login",
        data={"username": "kadis", "password": "salah"},
        environ_overrides={"REMOTE_ADDR": STRANGER},
    )
    assert answer.headers["Retry-After"] == "1"
    assert 'value="kadis"' in answer.text


def test_kadis_comes_in_on_his_own_laptop_while_a_stranger_guesses(
    app: Flask, stranger: FlaskClient
) -> None:
    laptop = app.test_client()
    assert try_it(laptop, RIGHT, ip=OFFICE)[0] == 303
    laptop.post("/logout")
    for _ in range(8):
        try_it(stranger, "salah")
    assert try_it(stranger, RIGHT)[0] == 429
    assert try_it(laptop, RIGHT, ip=OFFICE)[0] == 303


def test_the_cookie_of_one_account_does_not_help_against_another(
    app: Flask, stranger: FlaskClient
) -> None:
    assert try_it(stranger, "contoh-tim-6", username="tim")[0] == 303
    stranger.post("/logout")
    for _ in range(5):
        assert try_it(stranger, "salah")[0] == 422
    assert try_it(stranger, "salah")[0] == 429


def test_names_that_do_not_exist_are_slowed_alike(stranger: FlaskClient) -> None:
    for _ in range(5):
        assert try_it(stranger, "salah", username="tidak.ada")[0] == 422
    assert try_it(stranger, "salah", username="tidak.ada")[0] == 429


def test_one_address_cannot_try_a_common_password_on_every_account(stranger: FlaskClient) -> None:
    for number in range(30):
        assert try_it(stranger, "Kolaka2026!!", username=f"pegawai{number}")[0] == 422
    assert try_it(stranger, "Kolaka2026!!", username="pegawai31")[0] == 429
    assert try_it(stranger, RIGHT, ip=OFFICE)[0] == 303


def test_an_own_account_does_not_wipe_an_address_clean(stranger: FlaskClient, app: Flask) -> None:
    for number in range(30):
        try_it(stranger, "salah", username=f"pegawai{number}")
    with db.writing() as session:
        attempts.succeeded(session, [attempts.address(STRANGER)])
        attempts.begin(session, [attempts.address(STRANGER)], clock.now())
    assert try_it(stranger, "salah", username="lain")[0] == 429


def test_a_right_password_forgets_the_wrong_ones_before(stranger: FlaskClient) -> None:
    for _ in range(4):
        try_it(stranger, "salah")
    assert try_it(stranger, RIGHT)[0] == 303
    stranger.post("/logout")
    for _ in range(5):
        assert try_it(stranger, "salah")[0] == 422


def test_an_hour_later_it_is_forgotten(stranger: FlaskClient, hand_clock: HandClock) -> None:
    for _ in range(9):
        try_it(stranger, "salah")
    hand_clock.move(minutes=61)
    assert try_it(stranger, "salah")[0] == 422
    assert tidy() == 0
    hand_clock.move(minutes=61)
    assert tidy() > 0
    assert db.session.scalar(select(func.count()).select_from(Attempt)) == 0


@both_databases
def test_guesses_sent_at_once_all_count(app: Flask, world: World) -> None:
    def guess(_: int) -> bool:
        with app.app_context():
            with db.writing() as session:
                waits = bool(attempts.begin(session, [attempts.account("kadis")], clock.now()))
            db.session.remove()
            return not waits

    with ThreadPoolExecutor(10) as hands:
        assert sum(hands.map(guess, range(30))) == 5
