"""Claims, phases and what becomes of an attempt, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from kimweb import clock, db
from kimweb.dispatch import sending
from kimweb.dispatch.models import (
    DOT,
    QUEUED,
    REFUSED,
    SENDING,
    SENT,
    TRY_LATER,
    UNKNOWN,
    Message,
)
from tests.conftest import HandClock
from tests.databases import both_databases
from tests.dispatch import post


def claim() -> Message | None:
    with db.writing() as session:
        return next(iter(sending.claim(session, clock.now())), None)


def claimed() -> Message:
    message = claim()
    assert message is not None
    return message


def settle(how: object, message: Message, reply: str = "") -> bool:
    with db.writing() as session:
        return bool(how(session, message, reply, clock.now()))  # type: ignore[operator]


def reach_the_dot(message: Message) -> bool:
    with db.writing() as session:
        return sending.record_phase(session, message, DOT, clock.now())


def recover() -> int:
    with db.writing() as session:
        return sending.recover(session, clock.now())


@both_databases
def test_two_workers_never_hold_the_same_message(app: Flask) -> None:
    ids = {post.queue(f"surat/{n}") for n in range(3)}
    held = [claimed() for _ in ids]
    assert {message.id for message in held} == ids
    assert len({message.owner for message in held}) == 3
    assert claim() is None


@both_databases
def test_letters_go_before_notices_and_nothing_before_its_time(
    app: Flask, hand_clock: HandClock
) -> None:
    notice = post.notice("tugas/1")
    letter = post.queue("surat/1")
    post.queue("surat/nanti", now=hand_clock() + timedelta(hours=1))
    assert [claimed().id, claimed().id] == [letter, notice]
    assert claim() is None
    hand_clock.move(hours=2)
    assert claimed().key == "surat/nanti"


@both_databases
def test_a_sent_letter_keeps_the_servers_answer(app: Flask) -> None:
    post.queue()
    message = claimed()
    assert reach_the_dot(message)
    assert settle(sending.mark_sent, message, "250 2.0.0 queued as 4F2A")
    row = post.message(message.id)
    assert (row.state, row.reply, row.owner) == (SENT, "250 2.0.0 queued as 4F2A", None)
    assert row.settled_at == clock.now()
    assert claim() is None


def test_the_waiting_grows_with_every_attempt_until_a_day_is_over(
    app: Flask, hand_clock: HandClock
) -> None:
    started = hand_clock()
    post.queue()
    waits = []
    while (message := claim()) is not None:
        settle(sending.try_later, message, "451 sibuk")
        row = post.message(message.id)
        if row.state == TRY_LATER:
            waits.append((row.try_at - hand_clock()).total_seconds() / 60)
            hand_clock.set(row.try_at)
    for wait, minutes in zip(waits, [1, 5, 15, 60, *[60] * 23], strict=True):
        assert minutes * 0.8 <= wait <= minutes * 1.2
    assert row.state == REFUSED
    assert row.reply.startswith("Sudah dicoba selama 24 jam.")
    assert timedelta(hours=19) < hand_clock() - started < timedelta(hours=29)
    assert len(row.history) == 28


def test_the_waiting_is_scattered_so_that_not_all_come_back_at_once(app: Flask) -> None:
    for n in range(20):
        post.queue(f"surat/{n}")
    tries = set()
    while (message := claim()) is not None:
        settle(sending.try_later, message)
        tries.add(post.message(message.id).try_at)
    assert len(tries) > 15


@both_databases
def test_a_worker_killed_before_the_dot_leaves_the_letter_due_again(
    app: Flask, hand_clock: HandClock
) -> None:
    post.queue()
    dead = claimed()
    hand_clock.move(seconds=44)
    assert recover() == 0
    hand_clock.move(seconds=1)
    assert recover() == 1
    again = claimed()
    assert again.id == dead.id
    assert again.attempt == 2


@both_databases
def test_a_worker_killed_after_the_dot_leaves_a_letter_unknown_and_nobody_resends_it(
    app: Flask, hand_clock: HandClock
) -> None:
    post.queue()
    dead = claimed()
    reach_the_dot(dead)
    hand_clock.move(seconds=46)
    recover()
    row = post.message(dead.id)
    assert row.state == UNKNOWN
    assert row.reply == sending.NO_ANSWER
    hand_clock.move(days=2)
    assert recover() == 0
    assert claim() is None


@both_databases
def test_a_notice_is_sent_again_even_after_the_dot(app: Flask, hand_clock: HandClock) -> None:
    post.notice()
    dead = claimed()
    reach_the_dot(dead)
    hand_clock.move(seconds=46)
    recover()
    assert post.message(dead.id).state == TRY_LATER
    hand_clock.move(minutes=2)
    assert claimed().id == dead.id


@pytest.mark.parametrize("queue", [post.queue, post.notice])
def test_no_answer_after_the_dot_is_unknown_for_a_letter_and_a_retry_for_a_notice(
    app: Flask, queue: object
) -> None:
    queue()  # type: ignore[operator]
    message = claimed()
    settle(sending.unknown, message, "server memutus sambungan")
    assert post.message(message.id).state == (UNKNOWN if queue is post.queue else TRY_LATER)


@both_databases
def test_a_worker_that_slept_through_its_lease_changes_nothing(
    app: Flask, hand_clock: HandClock
) -> None:
    post.queue()
    sleeper = claimed()
    hand_clock.move(minutes=1)
    recover()
    other = claimed()
    assert not reach_the_dot(sleeper)
    assert not settle(sending.mark_sent, sleeper, "250 ok")
    assert not settle(sending.refuse, sleeper, "550 tidak")
    row = post.message(other.id)
    assert (row.state, row.owner) == (SENDING, other.owner)


def test_a_frozen_worker_that_wakes_up_with_the_answer_tells_the_truth(
    app: Flask, hand_clock: HandClock
) -> None:
    post.queue()
    frozen = claimed()
    reach_the_dot(frozen)
    hand_clock.move(minutes=1)
    recover()
    assert post.message(frozen.id).state == UNKNOWN
    assert settle(sending.mark_sent, frozen, "250 2.0.0 queued as 77")
    assert post.message(frozen.id).state == SENT


def test_a_lease_that_is_renewed_is_not_taken_away(app: Flask, hand_clock: HandClock) -> None:
    post.queue()
    message = claimed()
    for _ in range(20):
        hand_clock.move(seconds=30)
        with db.writing() as session:
            assert sending.renew(session, message, clock.now())
        assert recover() == 0


def test_a_message_that_kills_every_worker_is_refused_in_the_end(
    app: Flask, hand_clock: HandClock
) -> None:
    post.notice()
    for _ in range(28):
        message = claimed()
        hand_clock.move(minutes=1)
        recover()
    assert post.message(message.id).state == REFUSED
    assert claim() is None


def test_history_says_what_became_of_each_attempt(app: Flask, hand_clock: HandClock) -> None:
    message_id = post.queue()
    settle(sending.try_later, claimed(), "451 sibuk")
    hand_clock.move(minutes=2)
    settle(sending.mark_sent, claimed(), "250 ok")
    lines = [(line["state"], line["reply"]) for line in post.message(message_id).history]
    assert lines == [(TRY_LATER, "451 sibuk"), (SENT, "250 ok")]


@both_databases
def test_looking_for_due_messages_reads_only_the_index(session: Session) -> None:
    with db.writing() as writing:
        texts = {c.name: "x" for c in Message.__table__.columns if c.type.python_type is str}
        lists = {"attachments": [], "history": []}
        row = texts | lists | {"attempt": 0, "dated_at": clock.now(), "try_at": clock.now()}
        writing.execute(
            Message.__table__.insert(),
            [row | {"key": f"{n}", "state": SENT if n % 500 else QUEUED} for n in range(5000)],
        )
    is_sqlite = db.engine().dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    if not is_sqlite:
        session.execute(text("ANALYZE message"))
    due = (
        "SELECT id FROM message WHERE state IN ('queued', 'try_later') AND try_at <= now "
        "ORDER BY policy, try_at LIMIT 1"
    ).replace("now", "'2026-12-01'")
    leased = "SELECT id FROM message WHERE state = 'sending' AND lease_until <= '2026-12-01'"
    for query, index in ((due, "ix_message_due"), (leased, "ix_message_leased")):
        plan = "\n".join(str(row) for row in session.execute(text(explain + query)))
        assert index in plan, plan
        assert "TEMP B-TREE" not in plan
