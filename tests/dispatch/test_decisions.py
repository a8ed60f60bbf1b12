"""What Staf decides about letters that cannot settle themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from kimweb import clock, db
from kimweb.dispatch import decisions, sending
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.decisions import DecisionError, Handover
from kimweb.dispatch.models import (
    BY_HAND,
    DOT,
    HELD,
    QUEUED,
    REFUSED,
    SENDING,
    SENT,
    UNKNOWN,
    Message,
)
from tests.conftest import HandClock
from tests.databases import both_databases
from tests.dispatch import post
from tests.world import World


def decide(how: Callable[..., None], message_id: int, **words: Any) -> Message:
    with db.writing() as session:
        how(session, session.get_one(Message, message_id), now=clock.now(), **words)
    return post.message(message_id)


def unknown_letter(hand_clock: HandClock) -> Message:
    post.queue()
    with db.writing() as session:
        (message,) = sending.claim(session, clock.now())
        assert message is not None
        sending.record_phase(session, message, DOT, clock.now())
    hand_clock.move(minutes=1)
    with db.writing() as session:
        sending.recover(session, clock.now())
    return message


@pytest.fixture
def staf(world: World) -> int:
    return world.person("staf").id


@both_databases
def test_staf_learns_that_an_unknown_letter_arrived(staf: int, hand_clock: HandClock) -> None:
    letter = unknown_letter(hand_clock)
    said = "Ditanyakan lewat telepon kepada Sekretaris Camat."
    row = decide(decisions.arrived, letter.id, by=staf, reason=said)
    assert (row.state, row.proof, row.settled_by) == (SENT, said, staf)
    assert row.settled_at == clock.now()


@both_databases
def test_staf_sends_an_unknown_letter_again_and_it_goes_out_once_more(
    staf: int, hand_clock: HandClock
) -> None:
    letter = unknown_letter(hand_clock)
    row = decide(decisions.send_again, letter.id, by=staf, reason="Camat belum menerima.")
    assert row.state == QUEUED
    assert row.history[-1]["by"] == staf
    assert row.history[-1]["note"] == "Camat belum menerima."
    with db.writing() as session:
        (again,) = sending.claim(session, clock.now())
    assert again is not None
    assert again.id == letter.id
    assert again.message_id == letter.message_id


def test_a_frozen_worker_that_wakes_up_after_the_decision_changes_nothing(
    staf: int, hand_clock: HandClock
) -> None:
    frozen = unknown_letter(hand_clock)
    decide(decisions.by_hand, frozen.id, by=staf, handed=Handover("Diterima."))
    with db.writing() as session:
        assert not sending.mark_sent(session, frozen, "250 ok", clock.now())
    assert post.message(frozen.id).state == BY_HAND


def test_a_refused_letter_goes_to_the_corrected_address_and_the_old_one_is_kept(
    app: Flask, staf: int
) -> None:
    message_id = post.queue()
    with db.writing() as session:
        (message,) = sending.claim(session, clock.now())
        assert message is not None
        sending.refuse(session, message, "550 5.1.1 tidak dikenal", clock.now())
    assert post.message(message_id).state == REFUSED
    row = decide(
        decisions.send_again,
        message_id,
        by=staf,
        reason="Alamat salah ketik.",
        email="Camat@Toari.Example",
    )
    assert (row.state, row.to_email, row.attempt) == (QUEUED, "Camat@toari.example", 0)
    assert "camat@toari.example" in row.history[-1]["note"]


def test_a_letter_by_courier_is_closed_with_its_proof(app: Flask, staf: int) -> None:
    message_id = post.queue(channel="caraka")
    assert post.message(message_id).state == HELD
    proof = "Diterima Nurdin, 23 November 2026 pukul 10.15, diantar Ilham."
    row = decide(decisions.by_hand, message_id, by=staf, handed=Handover(proof))
    assert (row.state, row.proof) == (BY_HAND, proof)


def test_every_decision_needs_its_words(app: Flask, staf: int) -> None:
    message_id = post.queue()
    with pytest.raises(DecisionError, match="diterima siapa"):
        decide(decisions.by_hand, message_id, by=staf, handed=Handover("  "))
    with pytest.raises(DecisionError, match="dari mana"):
        decide(decisions.arrived, message_id, by=staf, reason="")
    with pytest.raises(DecisionError, match="alasan"):
        decide(decisions.send_again, message_id, by=staf, reason="")
    with pytest.raises(AddressError):
        decide(
            decisions.send_again, message_id, by=staf, reason="Salah.", email="a@b\r\nBcc: c@d.e"
        )
    assert post.message(message_id).state == QUEUED


@both_databases
def test_nobody_decides_about_a_letter_while_it_is_being_sent(app: Flask, staf: int) -> None:
    message_id = post.queue()
    with db.writing() as session:
        sending.claim(session, clock.now())
    for how, words in (
        (decisions.by_hand, {"handed": Handover("Diterima Nurdin.")}),
        (decisions.arrived, {"reason": "Ditelepon."}),
        (decisions.send_again, {"reason": "Belum sampai."}),
    ):
        with pytest.raises(DecisionError, match="sudah berubah"):
            decide(how, message_id, by=staf, **words)
    assert post.message(message_id).state == SENDING


def test_a_letter_that_arrived_is_not_sent_again(app: Flask, staf: int) -> None:
    message_id = post.queue()
    with db.writing() as session:
        (message,) = sending.claim(session, clock.now())
        assert message is not None
        sending.mark_sent(session, message, "250 ok", clock.now())
    with pytest.raises(DecisionError):
        decide(decisions.send_again, message_id, by=staf, reason="Sekali lagi.")
    with pytest.raises(DecisionError):
        decide(decisions.by_hand, message_id, by=staf, handed=Handover("Diterima Nurdin."))


def test_only_a_letter_of_unknown_fate_can_be_said_to_have_arrived(app: Flask, staf: int) -> None:
    held = post.queue(channel="caraka")
    with pytest.raises(DecisionError):
        decide(decisions.arrived, held, by=staf, reason="Katanya sampai.")
    assert post.message(held).state != UNKNOWN
