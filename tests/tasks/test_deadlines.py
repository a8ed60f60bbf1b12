"""A reminder reaches the mailbox, and the auditor signs only for an office in order."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from celery import current_app

from kimweb import db
from kimweb.deadlines import heartbeats
from tests.conftest import WITA, HandClock
from tests.deadlines.crowd import case_at_kasi, gather
from tests.world import World

REMINDER = datetime(2026, 11, 24, 8, tzinfo=WITA)


def run(task: str) -> object:
    current_app.loader.import_default_modules()
    found = current_app.tasks[f"tasks.{task}"]()
    db.session.rollback()
    return found


def test_kasi_finds_the_reminder_in_the_mailbox(
    world: World, hand_clock: HandClock, mail_server: tuple[str, Path]
) -> None:
    case_at_kasi()
    run("deadlines.sweep")
    box = mail_server[1] / "new"
    before = set(box.iterdir())
    hand_clock.set(REMINDER)
    assert run("deadlines.sweep") == 1
    run("dispatch.drain")
    (file,) = set(box.iterdir()) - before
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["To"] == '"Wa Ode Fitriani, S.I.Kom" <kasi@contoh.invalid>'
    assert mail["Subject"] == "Mendekati tenggat, langkah 3: Pembentukan KIM Polinggona"


def test_eleven_reminders_in_the_same_minute_reach_kasi_as_one_mail(
    world: World, hand_clock: HandClock, mail_server: tuple[str, Path]
) -> None:
    gather(11, hand_clock(), next_rung_at=hand_clock())
    run("deadlines.sweep")
    box = mail_server[1] / "new"
    before = set(box.iterdir())
    hand_clock.set(REMINDER)
    assert run("deadlines.sweep") == 11
    run("dispatch.drain")
    hand_clock.move(minutes=1)
    run("dispatch.drain")
    (file,) = set(box.iterdir()) - before
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["Subject"] == "11 pemberitahuan pekerjaan"


def test_the_auditor_signs_only_for_an_office_in_order(
    world: World, hand_clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    case = case_at_kasi()
    run("deadlines.sweep")
    assert run("deadlines.audit") == []
    signed_at = hand_clock()
    hand_clock.set(REMINDER + timedelta(minutes=5))
    with caplog.at_level(logging.ERROR):
        (found,) = run("deadlines.audit")  # type: ignore[misc]
    assert f"kegiatan nomor {case.id}" in found
    assert found in caplog.text
    assert heartbeats.last(db.session())["auditor"] == signed_at

    run("deadlines.sweep")
    assert run("deadlines.audit") == []
    assert heartbeats.last(db.session())["auditor"] == hand_clock()


def test_a_sign_of_life_replaces_the_one_before(world: World) -> None:
    with db.writing() as session:
        heartbeats.record(session, "sweep", REMINDER)
        heartbeats.record(session, "sweep", REMINDER + timedelta(seconds=1))
    assert heartbeats.last(db.session()) == {"sweep": REMINDER + timedelta(seconds=1)}
