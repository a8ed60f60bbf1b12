"""What is written: Document, its frozen Versions, the Parafs on them, the Signature, numbers.

Around them: Rivals (texts typed at the same time), what a person has Seen, and Corrections.

A document's `fields` are the draft that writers edit. A hand-over freezes a Version: its
content never changes again, parafs and the signature are bound to its hash, and its PDF is
made by a worker. Documents belong to a case by its number only: cases stand to the right.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kimweb.claims import Work
from kimweb.db import Base

DISPOSITION = "disposition"
LETTERS = "letters"
REPORT = "report"

# A reserved number waits for its letter. One that was voided withdraws its letter: the public
# page says so, with the reason.
RESERVED, USED, VOID = "reserved", "used", "void"


class Document(Base):
    """One naskah dinas of a case. `papers` says which papers of the case it belongs to."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(index=True)
    papers: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(500))
    fields: Mapped[dict[str, Any]]
    # Raised by every saved edit; an editor that carries an older one is told of the conflict.
    edit: Mapped[int] = mapped_column(default=0)
    # By field who wrote it last: {"tempat": {"by": 5, "at": "2026-11-23T02:42:00+00:00"}}.
    hands: Mapped[dict[str, Any]] = mapped_column(default=dict)
    edited_at: Mapped[datetime | None]
    # The window in which the last edit was typed: its own answer may have been lost on the way.
    pad: Mapped[str] = mapped_column(String(16), default="")
    stamped: Mapped[bool] = mapped_column(default=False)
    number: Mapped[str | None] = mapped_column(String(150))
    dated_on: Mapped[date | None]
    current_version_id: Mapped[int | None]
    signed_version_id: Mapped[int | None]
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    versions: Mapped[list[Version]] = relationship(
        back_populates="document", order_by="Version.n", lazy="select"
    )
    addressees: Mapped[list[Addressee]] = relationship(
        order_by="Addressee.position", cascade="all, delete-orphan", lazy="selectin"
    )


class Rival(Base):
    """A text for one field that could not be saved: somebody else had changed the field meanwhile.

    It waits until somebody chooses between it and the saved text, so neither is lost.
    """

    __tablename__ = "rival"
    __table_args__ = (UniqueConstraint("document_id", "field", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    field: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Addressee(Base):
    """Who a letter goes to, as it was when chosen; `channel` is how it leaves the house."""

    __tablename__ = "addressee"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    position: Mapped[int]
    recipient_id: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200), default="")
    place: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    channel: Mapped[str] = mapped_column(String(16), default="email")


class Version(Work, Base):
    """A frozen state of a document; as a work row it is the PDF that has to be made."""

    __tablename__ = "version"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    n: Mapped[int]
    stage_id: Mapped[int | None]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))
    pdf_hash: Mapped[str | None] = mapped_column(String(64))
    pages: Mapped[int | None]
    frozen_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    frozen_at: Mapped[datetime]

    document: Mapped[Document] = relationship(back_populates="versions")
    parafs: Mapped[list[Paraf]] = relationship(order_by="Paraf.id")


class Seen(Base):
    """A person has had a version before them; `at` is the first time."""

    __tablename__ = "seen"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), primary_key=True)
    at: Mapped[datetime]


class Correction(Base):
    """What a reviewer wants changed in one field; it outlives the version it was written on.

    Whoever mends it ticks it off (`done_by`, `done_at`); the reviewer sees that the next time.
    """

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    field: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    lane: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    done_at: Mapped[datetime | None]


class Paraf(Base):
    """An official's approval of one version, bound to its hash; void after a return or change."""

    __tablename__ = "paraf"
    __table_args__ = (
        Index(
            "uq_paraf_live",
            "version_id",
            "lane",
            unique=True,
            sqlite_where=text("voided_at IS NULL"),
            postgresql_where=text("voided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    version_hash: Mapped[str] = mapped_column(String(64))
    step: Mapped[int]
    lane: Mapped[str] = mapped_column(String(16))
    capacity: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None] = mapped_column(Text)


class Certificate(Base):
    """With what a person signs electronically; the key is in a file, in a token or at BSrE.

    `reference` says where: a file of the certificates' folder, a label in the token, or the
    address by which BSrE knows the person. A passphrase is never kept.
    """

    __tablename__ = "certificate"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    means: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(254))
    # Empty where the certificate is seen only on what it signed (BSrE).
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    issuer: Mapped[str] = mapped_column(String(300), default="")
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    is_test: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Signature(Base):
    """The signing of one version at step 8: by whom, in what capacity, by which means.

    `code` is what the QR carries: nobody guesses it. `fingerprint` is the certificate that signed.
    """

    __tablename__ = "signature"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), unique=True)
    version_hash: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    capacity: Mapped[str] = mapped_column(String(16))
    means: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    code: Mapped[str] = mapped_column(String(32), unique=True)
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    # The scanned paper of a letter signed with a pen, taken in at step 9.
    scan_hash: Mapped[str | None] = mapped_column(String(64))


class Number(Base):
    """One number of a book and year; taken once, never used again, voided with a reason.

    `suffix` (".a") tells a number put in between, for a day that is past, from the plain one
    before it. `reason` says why a number was reserved or put in; `subject` and `recipient` what
    it was used for outside the program.
    """

    __tablename__ = "number"
    __table_args__ = (UniqueConstraint("book", "year", "n", "suffix"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    book: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]
    n: Mapped[int]
    suffix: Mapped[str] = mapped_column(String(8), default="", server_default="")
    text: Mapped[str] = mapped_column(String(150))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), index=True)
    subject: Mapped[str] = mapped_column(String(500), default="", server_default="")
    recipient: Mapped[str] = mapped_column(String(300), default="", server_default="")
    dated_on: Mapped[date]
    taken_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    taken_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default=USED)
    reason: Mapped[str] = mapped_column(Text, default="")
    voided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str] = mapped_column(Text, default="", server_default="")

    document: Mapped[Document | None] = relationship(lazy="joined")


class NumberBook(Base):
    """The counter of one book and year: the last number taken, raised under its row's lock.

    Numbers up to `on_paper` stand in the paper book that was kept before this program.
    """

    __tablename__ = "number_book"

    book: Mapped[str] = mapped_column(String(40), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
    on_paper: Mapped[int] = mapped_column(default=0, server_default="0")


class SrikandiReport(Base):
    """What SRIKANDI answered on a letter, written down by a person; the newest one counts."""

    __tablename__ = "srikandi_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    number: Mapped[str] = mapped_column(String(150), default="")
    dated_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class OwnKind(Base):
    """A kind of letter that an administrator put together: fields and fixed texts in order.

    A part is an object with `type` (one of fields.TYPES, or "fixed"), `label`, `required`, `text`
    and `columns`. Once it is ready it never changes: what was written with it must stay the same.
    """

    __tablename__ = "own_kind"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    shape: Mapped[str] = mapped_column(String(16))
    # The declared kind whose book and number pattern it shares.
    numbered_as: Mapped[str] = mapped_column(String(40))
    parts: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(String(16))
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
