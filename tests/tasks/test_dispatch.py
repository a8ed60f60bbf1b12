"""The drain: what the outbox holds leaves over real SMTP, once, whatever breaks on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from config.settings import ROOT
from kimweb import clock, db
from kimweb.dispatch import sending
from kimweb.dispatch.models import (
    BEFORE_DOT,
    DOT,
    HELD,
    QUEUED,
    REFUSED,
    SENDING,
    SENT,
    TRY_LATER,
    UNKNOWN,
)
from kimweb.documents import files
from tasks import dispatch
from tests.conftest import HandClock
from tests.databases import both_databases
from tests.dispatch import post
from tests.dispatch.sink import FOREVER, Sink


def to(n: int) -> tuple[str, str]:
    return (f"Camat {n}", f"camat{n}@kolaka.example")


def states(ids: list[int]) -> list[str]:
    return [post.message(number).state for number in ids]


def attached(content: bytes) -> list[dict[str, str]]:
    sha = files.store().put(content)
    return [{"name": "Surat-Undangan.pdf", "sha256": sha, "type": "application/pdf"}]


@both_databases
def test_every_recipient_gets_the_letter_once_over_one_line(sink: Sink) -> None:
    pdf = attached(b"%PDF-1.7 undangan")
    ids = [post.queue(f"surat/{n}", to=to(n), attachments=pdf) for n in range(10)]
    assert dispatch.drain() == 10
    assert states(ids) == [SENT] * 10
    assert sink.copies() == {to(n)[1]: 1 for n in range(10)}
    assert sink.connections == 1
    mail = sink.received[0].mail
    assert mail["Message-ID"] == post.message(ids[0]).message_id
    assert mail["Auto-Submitted"] is None
    (part,) = mail.iter_attachments()
    assert part.get_content() == b"%PDF-1.7 undangan"
    assert dispatch.drain() == 0


def test_each_recipients_answer_is_kept_for_itself(sink: Sink, hand_clock: HandClock) -> None:
    ids = [post.queue(f"surat/{n}", to=to(n)) for n in range(4)]
    sink.answer("RCPT", "550 5.1.1 tidak dikenal", to=to(1)[1])
    sink.answer("DOT", "451 4.3.0 sibuk", to=to(2)[1])
    dispatch.drain()
    assert states(ids) == [SENT, REFUSED, TRY_LATER, SENT]
    assert post.message(ids[1]).reply == "550 5.1.1 tidak dikenal"
    hand_clock.move(minutes=2)
    dispatch.drain()
    assert states(ids) == [SENT, REFUSED, SENT, SENT]
    assert sink.copies() == {to(n)[1]: 1 for n in (0, 2, 3)}


@both_databases
@pytest.mark.parametrize("moment", ["DOT", "KEPT"])
def test_a_letter_whose_answer_was_lost_is_never_sent_again_by_itself(
    sink: Sink, hand_clock: HandClock, moment: str
) -> None:
    letter = post.queue()
    sink.drop(moment)
    dispatch.drain()
    assert post.message(letter).state == UNKNOWN
    for _ in range(30):
        hand_clock.move(hours=1)
        dispatch.drain()
    assert post.message(letter).state == UNKNOWN
    assert sum(sink.copies().values()) == (1 if moment == "KEPT" else 0)


def test_a_notice_whose_answer_was_lost_is_sent_again(sink: Sink, hand_clock: HandClock) -> None:
    notice = post.notice()
    sink.drop("DOT")
    dispatch.drain()
    hand_clock.move(minutes=2)
    dispatch.drain()
    assert post.message(notice).state == SENT
    assert sink.received[0].mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("moment", ["CONNECT", "MAIL", "RCPT", "DATA"])
def test_a_line_that_breaks_before_the_dot_only_delays(
    sink: Sink, hand_clock: HandClock, moment: str
) -> None:
    letter = post.queue()
    sink.drop(moment, times=2)
    for _ in range(3):
        dispatch.drain()
        hand_clock.move(minutes=10)
    assert post.message(letter).state == SENT
    assert sink.copies() == {post.CAMAT[1]: 1}


def test_when_the_mail_server_is_away_one_letter_learns_it_and_the_others_wait(
    sink: Sink, hand_clock: HandClock
) -> None:
    ids = [post.queue(f"surat/{n}", to=to(n)) for n in range(5)]
    sink.drop("CONNECT", times=1)
    assert dispatch.drain() == 1
    assert states(ids) == [TRY_LATER, QUEUED, QUEUED, QUEUED, QUEUED]
    assert "tidak dapat dipakai" in post.message(ids[0]).reply
    hand_clock.move(minutes=2)
    dispatch.drain()
    assert states(ids) == [SENT] * 5


def test_a_letter_whose_pdf_was_altered_stays_in_the_house(sink: Sink) -> None:
    pdf = attached(b"%PDF-1.7 yang ditandatangani")
    letter = post.queue(attachments=pdf)
    other = post.queue("surat/lain", to=to(2))
    files.store().path(pdf[0]["sha256"]).write_bytes(b"%PDF-1.7 yang diubah")
    dispatch.drain()
    assert states([letter, other]) == [HELD, SENT]
    assert "tidak lagi sama" in post.message(letter).reply
    assert sink.copies() == {to(2)[1]: 1}


@both_databases
def test_the_phase_is_on_the_disk_before_the_final_dot_leaves(app: Flask, sink: Sink) -> None:
    letter = post.queue()
    seen = {}

    def look(moment: str) -> None:
        _until(lambda: sink.obeyed[moment] == 1)
        row = post.message(letter)
        seen[moment] = (row.state, row.phase)
        db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        for moment in ("DATA", "KEPT"):
            sink.wait(moment, 1.0)
            pool.submit(look, moment)
        dispatch.drain()
    assert seen == {"DATA": (SENDING, BEFORE_DOT), "KEPT": (SENDING, DOT)}
    assert post.message(letter).state == SENT


@both_databases
def test_several_workers_share_the_list_and_nobody_gets_two(app: Flask, sink: Sink) -> None:
    ids = [post.queue(f"surat/{n}", to=to(n)) for n in range(60)]
    sink.wait("KEPT", 0.01, times=FOREVER)

    def work() -> int:
        with app.app_context():
            try:
                return dispatch.drain()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(3) as pool:
        done = [job.result() for job in [pool.submit(work) for _ in range(3)]]
    assert sum(done) == 60
    assert min(done) > 0
    assert states(ids) == [SENT] * 60
    assert set(sink.copies().values()) == {1}


@both_databases
@pytest.mark.slow
@pytest.mark.parametrize(("moment", "then"), [("DATA", SENT), ("KEPT", UNKNOWN)])
def test_a_worker_killed_in_the_middle_of_a_letter(
    app: Flask, sink: Sink, moment: str, then: str
) -> None:
    clock.use(None)
    letter = post.queue()
    sink.wait(moment, 30)
    worker = _worker(app)
    _until(lambda: sink.obeyed[moment] == 1)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert post.message(letter).state == SENDING
    later = datetime.now(UTC) + sending.LEASE + timedelta(seconds=1)
    clock.use(lambda: later)
    dispatch.drain()
    assert post.message(letter).state == then
    assert len(sink.received) == 1


def _worker(app: Flask) -> subprocess.Popen[bytes]:
    """A process that drains the same outbox."""
    office = app.config["OFFICE"]
    env = os.environ | {
        "SECRET_KEY": office.secret_key,
        "DATA_DIR": str(office.data_dir),
        "DATABASE_URL": office.database_url,
        "SMTP_URL": office.smtp_url,
    }
    code = (
        "from app import app; from tasks import dispatch\nwith app.app_context(): dispatch.drain()"
    )
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=env)


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    pytest.fail("it did not come to that within 30 seconds")
