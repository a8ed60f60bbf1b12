"""What comes back by mail: real bounces count, forged, old and automatic ones do not."""

from __future__ import annotations

import mailbox
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from kimweb import clock, db
from kimweb.dispatch import bounces, decisions, inboxes, verp
from kimweb.dispatch.models import BOUNCED, QUEUED, SENT, UNKNOWN
from tasks import dispatch
from tests.conftest import HandClock
from tests.databases import both_databases
from tests.dispatch import dsn, post
from tests.dispatch.imap import Inbox
from tests.dispatch.sink import Sink

RETURN = "kim-kembali@kolaka.example"


@pytest.fixture
def maildir(app: Flask, tmp_path: Path) -> mailbox.Maildir:
    """The Maildir into which the local relay puts what comes back."""
    folder = tmp_path / "kembali"
    box = mailbox.Maildir(folder, create=True)
    office = app.config["OFFICE"]
    app.config["OFFICE"] = replace(office, mail_return=RETURN, bounces_url=f"maildir://{folder}")
    return box


@pytest.fixture
def sent(sink: Sink, maildir: mailbox.Maildir) -> tuple[int, str]:
    """A letter that the server took, and the return path that it carried."""
    letter = post.queue()
    dispatch.drain()
    (received,) = sink.received
    return letter, received.sender


def test_every_mail_has_a_return_path_of_its_own(sent: tuple[int, str]) -> None:
    letter, path = sent
    local, _, domain = path.partition("@")
    assert local.startswith(f"kim-kembali+{letter}-261207-")
    assert domain == "kolaka.example"
    assert len(local) <= 64


@both_databases
def test_a_bounce_is_shown_with_its_code_in_our_words_and_remembered(
    sent: tuple[int, str], maildir: mailbox.Maildir
) -> None:
    letter, path = sent
    maildir.add(dsn.report(path))
    assert dispatch.read_bounces() == {bounces.NOTED: 1}
    row = post.message(letter)
    assert row.state == BOUNCED
    assert row.reply.startswith("Surat kembali: alamat tidak dikenal di server penerima (5.1.1).")
    assert "Recipient address rejected" in row.reply
    assert [line["state"] for line in row.history] == [SENT, BOUNCED]
    assert dispatch.read_bounces() == {}


def test_a_server_that_writes_in_capitals_is_understood(
    sent: tuple[int, str], maildir: mailbox.Maildir
) -> None:
    letter, path = sent
    maildir.add(dsn.report(path.upper(), status="5.2.2"))
    dispatch.read_bounces()
    assert "kotak surat penuh" in post.message(letter).reply


def forged(path: str) -> str:
    start, _, rest = path.rpartition("-")
    return f"{start}-{'a' * 20}{rest[20:]}"


@pytest.mark.parametrize(
    "mail",
    [
        lambda path: dsn.report(forged(path)),
        lambda path: dsn.report(path.replace("-261207-", "-991231-")),
        lambda path: dsn.report(path.replace("+1-", "+2-")),
        lambda _: dsn.report(RETURN),
        lambda path: dsn.report(path, action="delayed", status="4.4.1"),
        dsn.away,
        lambda _: b"",
        lambda path: b"To: " + path.encode() + b"\r\nContent-Type: multipart/report\r\n\r\n\xff",
    ],
    ids=["forged", "prolonged", "other", "unsigned", "delayed", "away", "empty", "broken"],
)
def test_what_is_no_genuine_bounce_changes_nothing(
    mail: Callable[[str], bytes], sent: tuple[int, str], maildir: mailbox.Maildir
) -> None:
    letter, path = sent
    maildir.add(mail(path))
    assert dispatch.read_bounces() == {bounces.IGNORED: 1}
    assert post.message(letter).state == SENT
    assert dispatch.read_bounces() == {}


def test_a_bounce_that_is_two_weeks_old_is_not_believed(
    sent: tuple[int, str], maildir: mailbox.Maildir, hand_clock: HandClock
) -> None:
    letter, path = sent
    hand_clock.move(days=15)
    maildir.add(dsn.report(path))
    assert dispatch.read_bounces() == {bounces.IGNORED: 1}
    assert post.message(letter).state == SENT


def test_a_bounce_of_the_old_address_does_not_touch_the_corrected_one(
    sent: tuple[int, str], maildir: mailbox.Maildir
) -> None:
    letter, path = sent
    maildir.add(dsn.report(path))
    dispatch.read_bounces()
    with db.writing() as session:
        decisions.send_again(
            session,
            post.message(letter),
            by=1,
            reason="salah ketik",
            email="camat@baru.example",
            now=clock.now(),
        )
    dispatch.drain()
    maildir.add(dsn.report(path))
    dispatch.read_bounces()
    assert post.message(letter).state == SENT


def test_a_bounce_and_a_receipt_settle_a_letter_of_unknown_fate(
    sink: Sink, maildir: mailbox.Maildir
) -> None:
    first, second = post.queue(), post.queue("surat/2")
    sink.drop("KEPT", times=2)
    dispatch.drain()
    assert [post.message(n).state for n in (first, second)] == [UNKNOWN, UNKNOWN]
    maildir.add(dsn.report(sink.received[0].sender))
    maildir.add(dsn.report(sink.received[1].sender, action="delivered", status="2.0.0"))
    assert dispatch.read_bounces() == {bounces.NOTED: 2}
    assert [post.message(n).state for n in (first, second)] == [BOUNCED, SENT]


def test_a_bounce_that_is_faster_than_our_own_writing_is_read_again_later(
    sink: Sink, maildir: mailbox.Maildir
) -> None:
    letter = post.queue()
    with db.writing() as session:
        (claimed,) = dispatch.sending.claim(session, clock.now())
    maildir.add(dsn.report(verp.path(claimed, dispatch.shelf.today())))
    assert dispatch.read_bounces() == {bounces.TOO_SOON: 1}
    with db.writing() as session:
        dispatch.sending.mark_sent(session, claimed, "250 ok", clock.now())
    assert dispatch.read_bounces() == {bounces.NOTED: 1}
    assert post.message(letter).state == BOUNCED


def test_bounces_are_read_from_a_mailbox_by_imap_and_marked_as_read(
    app: Flask, sent: tuple[int, str]
) -> None:
    letter, path = sent
    with Inbox([dsn.away(path), dsn.report(path)], ("kim", "s3kret")) as inbox:
        app.config["OFFICE"] = replace(app.config["OFFICE"], bounces_url=inbox.url)
        assert dispatch.read_bounces() == {bounces.IGNORED: 1, bounces.NOTED: 1}
        assert dispatch.read_bounces() == {}
    assert post.message(letter).state == BOUNCED


@pytest.mark.parametrize(
    "url", ["maildir:///tidak/ada", "imap://surat.example/INBOX", "imaps://localhost:1/INBOX"]
)
def test_a_mailbox_that_cannot_be_read_is_said_and_stops_nothing(
    app: Flask, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    app.config["OFFICE"] = replace(app.config["OFFICE"], bounces_url=url)
    assert dispatch.read_bounces() == {}
    assert "bounces:" in caplog.text
    with pytest.raises(inboxes.InboxError):
        inboxes.read(url, lambda _: True)


def test_without_a_return_address_the_office_itself_is_the_sender(sink: Sink) -> None:
    letter = post.queue()
    dispatch.drain()
    assert sink.received[0].sender == "kimweb@localhost"
    assert post.message(letter).state != QUEUED
