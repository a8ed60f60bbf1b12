"""A monitor reads what waits, what is late and what lives; nobody else does."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from kimweb import db
from kimweb.deadlines import heartbeats
from tests.conftest import HandClock
from tests.databases import both_databases
from tests.dispatch import post
from tests.world import World

TOKEN = "pemantau-yang-panjang-sekali"


def figures(app: Flask) -> dict[tuple[str, str], float]:
    """What the monitor reads, by name and label."""
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@both_databases
def test_the_monitor_sees_what_waits_and_what_is_late(
    app: Flask, world: World, hand_clock: HandClock
) -> None:
    world.case(at=2)
    world.case(at=6)
    post.queue()
    with db.writing() as session:
        heartbeats.record(session, "sweep", world.clock())
    hand_clock.move(days=5)
    seen = figures(app)
    assert seen["kimweb_stages_open", "kabid"] == seen["kimweb_stages_late", "kabid"] == 2
    assert seen["kimweb_mails", "queued"] >= 1
    assert seen["kimweb_mails", "unknown"] == 0
    assert seen["kimweb_heartbeat_age_seconds", "sweep"] == 5 * 24 * 3600
    assert ("kimweb_heartbeat_age_seconds", "worker") not in seen
    assert seen["kimweb_pdfs", "quarantined"] == seen["kimweb_redis_up", ""] == 0


def test_answers_are_counted_by_what_came_of_them(app: Flask, world: World) -> None:
    before = figures(app).get(("kimweb_answers_total", "4xx"), 0)
    world.client("kasi").get("/tidak-ada")
    assert figures(app)["kimweb_answers_total", "4xx"] == before + 1


@pytest.mark.parametrize(
    ("token", "base_url", "address", "sent", "status"),
    [
        ("", "http://127.0.0.1:8000", "127.0.0.1", "", 200),
        ("", "http://127.0.0.1:8000", "203.0.113.7", "", 404),
        ("", "https://kim.contoh.go.id", "127.0.0.1", "", 404),
        (TOKEN, "https://kim.contoh.go.id", "203.0.113.7", f"Bearer {TOKEN}", 200),
        (TOKEN, "https://kim.contoh.go.id", "203.0.113.7", "Bearer lain", 404),
        (TOKEN, "http://127.0.0.1:8000", "127.0.0.1", "", 404),
    ],
)
def test_only_this_machine_or_who_carries_the_token_may_read(
    app: Flask, token: str, base_url: str, address: str, sent: str, status: int
) -> None:
    given = {"metrics_token": token, "base_url": base_url}
    app.config["OFFICE"] = dataclasses.replace(app.config["OFFICE"], **given)
    answer = app.test_client().get(
        "/metrics",
        headers={"Authorization": sent} if sent else {},
        environ_overrides={"REMOTE_ADDR": address},
    )
    assert answer.status_code == status
