"""Entry: one link of the chain; Checkpoint: a signed word on how long it was."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kimweb.db import Base


class Entry(Base):
    """Who did what and when, sealed by the hash of the entry before it.

    Everything is text or a number, so that the hash is the same on every database. What was done
    in detail is `payload`: the chain holds only its salted digest, so that personal data can be
    taken out (UU 27/2022) and the chain still stands. The database lets nothing else be changed.
    """

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # ISO 8601 in UTC, to the microsecond.
    at: Mapped[str] = mapped_column(String(32))
    # The person's number, None for the program itself and for strangers.
    actor: Mapped[int | None]
    capacity: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[int | None] = mapped_column(index=True)
    stage_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(60))
    payload_digest: Mapped[str] = mapped_column(String(64))
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    salt: Mapped[str | None] = mapped_column(String(32))
    payload: Mapped[str | None] = mapped_column(Text)


class Checkpoint(Base):
    """A signed word on how far the chain had come; a copy of it lies outside the database.

    `words` is its JSON text as it was mailed and filed.
    """

    __tablename__ = "checkpoint"

    # The entry that it confirms.
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32))
    words: Mapped[str] = mapped_column(Text)
