"""Mails to oneself: they go the way of every mail, so that what they show is true for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.dispatch import letters, staff
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.models import Message
from kimweb.people.models import Person


def queue(session: Session, person: Person, now: datetime) -> None:
    """Queue a test mail to `person`; AddressError when they have no address."""
    if not person.email:
        raise AddressError("Isi dahulu alamat pos-el Anda; surat uji dikirim ke sana.")
    letter = letters.surat_uji(to_name=person.name, now=now)
    key = f"{_key(person)}{now.isoformat()}"
    staff.tell(session, key, "surat_uji", letter, person, now)


def copy(
    session: Session,
    person: Person,
    letter: letters.Letter,
    attachments: Sequence[dict[str, str]],
    now: datetime,
) -> None:
    """Queue a letter as its recipient will see it, but to `person`; its subject says so."""
    if not person.email:
        raise AddressError(
            "Isi dahulu alamat pos-el Anda pada halaman Akun; contoh dikirim ke sana."
        )
    key = f"copy-{person.id}-{now.isoformat()}"
    shown = replace(letter, subject=f"Contoh: {letter.subject}")
    staff.tell(session, key, "contoh_surat", shown, person, now, attachments=attachments)


def last(session: Session, person: Person) -> Message | None:
    """Return the newest test mail to `person`."""
    key = _key(person)
    mine = (Message.key >= key, Message.key < f"{key}~")
    return session.scalars(
        select(Message).where(*mine).order_by(Message.key.desc()).limit(1)
    ).first()


def _key(person: Person) -> str:
    return f"test-{person.id}-"
