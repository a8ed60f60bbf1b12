"""Sending what the outbox holds, over one line to the mail server."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.headerregistry import Address

from celery import shared_task
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kimweb import bell, clock, db, failpoints
from kimweb.cases import returns
from kimweb.deadlines import heartbeats
from kimweb.dispatch import (
    alarms,
    bounces,
    channels,
    digests,
    inboxes,
    mailer,
    seals,
    sender,
    sending,
    servers,
    verp,
)
from kimweb.dispatch.encoding import Attachment, Encoder, Mail
from kimweb.dispatch.failures import (
    Doubtful,
    LineDown,
    Refused,
    SendingError,
    TryLater,
    Unknown,
)
from kimweb.dispatch.models import DOT, LETTER, Message
from kimweb.documents import files
from kimweb.documents.store import StoreError
from kimweb.sop import shelf

log = logging.getLogger(__name__)

PART = "mailer"
# A drain ends early enough for its last message to wait out the mail server's patience.
DRAIN_SECONDS = 240
LOOK_SECONDS = 10
# Few enough that several workers share the list, many enough that claiming costs little.
CLAIM_MOST = 10
# A claim that took so long is given back, well inside its lease.
CLAIM_SECONDS = 15
# People see within a minute that nobody knows yet whether a letter arrived.
SHOWN_SECONDS = 40
# What the mail server took is written again after each of these pauses, well inside the lease.
SETTLE_AGAIN_SECONDS = (0.5, 1, 2, 4)
# A letter that policy keeps out is the recipient's trouble after so many attempts.
BARRED_ATTEMPTS = 3

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
    """One drain: the line, what is claimed and not begun, and what is done and not written.

    What became of a message is written at the next chance, which comes at once: while the server
    thinks about the next address, or, when it does not have to think, in the one transaction that
    records the next message's phase before its dot. A crash in between leaves it unknown.
    """

    def __init__(self, line: mailer.Session) -> None:
        self._line = line
        self._office = sender.office()
        self._from = sender.address()
        self._encoder = Encoder(files.store().read)
        self._seals = seals.Seals(files.store().read)
        self._claimed: deque[Message] = deque()
        self._claimed_at = 0.0
        self._done: list[Settle] = []
        self._looks_at = 0.0
        self._ends_at = time.monotonic() + DRAIN_SECONDS
        self._is_shut = False
        self._was_doubted = True

    def run(self) -> int:
        """Send what is due; return how many messages were tried.

        A database that fails ends the drain; what it should have kept is written once it answers.
        """
        try:
            return self._run()
        except SQLAlchemyError:
            self._write_again()
            raise

    def _run(self) -> int:
        tried = 0
        while message := self._following():
            self._done.append(self._deliver(message))
            if self._was_doubted:
                self._write()
            tried += 1
        return tried

    def _following(self) -> Message | None:
        is_fresh = time.monotonic() - self._claimed_at < CLAIM_SECONDS
        if self._claimed and is_fresh and not self._is_shut:
            return self._claimed.popleft()
        if self._is_due() and not self._may_send():
            self._is_shut = True
        with self._writing() as session:
            self._give_back(session)
            if self._is_shut or time.monotonic() >= self._ends_at:
                return None
            self._claimed.extend(sending.claim(session, clock.now(), self._share(session)))
        self._claimed_at = time.monotonic()
        return self._claimed.popleft() if self._claimed else None

    def _is_due(self) -> bool:
        """Whether it is time to look after dead workers and after the channel."""
        if time.monotonic() < self._looks_at:
            return False
        self._looks_at = time.monotonic() + LOOK_SECONDS
        return True

    def _may_send(self) -> bool:
        """Recover what dead workers left, fold notices, and try a line that failed before."""
        with self._writing() as session:
            sending.recover(session, clock.now())
            digests.fold(session, clock.now())
            heartbeats.record(session, PART, clock.now())
            gate = channels.gate(session, clock.now())
        return self._try_line() if gate == channels.TRY else gate == channels.OPEN

    def _try_line(self) -> bool:
        try:
            self._line.check(self._from.addr_spec)
        except SendingError as failure:
            self._done.append(self._line_failed(failure.reply))
            return False
        with self._writing() as session:
            channels.works(session)
        return True

    def _share(self, session: Session) -> int:
        per_minute = self._office.mail_per_minute
        if not per_minute:
            return CLAIM_MOST
        return channels.granted(session, CLAIM_MOST, per_minute, clock.now())

    def _deliver(self, message: Message) -> Settle:
        """Send one claimed message; return what to write about it."""
        failpoints.at("message_claimed")
        try:
            reply = self._send(message)
        except Overtaken:
            return _nothing
        except (StoreError, seals.Broken) as changed:
            return _altered(message, str(changed))
        except LineDown as failure:
            return _both(_put_back(message, failure.reply), self._line_failed(failure.reply))
        except Doubtful as failure:
            return _both(_doubtful(message, failure), self._doubted(failure.reply))
        except SendingError as failure:
            return _settling(_settler(failure), message, failure.reply)
        failpoints.at("message_accepted")
        sent = _settling(sending.mark_sent, message, reply)
        if not self._was_doubted:
            return sent
        self._was_doubted = False
        return _both(sent, channels.works)

    def _send(self, message: Message) -> str:
        waits_since: list[float] = []

        def before_dot() -> None:
            with self._writing() as session:
                if not sending.record_phase(session, message, DOT, clock.now()):
                    raise Overtaken
            waits_since.append(time.monotonic())
            failpoints.at("dot_recorded")

        def alive() -> None:
            waits = time.monotonic() - waits_since[0] if waits_since else 0.0
            try:
                tell(waits)
            except SQLAlchemyError as failure:
                if not waits:
                    raise
                # The letter is with the server: its answer counts more than this sign of life.
                log.warning("a waiting mailer cannot say so: %s", failure)

        def tell(waits: float) -> None:
            with self._writing() as session:
                heartbeats.record(session, PART, clock.now())
                self._give_back(session)
                if waits > SHOWN_SECONDS and message.policy == LETTER:
                    sending.unknown_yet(session, message, clock.now())
                else:
                    sending.renew(session, message, clock.now())

        self._seals.check(db.session(), message)
        db.session.rollback()  # no transaction stays open while the mail server is waited for
        return self._line.send(
            verp.path(message, shelf.local(clock.now()).date()),
            message.to_email,
            self._encoder.encode(_mail(message, self._from)),
            before_dot=before_dot,
            alive=alive,
            meanwhile=self._write,
        )

    def _line_failed(self, reply: str) -> Settle:
        self._is_shut = True
        return self._troubled(channels.failed, reply)

    def _doubted(self, reply: str) -> Settle:
        self._was_doubted = True
        return self._troubled(channels.doubted, reply)

    def _troubled(self, note: Callable[..., bool], reply: str) -> Settle:
        def write(session: Session) -> None:
            pause = timedelta(seconds=self._office.mail_probe_seconds)
            if note(session, reply, pause, clock.now()):
                self._is_shut = True
                alarms.channel_paused(session, reply, clock.now())

        return write

    def _give_back(self, session: Session) -> None:
        """Let other workers have what was claimed here and not begun."""
        sending.put_back(session, self._claimed)
        self._claimed.clear()

    def _write(self) -> None:
        if self._done:
            with self._writing():
                pass

    def _write_again(self) -> None:
        for pause in SETTLE_AGAIN_SECONDS:
            try:
                return self._write()
            except SQLAlchemyError as failure:
                log.warning("what was sent cannot be written yet: %s", failure)
                time.sleep(pause)
        return self._write()

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        """A transaction that begins with what is done and not written yet."""
        with db.writing() as session:
            for settle in self._done:
                settle(session)
            yield session
        self._done.clear()


@shared_task(name="tasks.dispatch.drain")
def drain() -> int:
    """Send every message that is due; return how many were tried."""
    office = sender.office()
    server = servers.read(office.smtp_url)
    with mailer.Session(server, sender.host(), dot_seconds=office.mail_dot_seconds) as line:
        return Turn(line).run()


@shared_task(name="tasks.dispatch.read_bounces")
def read_bounces() -> dict[str, int]:
    """Read what came back since the last time; return how many mails were noted and ignored."""
    url = sender.office().bounces_url
    counts: Counter[str] = Counter()

    def take(content: bytes) -> bool:
        with db.writing() as session:
            outcome = bounces.take(session, content, clock.now(), returns.tell)
        counts[outcome] += 1
        return outcome != bounces.TOO_SOON

    try:
        if url:
            inboxes.read(url, take)
    except inboxes.InboxError as failure:
        log.error("bounces: %s", failure)
    if counts:
        log.warning("bounces: %s", dict(counts))
    return dict(counts)


def _nothing(_session: Session) -> None:
    """Nothing to write: somebody else has the message now."""


def _both(first: Settle, second: Settle) -> Settle:
    def write(session: Session) -> None:
        first(session)
        second(session)

    return write


def _put_back(message: Message, reply: str) -> Settle:
    return lambda session: sending.put_back(session, [message], reply)


def _settler(failure: SendingError) -> Settler:
    return next(settler for kind, settler in SETTLERS if isinstance(failure, kind))


def _doubtful(message: Message, failure: Doubtful) -> Settle:
    is_final = failure.barred and message.attempt >= BARRED_ATTEMPTS
    return _settling(sending.refuse if is_final else sending.try_later, message, failure.reply)


def _altered(message: Message, reason: str) -> Settle:
    """Keep the message in the house and tell the administrators."""
    held = _settling(sending.hold, message, reason)
    return _both(held, lambda session: alarms.altered(session, message, reason, clock.now()))


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
