"""Sending what the outbox holds, over one line to the mail server."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from email.headerregistry import Address

from celery import shared_task
from sqlalchemy.orm import Session

from kimweb import bell, clock, db
from kimweb.dispatch import mailer, sender, sending, servers
from kimweb.dispatch.encoding import Attachment, Encoder, Mail
from kimweb.dispatch.failures import LineDown, Refused, SendingError, TryLater, Unknown
from kimweb.dispatch.models import DOT, LETTER, Message
from kimweb.documents import files
from kimweb.documents.store import StoreError

# A drain ends early enough for its last message to wait out the mail server's patience.
DRAIN_SECONDS = 240

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
    """One drain: the line, and whether to go on with it."""

    def __init__(self, line: mailer.Session) -> None:
        self._line = line
        self._encoder = Encoder(files.store().read)
        self._until = time.monotonic() + DRAIN_SECONDS
        self._line_is_down = False

    @property
    def goes_on(self) -> bool:
        return not self._line_is_down and time.monotonic() < self._until

    def deliver(self, message: Message) -> Settle:
        """Send one claimed message; return what to write about it."""

        def before_dot() -> None:
            with db.writing() as session:
                if not sending.record_phase(session, message, DOT, clock.now()):
                    raise Overtaken

        def alive() -> None:
            with db.writing() as session:
                sending.renew(session, message, clock.now())

        try:
            reply = self._line.send(
                sender.address().addr_spec,
                message.to_email,
                self._encoder.encode(_mail(message)),
                before_dot=before_dot,
                alive=alive,
            )
        except Overtaken:
            return lambda _: None
        except StoreError as changed:
            return _settling(sending.hold, message, str(changed))
        except SendingError as failure:
            self._line_is_down = isinstance(failure, LineDown)
            return _settling(_settler(failure), message, failure.reply)
        return _settling(sending.mark_sent, message, reply)


@shared_task(name="tasks.dispatch.drain")
def drain() -> int:
    """Send every message that is due; return how many were tried."""
    tried = 0
    server = servers.read(sender.office().smtp_url)
    with mailer.Session(server, sender.host()) as line:
        turn = Turn(line)
        message = _next(turn, lambda session: sending.recover(session, clock.now()))
        while message:
            message = _next(turn, turn.deliver(message))
            tried += 1
    return tried


def _next(turn: Turn, settle: Settle) -> Message | None:
    """Settle what was done and claim the next message, in one transaction."""
    with db.writing() as session:
        settle(session)
        return sending.claim(session, clock.now()) if turn.goes_on else None


def _settler(failure: SendingError) -> Settler:
    return next(settler for kind, settler in SETTLERS if isinstance(failure, kind))


def _settling(settler: Settler, message: Message, reply: str) -> Settle:
    def write(session: Session) -> None:
        settler(session, message, reply, clock.now())
        if message.policy == LETTER and message.case_id:
            bell.after_commit(session, topics=[f"case:{message.case_id}"])

    return write


def _mail(message: Message) -> Mail:
    return Mail(
        sender=sender.address(),
        to=Address(message.to_name, addr_spec=message.to_email),
        subject=message.subject,
        text=message.text,
        html=message.html,
        message_id=message.message_id,
        dated_at=message.dated_at,
        automatic=message.policy != LETTER,
        attachments=tuple(Attachment(**part) for part in message.attachments),
    )
