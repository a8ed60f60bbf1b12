"""The drain: what the outbox holds leaves over real SMTP, once, whatever breaks on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from config.settings import ROOT
from kimweb import clock, db
from kimweb.dispatch import channels, mailer, sending
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
from tests.dispatch.sink import FOREVER, Order, Sink


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
    assert states(ids) == [QUEUED] * 5
    assert [post.message(number).attempt for number in ids] == [0] * 5
    assert "tidak dapat dipakai" in post.message(ids[0]).reply
    assert dispatch.drain() == 0
    assert sink.connections == 1
    hand_clock.move(seconds=11)
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
    assert sink.copies() == {to(2)[1]: 1, "admin@contoh.invalid": 1}
    assert "ditahan" in str(sink.received[-1].mail["Subject"])
    dispatch.drain()
    assert len(sink.received) == 2


@both_databases
def test_three_failures_in_a_row_pause_the_channel_and_the_administrator_hears_it_once(
    sink: Sink, hand_clock: HandClock
) -> None:
    ids = [post.queue(f"surat/{n}", to=to(n)) for n in range(3)]
    sink.drop("CONNECT", times=6)
    for seconds in (0, 11, 31):
        hand_clock.move(seconds=seconds)
        dispatch.drain()
    assert channels.current(db.session()).paused_at == hand_clock()
    hand_clock.move(minutes=4)
    dispatch.drain()
    assert sink.connections == 3, "nobody tries while the channel rests"
    for _ in range(4):
        hand_clock.move(minutes=5)
        dispatch.drain()
    assert sink.connections == 7
    assert states(ids) == [SENT] * 3
    assert [len(post.message(number).history) for number in ids] == [1] * 3
    assert channels.current(db.session()).paused_at is None
    assert sink.copies() == {to(n)[1]: 1 for n in range(3)} | {"admin@contoh.invalid": 1}


def test_a_pause_ends_when_the_administrator_says_so(sink: Sink, hand_clock: HandClock) -> None:
    letter = post.queue()
    sink.drop("CONNECT", times=3)
    for _ in range(3):
        dispatch.drain()
        hand_clock.move(seconds=31)
    assert dispatch.drain() == 0
    with db.writing() as session:
        channels.resume(session, clock.now())
    dispatch.drain()
    assert post.message(letter).state == SENT


def test_letters_that_policy_keeps_out_one_after_the_other_pause_the_channel(
    sink: Sink, hand_clock: HandClock
) -> None:
    ids = [post.queue(f"surat/{n}", to=to(n)) for n in range(6)]
    sink.answer("RCPT", "554 5.7.1 relay ditolak", times=3)
    assert dispatch.drain() == 3
    assert states(ids) == [TRY_LATER] * 3 + [QUEUED] * 3
    assert "5.7.1" in channels.current(db.session()).reason
    hand_clock.move(minutes=5)
    dispatch.drain()
    assert states(ids) == [SENT] * 6


def test_one_recipient_whose_server_keeps_us_out_is_refused_and_holds_up_nobody(
    sink: Sink, hand_clock: HandClock
) -> None:
    ids = [post.queue(f"surat/{n}", to=to(n)) for n in range(3)]
    sink.answer("RCPT", "550 5.7.1 ditolak kebijakan", times=FOREVER, to=to(0)[1])
    for _ in range(3):
        dispatch.drain()
        hand_clock.move(minutes=10)
    assert states(ids) == [REFUSED, SENT, SENT]
    assert channels.current(db.session()).paused_at is None


def test_no_more_mails_leave_in_a_minute_than_the_office_allows(
    app: Flask, sink: Sink, hand_clock: HandClock
) -> None:
    app.config["OFFICE"] = replace(app.config["OFFICE"], mail_per_minute=4)
    for n in range(9):
        post.queue(f"surat/{n}", to=to(n))
    sent = []
    for _ in range(6):
        dispatch.drain()
        sent.append(len(sink.received))
        hand_clock.move(seconds=30)
    assert sent == [4, 4, 8, 8, 9, 9]


def test_a_letter_that_kills_its_worker_takes_no_other_with_it_twice(
    sink: Sink, hand_clock: HandClock
) -> None:
    for n in range(5):
        post.queue(f"surat/{n}", to=to(n))
    with db.writing() as session:
        assert len(sending.claim(session, clock.now(), 3)) == 3
    hand_clock.move(minutes=1)
    with db.writing() as session:
        sending.recover(session, clock.now())
        claims = [sending.claim(session, clock.now(), 3) for _ in range(4)]
    assert sorted(len(claimed) for claimed in claims) == [1, 1, 1, 2]


def test_people_see_a_letter_whose_answer_does_not_come_and_the_late_answer_settles_it(
    sink: Sink, hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "ALIVE_SECONDS", 0.05)
    monkeypatch.setattr(dispatch, "SHOWN_SECONDS", 0.2)
    letter, other = post.queue(), post.queue("surat/lain", to=to(2))
    sink.wait("KEPT", 1.0)
    seen = []

    def look() -> None:
        _until(lambda: post.message(letter).state == UNKNOWN)
        seen.append((post.message(letter).reply, post.message(other).state))
        db.session.remove()

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        dispatch.drain()
        looking.result()
    assert seen == [(sending.NO_ANSWER_YET, QUEUED)]
    assert states([letter, other]) == [SENT, SENT]
    assert [line["state"] for line in post.message(letter).history] == [UNKNOWN, SENT]


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


class Outage(Sink):
    """A mail server that has just taken a letter when the office's database fails for a while."""

    engine: Engine

    def next_order(self, moment: str, recipient: str) -> Order | None:
        if moment == "KEPT" and not self.received[1:]:
            self.rename("message", "message_away")
            threading.Timer(0.8, self.rename, ("message_away", "message")).start()
        return super().next_order(moment, recipient)

    def rename(self, old: str, new: str) -> None:
        with self.engine.connect() as line:
            line.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
            line.commit()


@both_databases
@pytest.mark.parametrize("answers_after", [0, 0.3])
def test_a_database_that_fails_after_the_250_leaves_no_doubt_about_the_letter(
    app: Flask, answers_after: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "ALIVE_SECONDS", 0.1)
    with Outage() as sink:
        sink.engine = db.engine()
        app.config["OFFICE"] = replace(app.config["OFFICE"], smtp_url=sink.url)
        letter = post.queue()
        if answers_after:
            sink.wait("KEPT", answers_after)
        with pytest.raises(SQLAlchemyError):
            dispatch.drain()
        assert post.message(letter).state == SENT
        assert list(sink.copies().values()) == [1]
        assert dispatch.drain() == 0
