"""Letters that came back from a recipient or were refused: what the address book remembers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.dispatch.models import RETURNED, Message, Recipient
from kimweb.documents.models import Addressee


def of(session: Session, recipient: Recipient) -> Sequence[Message]:
    """Return the letters that once came back from a recipient or were refused, newest first."""
    query = (
        select(Message)
        .join(Addressee, Addressee.id == Message.addressee_id)
        .where(Addressee.recipient_id == recipient.id)
        .order_by(Message.id.desc())
    )
    return [one for one in session.scalars(query) if _came_back(one)]


def unsettled(session: Session, ids: Collection[int]) -> set[int]:
    """Return which of the recipients have a letter that came back and was not settled since."""
    query = (
        select(Addressee.recipient_id)
        .join(Message, Message.addressee_id == Addressee.id)
        .where(Addressee.recipient_id.in_(ids), Message.state.in_(RETURNED))
    )
    return {number for number in session.scalars(query) if number is not None}


def _came_back(message: Message) -> bool:
    return message.state in RETURNED or any(
        line["state"] in RETURNED for line in message.history or ()
    )
