"""Logs are lines of JSON that name their request; what is secret is in no line, page or queue."""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
import redis
from flask import Flask, request

from kimweb import bell, db, logs
from kimweb.people import second_factor
from kimweb.people.vault import Vault
from tasks.dispatch import drain
from tests import servers
from tests.conftest import settings_for
from tests.dispatch import post
from tests.pages.forms import send, words
from tests.world import World

# Planted where secrets are; none may come out anywhere else.
MAIL_SERVER = "kenari-pos%40el-9d2f"
PASSWORD = "kenari-sandi-e7b04a"
PASSPHRASE = "kenari-frasa-51c9aa"
TOKEN = "kenari-pemantau-0c8e2b"
UNREACHABLE = f"smtp://kantor:{MAIL_SERVER}@127.0.0.1:1"


@pytest.fixture
def written(tmp_path: Path) -> Iterator[io.StringIO]:
    """The log of an office whose settings hold canaries, exactly as its processes write it."""
    settings = settings_for(
        tmp_path,
        SMTP_URL=UNREACHABLE,
        METRICS_TOKEN=TOKEN,
    )
    root, written = logging.getLogger(), io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.Lines(logs.secrets_of(settings)))
    root.addHandler(handler)
    level = logging.getLogger("kimweb").level
    logging.getLogger("kimweb").setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    logging.getLogger("kimweb").setLevel(level)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_what_a_stranger_types_makes_no_line_of_its_own(app: Flask, written: io.StringIO) -> None:
    forged = 'kadis\r\n{"event": "a login as kadis was accepted"}'
    send(app.test_client(), "/login", username=forged, password=PASSWORD)
    assert [line["event"] for line in lines(written)][-1] == "answered"
    assert not any("accepted" in line["event"] and len(line) < 4 for line in lines(written))


def test_a_click_is_one_line_that_says_what_came_of_it(world: World, written: io.StringIO) -> None:
    answer = send(world.client("kabid"), "/account", "/account/notices", notices="kapan-kapan")
    line = lines(written)[-1]
    assert answer.headers["X-Request-Id"] == line["request"]
    assert (line["rule"], line["status"], line["level"]) == ("/account/notices", 400, "warning")
    assert line["ms"] >= 0


def test_the_address_of_a_private_calendar_is_not_in_the_log(
    world: World, written: io.StringIO
) -> None:
    world.client("kasi").get("/kalender/alamat-rahasia-orang.ics")
    world.client("kasi").get("/tidak/ada/alamat-rahasia-orang")
    assert "alamat-rahasia" not in written.getvalue()


@pytest.mark.own_app
def test_canaries_stay_where_they_were_put(
    app: Flask, world: World, written: io.StringIO, tmp_path: Path
) -> None:
    """Password, passphrase, mail server, session and phone: every way to fail is taken."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/gagal", "gagal", _fail, methods=["POST"])
    app.config["OFFICE"] = dataclasses.replace(app.config["OFFICE"], smtp_url=UNREACHABLE)
    secret, token = second_factor.invent(), world.token("kasi")
    with db.writing() as session:
        vault, now = Vault(app.secret_key or "", second_factor.PURPOSE), world.clock()
        code = pyotp.TOTP(secret).at(int(now.timestamp()))
        codes = second_factor.enrol(session, world.person("kadis"), secret, code, vault, now)
    client, seen = world.browser(token), []
    with servers.valkey(tmp_path / "redis-of-test") as url:
        bell.connect(url)
        stranger = app.test_client()
        seen += [
            send(stranger, "/login", username="kadis", password=word)
            for word in (PASSWORD, "contoh-kadis-1")
        ]
        seen.append(send(stranger, "/login/code", code=f"{codes[0]}salah"))
        page = client.get("/account").text
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert csrf
        typed = {"csrf_token": csrf[1], "password": PASSWORD, "passphrase": PASSPHRASE}
        seen.append(client.post("/gagal", data=typed))
        assert seen[-1].status_code == 500
        post.queue()
        drain()
        kept = _everything_in(redis.Redis.from_url(url))
        bell.connect(None)
    logging.getLogger("kimweb").error("cannot reach smtp://kantor:%s@surat.contoh", MAIL_SERVER)
    told = written.getvalue()
    assert "ValueError: what was typed" in told, "the failure itself is told"
    assert "cannot reach smtp://***@surat.contoh" in told
    for canary in (MAIL_SERVER, PASSWORD, PASSPHRASE, TOKEN, secret, token, codes[0], code):
        assert canary not in told
        assert canary not in kept
        assert not any(canary in words(answer) for answer in seen)


def _fail() -> str:
    raise ValueError(f"what was typed: {request.form}")


def _everything_in(store: redis.Redis) -> str:
    return " ".join(repr(store.dump(key)) for key in store.keys("*"))
