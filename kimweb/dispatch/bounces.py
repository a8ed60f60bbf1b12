"""What a bounce does to its letter; the address book remembers it through the letter's history."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from kimweb import bell
from kimweb.dispatch import reports, verp
from kimweb.dispatch.models import BOUNCED, SENDING, SENT, UNKNOWN, Message
from kimweb.dispatch.reports import DELIVERED, FAILED, Report
from kimweb.dispatch.sending import remembered
from kimweb.sop import shelf

log = logging.getLogger(__name__)

NOTED = "noted"
IGNORED = "ignored"
TOO_SOON = "too soon"


def take(
    session: Session, content: bytes, now: datetime, tell: Callable[[Session, Message], None]
) -> str:
    """Do what a mail to the return path asks for: NOTED, IGNORED, or TOO_SOON to be read again.

    Ignored and logged: what is no report, what nobody signed, what is too old, and what only says
    that a server goes on trying. `tell` is called for a letter that came back.
    """
    mail = reports.opened(content)
    message = _genuine(session, list(reports.addresses(mail)), now)
    if message is None:
        return IGNORED
    report = reports.read(mail)
    if report is None or report.action not in (FAILED, DELIVERED):
        log.info("mail about message %s is no bounce", message.id)
        return IGNORED
    if message.state == SENDING:  # its worker has not written yet that the server took it
        return TOO_SOON
    outcome = _note(session, message, report, now)
    session.refresh(message)
    if outcome == NOTED and message.state == BOUNCED:
        tell(session, message)
    return outcome


def _genuine(session: Session, addresses: Collection[str], now: datetime) -> Message | None:
    """Return the message that a bounce is about, None (and a line in the log) for any doubt."""
    token = next(filter(None, map(verp.read, addresses)), None)
    if token is None:
        log.warning("a mail to the return path carries no token")
        return None
    message = session.get(Message, token.message_id, with_for_update=True)
    if message is None or not verp.is_genuine(token, message):
        log.warning("a bounce for message %s is forged or about an older address", token.message_id)
        return None
    if token.last_day < shelf.local(now).date():
        log.warning("a bounce for message %s came too late", token.message_id)
        return None
    return message


def _note(session: Session, message: Message, report: Report, now: datetime) -> str:
    state, before = (BOUNCED, (SENT, UNKNOWN)) if report.action == FAILED else (SENT, (UNKNOWN,))
    words = report.words if state == BOUNCED else f"Server penerima: sampai ({report.status})."
    settled_at = None if state == BOUNCED else now
    changed = session.execute(
        update(Message)
        .where(Message.id == message.id, Message.state.in_(before))
        .values(
            state=state,
            reply=words,
            history=remembered(message, state, now, reply=words),
            settled_at=settled_at,
        )
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    if not changed.rowcount:
        return IGNORED
    if message.case_id:
        bell.after_commit(session, topics=[f"case:{message.case_id}"])
    return NOTED
