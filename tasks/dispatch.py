"""Sending what the outbox holds, over one line to the mail server."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from email.headerregistry import Address

from celery import shared_task
from sqlalchemy.orm import Session

from kimweb import bell, clock, db, failpoints
from kimweb.deadlines import heartbeats
from kimweb.dispatch import mailer, sender, sending, servers
from kimweb.dispatch.encoding import Attachment, Encoder, Mail
from kimweb.dispatch.failures import LineDown, Refused, SendingError, TryLater, Unknown
from kimweb.dispatch.models import DOT, LETTER, Message
from kimweb.documents import files
from kimweb.documents.store import StoreError

PART = "mailer"
# A drain ends early enough for its last message to wait out the mail server's patience.
DRAIN_SECONDS = 240
RECOVER_SECONDS = 10

Settle = Callable[[Session], object]
Settler = Callable[[Session, Message, str, datetime], bool]

SETTLERS: tuple[tuple[type[SendingError], Settler], ...] = (
    (TryLater, sending.try_later),
    (Refused, sending.refuse),
    (Unknown, sending.unknown),
)


class Overtaken(Exception):
    """The lease was lost before the final dot: somebody else sends this message."""


class Turn:
    """One drain: the line, when it ends, and when dead workers are looked for again."""

    def __init__(self, line: mailer.Session) -> None:
        self._line = line
        self._from = sender.address()
        self._encoder = Encoder(files.store().read)
        self._ends_at = time.monotonic() + DRAIN_SECONDS
        self._recovers_at = 0.0
        self._line_is_down = False

    def following(self, settle: Settle) -> Message | None:
        """Settle what was done and claim the next message, in one transaction."""
        now = time.monotonic()
        with db.writing() as session:
            settle(session)
            if now >= self._recovers_at:
                sending.recover(session, clock.now())
                heartbeats.record(session, PART, clock.now())
                self._recovers_at = now + RECOVER_SECONDS
            if self._line_is_down or now >= self._ends_at:
                return None
            return sending.claim(session, clock.now())

    def deliver(self, message: Message) -> Settle:
        """Send one claimed message; return what to write about it."""

        failpoints.at("message_claimed")

        def before_dot() -> None:
            with db.writing() as session:
                if not sending.record_phase(session, message, DOT, clock.now()):
                    raise Overtaken
            failpoints.at("dot_recorded")

        def alive() -> None:
            with db.writing() as session:
                sending.renew(session, message, clock.now())
                heartbeats.record(session, PART, clock.now())

        try:
            reply = self._line.send(
                self._from.addr_spec,
                message.to_email,
                self._encoder.encode(_mail(message, self._from)),
                before_dot=before_dot,
                alive=alive,
            )
        except Overtaken:
            return _nothing
        except StoreError as changed:
            return _settling(sending.hold, message, str(changed))
        except SendingError as failure:
            self._line_is_down = isinstance(failure, LineDown)
            return _settling(_settler(failure), message, failure.reply)
        failpoints.at("message_accepted")
        return _settling(sending.mark_sent, message, reply)


@shared_task(name="tasks.dispatch.drain")
def drain() -> int:
    """Send every message that is due; return how many were tried."""
    tried = 0
    server = servers.read(sender.office().smtp_url)
    with mailer.Session(server, sender.host()) as line:
        turn = Turn(line)
        message = turn.following(_nothing)
        while message:
            message = turn.following(turn.deliver(message))
            tried += 1
    return tried


def _nothing(_session: Session) -> None:
    """Nothing to write: there was no message, or somebody else has it now."""


def _settler(failure: SendingError) -> Settler:
    return next(settler for kind, settler in SETTLERS if isinstance(failure, kind))


def _settling(settler: Settler, message: Message, reply: str) -> Settle:
    def write(session: Session) -> None:
        settler(session, message, reply, clock.now())
        if message.policy == LETTER and message.case_id:
            bell.after_commit(session, topics=[f"case:{message.case_id}"])

    return write


def _mail(message: Message, by: Address) -> Mail:
    return Mail(
        sender=by,
        to=Address(message.to_name, addr_spec=message.to_email),
        subject=message.subject,
        text=message.text,
        html=message.html,
        message_id=message.message_id,
        dated_at=message.dated_at,
        automatic=message.policy != LETTER,
        attachments=tuple(Attachment(**part) for part in message.attachments),
    )
