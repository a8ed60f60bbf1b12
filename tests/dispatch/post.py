"""Messages as tests queue them: a letter to the Camat of Toari, a notice to Kasi."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from kimweb import clock, db
from kimweb.dispatch import outbox
from kimweb.dispatch.models import LETTER, NOTICE, Message

CAMAT = ("Nurdin", "camat@toari.example")


def queue(key: str = "surat/1/1", **changes: Any) -> int:
    """Queue a message and commit; return its id."""
    facts: dict[str, Any] = {
        "key": key,
        "policy": LETTER,
        "letter": "surat",
        "to": CAMAT,
        "subject": "Undangan pembentukan KIM",
        "text": "Yth. Camat Toari\n",
        "html": "<p>Yth. Camat Toari</p>\n",
        "now": clock.now(),
    }
    with db.writing() as session:
        outbox.queue(session, **(facts | changes))
        return session.scalars(select(Message.id).where(Message.key == facts["key"])).one()


def notice(key: str = "tugas/1", **changes: Any) -> int:
    """Queue a notice, which may be doubled but never missed."""
    return queue(
        key, policy=NOTICE, letter="tugas_baru", to=("Fitriani", "kasi@kolaka.example"), **changes
    )


def message(message_id: int) -> Message:
    """Return the row as it stands now."""
    db.session.rollback()
    return db.session.scalars(
        select(Message).where(Message.id == message_id).execution_options(populate_existing=True)
    ).one()
