"""docs/security.md names a proof or a reason for every requirement, and what it names exists."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from config.settings import ROOT
from tests.world import World

TABLE = ROOT / "docs" / "security.md"
# Requirement and level, level 1 and 2 of ASVS 5.0.0.
REQUIREMENTS = ROOT / "tests" / "data" / "asvs-5.0.txt"
_ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")
SHORTEST_REASON = 8


def rows() -> list[tuple[str, str, str]]:
    return _ROW.findall(TABLE.read_text())


def test_every_requirement_has_a_proof_or_a_reason() -> None:
    wanted = [tuple(line.split()) for line in REQUIREMENTS.read_text().splitlines()]
    assert [(number, level) for number, level, _ in rows()] == wanted
    for number, _, told in rows():
        reason = _TEST.sub("", told).strip("; ")
        assert _TEST.search(told) or len(reason) >= SHORTEST_REASON, number


def test_every_test_that_is_named_exists() -> None:
    named = {found for _, _, told in rows() for found in _TEST.findall(told)}
    assert len(named) > 60
    for file, name in named:
        source = ROOT / file
        assert source.exists(), file
        assert not name or f"def {name}(" in source.read_text(), f"{file}::{name}"


@pytest.mark.own_app
def test_browsers_are_told_to_come_by_https_only(app: Flask) -> None:
    app.config["SESSION_COOKIE_SECURE"] = True
    told = app.test_client().get("/login").headers["Strict-Transport-Security"]
    assert told == "max-age=31536000; includeSubDomains"


def test_no_other_site_may_read_an_answer(world: World) -> None:
    elsewhere = {"Origin": "https://jahat.example"}
    for client in (world.app.test_client(), world.client("kasi")):
        answer = client.get("/account", headers=elsewhere)
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_what_changes_something_is_never_a_get(world: World) -> None:
    """Every address that a form is sent to answers a link with 405, or shows a page only."""
    verbs = re.compile(r"/(end|remove|void|disabled|enabled|logout|resume|retry|drop|password)$")
    for rule in world.app.url_map.iter_rules():
        if verbs.search(rule.rule):
            assert "GET" not in (rule.methods or ()), rule


def test_every_page_says_its_kind_and_letters(world: World) -> None:
    kasi = world.client("kasi")
    for path in ("/", "/account", "/cases", "/tidak-ada"):
        assert kasi.get(path).headers["Content-Type"] == "text/html; charset=utf-8"


def test_nobody_chooses_their_own_address(app: Flask) -> None:
    """What a stranger writes into X-Forwarded-For is not believed."""
    app.config["WTF_CSRF_ENABLED"] = False
    seen = []
    for number in range(31):
        answer = app.test_client().post(
            "/login",
            data={"username": f"pegawai{number}", "password": "salah"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
            environ_overrides={"REMOTE_ADDR": "203.0.113.7"},
        )
        seen.append(answer.status_code)
    assert seen == [422] * 30 + [429]


def test_trace_is_not_answered(app: Flask) -> None:
    assert app.test_client().open("/login", method="TRACE").status_code == 405
