"""What leaves the house: the address book, Message (the outbox) and Channel (the way out).

A Message holds everything it will say, frozen when it is queued. Its unique key makes "twice"
impossible in the database; its phase says how far SMTP had come, so that a message whose fate
is not known is never sent again by itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kimweb.db import Base

# Policies: a letter must never go twice by itself, a notice must never be missed.
LETTER = "letter"
NOTICE = "notice"

# States of a message. `unknown`: the final dot was sent, no answer came; a person decides.
QUEUED = "queued"
SENDING = "sending"
SENT = "sent"
TRY_LATER = "try_later"
REFUSED = "refused"
UNKNOWN = "unknown"
BOUNCED = "bounced"
BY_HAND = "by_hand"
HELD = "held"
# A person gave it up, with the reason; the report to Kasi names it.
UNDELIVERED = "undelivered"
# Of notices only: waiting to be folded with others into one mail, and folded.
GATHERED = "gathered"
FOLDED = "folded"

WAITING = (QUEUED, SENDING, TRY_LATER)
SETTLED = (SENT, BY_HAND)
ENDED = (*SETTLED, UNDELIVERED)
RETURNED = (REFUSED, BOUNCED)

# How far SMTP had come: before the final dot nothing was accepted, after it nobody knows.
BEFORE_DOT = ""
DOT = "dot"

# Partial indexes serve a query only if it repeats their condition word for word.
DUE = "state IN ('queued', 'try_later')"
LEASED = "state = 'sending'"
NOTICED = "person_id IS NOT NULL"
TROUBLED = "state IN ('refused', 'unknown', 'bounced')"


class Recipient(Base):
    """Somebody outside who receives letters; `region` is the Kemendagri code of the area."""

    __tablename__ = "recipient"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200), default="")
    place: Mapped[str] = mapped_column(String(200), default="")
    region: Mapped[str] = mapped_column(String(13), default="", index=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    channel: Mapped[str] = mapped_column(String(16), default="email")
    removed_at: Mapped[datetime | None]


class DistributionList(Base):
    """Recipients that were put together by hand and are addressed together: "Panitia Hari KIM"."""

    __tablename__ = "distribution_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)

    members: Mapped[list[Recipient]] = relationship(secondary="distribution_list_member")


_MEMBERS = Table(
    "distribution_list_member",
    Base.metadata,
    Column("list_id", ForeignKey("distribution_list.id", ondelete="CASCADE"), primary_key=True),
    Column("recipient_id", ForeignKey("recipient.id"), primary_key=True),
)


class Channel(Base):
    """How a way out of the house fares; nobody sends before `try_at`, then one worker tries.

    `failures` counts those in a row. `sent` is what left in the minute that began at `minute_at`.
    """

    __tablename__ = "channel"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(Text, default="")
    try_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    minute_at: Mapped[datetime | None]
    sent: Mapped[int] = mapped_column(default=0)

    @property
    def is_held(self) -> bool:
        """Whether somebody stopped it, rather than failures; only a person starts it again."""
        return self.paused_at is not None and self.failures == 0


class Message(Base):
    """One mail to one recipient: final text, attachments by hash, and how its sending goes."""

    __tablename__ = "message"
    __table_args__ = (
        Index(
            "ix_message_due",
            "policy",
            "try_at",
            sqlite_where=text(DUE),
            postgresql_where=text(DUE),
        ),
        Index(
            "ix_message_leased",
            "lease_until",
            sqlite_where=text(LEASED),
            postgresql_where=text(LEASED),
        ),
        Index(
            "ix_message_troubled",
            "dated_at",
            sqlite_where=text(TROUBLED),
            postgresql_where=text(TROUBLED),
        ),
        Index(
            "ix_message_noticed",
            "person_id",
            "dated_at",
            sqlite_where=text(NOTICED),
            postgresql_where=text(NOTICED),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    policy: Mapped[str] = mapped_column(String(8))
    letter: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[int | None] = mapped_column(index=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), index=True)
    addressee_id: Mapped[int | None] = mapped_column(ForeignKey("addressee.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(String(16), default="email")
    to_name: Mapped[str] = mapped_column(String(200))
    to_email: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(500))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    # [{"name": file name as the recipient sees it, "sha256": hex, "type": media type}]
    attachments: Mapped[list[Any]]
    message_id: Mapped[str] = mapped_column(String(200))
    dated_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default=QUEUED)
    phase: Mapped[str] = mapped_column(String(12), default="")
    attempt: Mapped[int] = mapped_column(default=0)
    try_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    owner: Mapped[str | None] = mapped_column(String(32))
    reply: Mapped[str] = mapped_column(Text, default="")
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    proof: Mapped[str] = mapped_column(Text, default="")
    # Who took the letter from the courier, and the photo of the receipt (an attachment's id).
    received_by: Mapped[str] = mapped_column(String(200), default="")
    receipt_id: Mapped[int | None]
    # What became of each attempt and what people decided, oldest first:
    # [{"at": ISO instant, "state": state, "reply": text, "by": person id or None, "note": text}]
    history: Mapped[list[Any]] = mapped_column(default=list)
