"""Notices to the people of the office: mails that the program writes by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kimweb.dispatch import digests, outbox
from kimweb.dispatch.letters import Letter
from kimweb.dispatch.models import NOTICE
from kimweb.people.models import Person
from kimweb.people.roster import Contact


def tell(session: Session, *facts: Any, **more: Any) -> None:
    """Queue the `notice` with these facts; with the same key it goes once."""
    outbox.queue_all(session, [notice(*facts, **more)])


def notice(
    key: str,
    name: str,
    letter: Letter,
    person: Person | Contact,
    now: datetime,
    *,
    case_id: int | None = None,
    attachments: Sequence[dict[str, str]] = (),
) -> dict[str, Any]:
    """Return the letter `name` to somebody as a row of the outbox, folded if they wish so."""
    return outbox.row(
        key=key,
        policy=NOTICE,
        letter=name,
        to=(person.name, person.email),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        attachments=attachments,
        case_id=case_id,
        person_id=person.id,
        now=now,
        gather_until=digests.waits_until(person.notices, name, now),
    )
