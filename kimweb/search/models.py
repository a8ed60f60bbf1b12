"""Entry: one thing that can be found; Word: any of their words; Due: an entry out of date."""

from __future__ import annotations

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kimweb.db import Base

CASE, LETTER, RECIPIENT, GROUP, PERSON = KINDS = "case", "letter", "recipient", "group", "person"


class Entry(Base):
    """What is shown of a thing that was found, and the folded words by which it is found.

    `thing` is its id in its own table, `case_id` the case through which it may be seen; both
    databases index `words` themselves (migration 0022).
    """

    __tablename__ = "search_entry"
    __table_args__ = (
        UniqueConstraint("kind", "thing"),
        Index("ix_search_entry_kind_id", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    thing: Mapped[int]
    case_id: Mapped[int | None]
    year: Mapped[int | None] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(String(500))
    text: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)


class Word(Base):
    """A folded word that occurs, or did: by these a beginning that was typed is completed."""

    __tablename__ = "search_word"

    word: Mapped[str] = mapped_column(
        String(40).with_variant(String(40, collation="C"), "postgresql"), primary_key=True
    )


class Due(Base):
    """A thing that was added, changed or removed; the database's triggers write it.

    Whoever changes a thing, by whatever way, leaves one; the same commit takes it away again.
    """

    __tablename__ = "search_due"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    thing: Mapped[int]
