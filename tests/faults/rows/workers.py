"""Rows 2 to 5: workers, the bell and the scheduler die in the middle of their work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb import claims, db
from kimweb.dispatch.models import SENT, UNKNOWN
from kimweb.documents import drafts
from kimweb.documents.models import LETTERS, Version
from tests.faults.harness import Rig
from tests.faults.matrix import row
from tests.faults.parts import wait_for

# What a worker passes while it makes a PDF: its first commit claims, its second one finishes.
MAKING = (
    ("before_commit", 1),
    ("after_commit", 1),
    ("work_claimed", 1),
    ("file_written", 1),
    ("file_kept", 1),
    ("before_commit", 2),
    ("after_commit", 2),
)
BEFORE_THE_DOT = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA")
# Named as the worker passes them; the letter may have arrived.
FROM_THE_DOT_ON = ("dot_recorded", "message_accepted")
UNKNOWN_SHOWN_SECONDS = 60


@row(2)
def worker_dies_while_it_makes_a_pdf(rig: Rig) -> None:
    """kill -9 of a worker before and after each commit and each file of a PDF."""
    cases = rig.cases(len(MAKING), at=3)
    with rig.reading():
        for case_id in cases:
            rig.player.work(case_id)
    rig.start("redis", *rig.workers)
    for case_id, (point, turn) in zip(cases, MAKING, strict=True):
        rig.hand_on(case_id)
        rig.arm("worker", point, turn)
        rig.ring(["tasks.documents.drain"])
        rig.until_reached("worker", point)
        rig.quiet()


@row(3, short=True)
def worker_dies_while_it_sends_a_letter(rig: Rig) -> None:
    """kill -9 of a worker at each SMTP verb, after the dot, and after the 250 before its commit."""
    before, after = ((), ("KEPT",)) if rig.short else (BEFORE_THE_DOT, ("DOT", "KEPT"))
    points = FROM_THE_DOT_ON[-1:] if rig.short else FROM_THE_DOT_ON
    cases = iter(rig.cases(len(before) + len(after) + len(points), at=10))
    rig.start("redis", *rig.workers)
    rig.quiet()
    for moment in before:
        _killed_by_the_server(rig, next(cases), moment)
    for moment in after:
        assert UNKNOWN in _killed_by_the_server(rig, next(cases), moment)
    for point in points:
        case_id = next(cases)
        rig.arm("mailer", point)
        rig.dispatch(case_id)
        rig.ring()
        _started_again(rig, point)
        assert UNKNOWN in _settled(rig, case_id)


@row(28, short=True)
def work_kills_its_worker(rig: Rig) -> None:
    """A PDF makes its worker crash every time: three attempts, then quarantine; others go on."""
    poison, sound = rig.cases(2, at=5)
    rig.start("redis", *rig.workers)
    rig.arm_every("worker", "work_claimed", 8, "SIGSEGV")
    with rig.reading(), db.writing() as session:
        _order_one_pdf(session, poison)
    rig.quiet()
    left = rig.disarm("worker", "work_claimed")
    assert left == 8 - claims.ATTEMPTS, f"{8 - left} attempts"
    with rig.reading() as session:
        assert len(_quarantined(session)) == 1, "no row is in quarantine"
    rig.hand_on(sound)
    rig.quiet()
    with rig.reading() as session:
        assert len(_quarantined(session)) == 1, "sound work was given up"


def _order_one_pdf(session: Session, case_id: int) -> None:
    """Let the PDF of one letter of a case be made once more."""
    letter = drafts.of_case(session, case_id, LETTERS)[0]
    version = session.get_one(Version, letter.current_version_id)
    version.state, version.attempt, version.try_at = claims.QUEUED, 0, version.frozen_at


def _quarantined(session: Session) -> list[Version]:
    return list(session.scalars(select(Version).where(Version.state == claims.QUARANTINED)))


def _killed_by_the_server(rig: Rig, case_id: int, moment: str) -> list[str]:
    """Send the letters of a case; the mail server kills the worker when it hears `moment`."""
    rig.sink.strike(moment, rig.parts["mailer"])
    rig.dispatch(case_id)
    rig.ring()
    _started_again(rig, moment)
    states = _settled(rig, case_id)
    if moment in BEFORE_THE_DOT:
        assert set(states) == {SENT}, (moment, states)
    return states


def _started_again(rig: Rig, moment: str) -> None:
    """Wait until the mailer is dead; start it as supervisord would."""
    wait_for(lambda: not rig.parts["mailer"].runs, 30, f"the mailer dies at {moment}")
    rig.start("mailer")


def _settled(rig: Rig, case_id: int) -> list[str]:
    """Wait until the letters of a case are settled; what is unknown must show within a minute."""
    died_at = rig.clock.now()
    rig.quiet()
    letters = rig.letters(case_id)
    assert letters, "no letter was queued"
    for letter in letters:
        if letter.state == UNKNOWN:
            shown = datetime.fromisoformat(letter.history[-1]["at"]) - died_at
            assert shown.total_seconds() <= UNKNOWN_SHOWN_SECONDS, shown
    return [letter.state for letter in letters]
