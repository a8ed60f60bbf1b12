"""Rows 16 to 20, 26 and 31: the mail server is away, refuses, returns; a thousand recipients."""

from __future__ import annotations

import mailbox
import time
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select

from kimweb import db
from kimweb.dispatch.models import (
    BOUNCED,
    HELD,
    REFUSED,
    SENDING,
    SENT,
    TRY_LATER,
    UNKNOWN,
    WAITING,
    Message,
)
from kimweb.documents import drafts, files
from kimweb.documents.models import LETTERS
from tests.dispatch import dsn
from tests.faults.harness import Rig
from tests.faults.matrix import row
from tests.faults.oracle import copies_of
from tests.faults.parts import wait_for

THOUSAND = 1000
THOUSAND_SECONDS = 120
KILLS = 5


@row(16)
def mail_server_is_away(rig: Rig) -> None:
    """The mail server refuses connections for ten minutes: every letter waits, none is lost."""
    (case_id,) = rig.cases(1, at=10)
    address(rig, case_id, 20)
    rig.smtp.cut()
    rig.start("redis", *rig.workers, "web")
    staf = rig.browser("staf")
    page = staf.get(f"/cases/{case_id}")
    sent = staf.post(f"/cases/{case_id}/dispatches", page, stage=page.field("stage"))
    assert sent.status in (302, 303), sent.status
    for _ in range(10):
        rig.ring()
        time.sleep(0.5)
        rig.clock.move(minutes=1)
    waiting = rig.letters(case_id)
    assert {letter.state for letter in waiting} <= set(WAITING)
    assert sum(letter.attempt for letter in waiting) < 20, "the dead server was asked too often"
    rig.smtp.heal()
    rig.quiet()
    assert {letter.state for letter in rig.letters(case_id)} == {SENT}


@row(17)
def mail_server_says_later(rig: Rig) -> None:
    """4xx three times, as greylisting does: the delays grow, the letter goes once."""
    (case_id,) = rig.cases(1, at=10)
    rig.start("redis", *rig.workers)
    rig.quiet()
    letter = _first(rig, case_id)
    rig.sink.answer("RCPT", "451 4.7.1 greylisted", times=3, to=letter.to_email)
    rig.ring()
    rig.quiet()
    letter = _first(rig, case_id)
    tries = [datetime.fromisoformat(line["at"]) for line in letter.history]
    states = [line["state"] for line in letter.history]
    assert states == [TRY_LATER, TRY_LATER, TRY_LATER, SENT], states
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == sorted(gaps), gaps
    assert gaps[0] >= timedelta(seconds=48), gaps


@row(18)
def mail_server_refuses_some(rig: Rig) -> None:
    """550, 552 and 421 among others: what became of each recipient is its own."""
    (case_id,) = rig.cases(1, at=10)
    address(rig, case_id, 12)
    rig.start("redis", *rig.workers)
    rig.quiet()
    rig.kill("mailer")
    rig.dispatch(case_id)
    by_address = [letter.to_email for letter in rig.letters(case_id)]
    unknown_user, too_big, hung_up = by_address[2], by_address[5], by_address[8]
    rig.sink.answer("RCPT", "550 5.1.1 no such user", to=unknown_user)
    rig.sink.answer("DOT", "552 5.3.4 too big", to=too_big)
    rig.sink.answer("RCPT", "421 4.3.2 shutting down", to=hung_up)
    rig.start("mailer")
    rig.quiet()
    states = {letter.to_email: letter.state for letter in rig.letters(case_id)}
    expected = dict.fromkeys(by_address, SENT) | {unknown_user: REFUSED, too_big: REFUSED}
    assert states == expected, states


@row(19)
def mail_server_is_slow_or_hangs_up(rig: Rig) -> None:
    """It hangs up before, at and after the dot, and keeps the mailer waiting for its answer."""
    cases = iter(rig.cases(4, at=10))
    rig.start("redis", *rig.workers)
    rig.quiet()
    # Who hangs up while the body comes may be heard before the dot or, on a busy machine, after it.
    outcomes = {"DATA": {SENT}, "BODY": {SENT, UNKNOWN}, "KEPT": {UNKNOWN}}
    for moment, then in outcomes.items():
        letter = _first(rig, case_id := next(cases))
        rig.sink.drop(moment, to=letter.to_email)
        rig.ring()
        rig.quiet()
        assert _first(rig, case_id).state in then, moment
    case_id = next(cases)
    rig.sink.wait("KEPT", 15, to=_first(rig, case_id).to_email)
    rig.ring()
    wait_for(lambda: _first(rig, case_id).state == SENDING, 20, "the letter is handed over")
    wait_for(lambda: _first(rig, case_id).state == SENT, 40, "the slow answer is heard")


@row(20)
def letters_come_back(rig: Rig) -> None:
    """Accepted, then bounced: shown as returned; forged, foreign and automatic replies are not."""
    (case_id,) = rig.cases(1, at=10)
    address(rig, case_id, 6)
    rig.start("redis", *rig.workers)
    rig.dispatch(case_id)
    rig.quiet()
    letters = rig.letters(case_id)
    paths = {mail.recipient: mail.sender for mail in rig.sink.received}
    to = [paths[letter.to_email] for letter in letters]
    came_back = [
        dsn.report(to[0]),
        dsn.report(to[1], status="5.2.2"),
        dsn.report(to[1], status="5.2.2"),  # twice: the relay may say it twice
        dsn.report(to[2].replace(f"+{letters[2].id}-", f"+{letters[3].id}-")),
        dsn.report(to[2].rpartition("-")[0] + "-" + "a" * 20 + "@kantor.invalid"),
        dsn.report("kembali@kantor.invalid"),
        dsn.report(to[3], action="delayed", status="4.4.1"),
        dsn.away(to[4]),
    ]
    box = mailbox.Maildir(rig.returned)
    for mail in came_back:
        box.add(mail)
    _read_and_kill(rig)
    rig.quiet()
    states = [letter.state for letter in rig.letters(case_id)]
    assert states == [BOUNCED, BOUNCED, SENT, SENT, SENT, SENT, *states[6:]], states
    assert BOUNCED not in states[6:]


def _read_and_kill(rig: Rig) -> None:
    """Let the mailer read what came back, killed in the middle of it once."""
    rig.arm("mailer", "after_commit", 2)
    rig.ring(["tasks.dispatch.read_bounces"])
    wait_for(lambda: not rig.parts["mailer"].runs, 30, "the mailer dies while it reads")
    rig.disarm("mailer", "after_commit")
    rig.start("mailer")

    def read() -> bool:
        rig.ring(["tasks.dispatch.read_bounces"])
        return not any((rig.returned / "new").iterdir())

    wait_for(read, 40, "what came back is read")


@row(26)
def a_thousand_recipients_and_five_kills(rig: Rig) -> None:
    """1,000 recipients; kill -9 of everybody who sends, five times in the middle."""
    (case_id,) = rig.cases(1, at=10)
    count = 100 if rig.short else THOUSAND
    address(rig, case_id, count)
    rig.start("redis", *rig.workers, "beat")
    rig.twin("mailer")
    rig.start("mailer2")
    rig.quiet()
    before = len(rig.sink.received)
    began = time.monotonic()
    rig.dispatch(case_id)
    for kill in range(1, KILLS + 1):
        goal = before + count * kill // (KILLS + 1)
        _until_received(rig, goal)
        rig.kill("mailer", "mailer2")
        rig.start("mailer", "mailer2")
        # The leases of the dead run out after 45 s; nobody waits for that here.
        rig.clock.move(seconds=50)
    rig.quiet(THOUSAND_SECONDS)
    took = time.monotonic() - began
    rig.note = f"{count} recipients in {took:.0f} s"
    letters = [letter for letter in rig.letters(case_id) if letter.addressee_id]
    assert len(letters) >= count
    copies = copies_of(rig)
    for letter in letters:
        shown = letter.state in (SENT, UNKNOWN)
        assert shown, (letter.key, letter.state)
        assert copies[letter.message_id] == 1 or letter.state == UNKNOWN
    assert took <= THOUSAND_SECONDS, f"{took:.0f} s"


@row(31, short=True)
def stored_letter_is_altered(rig: Rig) -> None:
    """The signed PDF is changed, cut, emptied or taken away before it is sent."""
    cases = rig.cases(4, at=10)
    rig.start("redis", *rig.workers)
    rig.quiet()
    rig.kill("mailer")
    kept: list[tuple[int, object, bytes]] = []
    for case_id, harm in zip(cases, HARMS, strict=True):
        rig.dispatch(case_id)
        sha = rig.letters(case_id)[0].attachments[0]["sha256"]
        with rig.reading():
            file = files.store().path(sha)
        kept.append((case_id, file, file.read_bytes()))
        harm(file)
    rig.start("mailer")
    rig.quiet()
    for case_id, file, content in kept:
        assert {letter.state for letter in rig.letters(case_id)} == {HELD}, case_id
        file.write_bytes(content)


HARMS = (
    lambda file: file.write_bytes(file.read_bytes() + b"\n"),
    lambda file: file.write_bytes(file.read_bytes()[:-200]),
    lambda file: file.write_bytes(b""),
    lambda file: file.unlink(),
)


def address(rig: Rig, case_id: int, count: int) -> None:
    """Let the invitation of a case go to `count` recipients."""
    with rig.reading(), db.writing() as session:
        letters = drafts.of_case(session, case_id, LETTERS)
        invitation = next(letter for letter in letters if letter.addressees)
        named = [
            drafts.Address(f"Penerima {n}", "Kepala Desa", f"Desa {n}", f"p{n}@desa.invalid")
            for n in range(count)
        ]
        drafts.address(session, invitation, named)


def _first(rig: Rig, case_id: int) -> Message:
    """Return the first letter of a case, sent off if it was not yet."""
    if not rig.letters(case_id):
        rig.dispatch(case_id)
    return rig.letters(case_id)[0]


def _until_received(rig: Rig, goal: int) -> None:
    def come() -> bool:
        rig.ring()
        return len(rig.sink.received) >= goal or not _waiting(rig)

    wait_for(come, 60, f"{goal} mails arrive")


def _waiting(rig: Rig) -> int:
    with rig.reading() as session:
        query = select(func.count()).where(Message.state.in_(WAITING))
        return session.scalar(query) or 0
