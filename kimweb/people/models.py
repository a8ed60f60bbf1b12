"""Person; Holding: which lane of the SOP they hold, when and in what capacity; Absence."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kimweb.db import Base

AT_ONCE, DAILY = "at_once", "daily"
DEFINITIVE = "definitif"
# In the place of a post's holder: Plt. while the post is vacant, Plh. while its holder is away.
PLT, PLH = "Plt.", "Plh."
ACTING = (PLT, PLH)
# Beside a post's holder, in their name: a.n. from one rank below, u.b. from two.
AN, UB = "a.n.", "u.b."
ON_BEHALF = (AN, UB)
CAPACITIES = (DEFINITIVE, *ACTING, *ON_BEHALF)


class Person(Base):
    """Somebody with an account. `rank` is pangkat/golongan as printed, `title` the jabatan."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    nip: Mapped[str] = mapped_column(String(40), default="")
    rank: Mapped[str] = mapped_column(String(100), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_example: Mapped[bool] = mapped_column(default=False)
    # When notices of ordinary work reach this person: AT_ONCE, or folded into one mail a DAILY.
    notices: Mapped[str] = mapped_column(String(8), default=AT_ONCE)
    disabled_at: Mapped[datetime | None]
    # Until when a password that somebody else knows lets in; None once its owner has chosen one.
    password_until: Mapped[datetime | None]

    holdings: Mapped[list[Holding]] = relationship(
        back_populates="person", lazy="selectin", foreign_keys="Holding.person_id"
    )
    absences: Mapped[list[Absence]] = relationship(
        back_populates="person", lazy="selectin", foreign_keys="Absence.person_id"
    )

    # What flask-login asks of a user.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None


class Holding(Base):
    """A lane held by a person in a period; `ends_on` is the last day, None for open-ended.

    `decree` and `decree_on` are number and date of the decision or order that says so.
    """

    __tablename__ = "holding"
    __table_args__ = (Index("ix_holding_lane", "lane"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    lane: Mapped[str] = mapped_column(String(16))
    capacity: Mapped[str] = mapped_column(String(16), default=DEFINITIVE)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    decree: Mapped[str] = mapped_column(String(200), default="")
    decree_on: Mapped[date | None]
    # The absence that this substitute was chosen for; both end together.
    absence_id: Mapped[int | None] = mapped_column(ForeignKey("absence.id"), index=True)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(back_populates="holdings", foreign_keys=[person_id])


class Absence(Base):
    """Somebody is away from `starts_on` to `ends_on`, both included: none of their lanes is held.

    `kind` is the reason as the office names it ("Cuti tahunan", "Dinas luar").
    """

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    decree: Mapped[str] = mapped_column(String(200), default="")
    recorded_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]

    person: Mapped[Person] = relationship(back_populates="absences", foreign_keys=[person_id])
    substitutes: Mapped[list[Holding]] = relationship(
        lazy="selectin", foreign_keys=[Holding.absence_id]
    )


class Login(Base):
    """A browser in which somebody is logged in, or was; `device` says it in words."""

    __tablename__ = "login"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    device: Mapped[str] = mapped_column(String(60))
    opened_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SecondFactor(Base):
    """The phone that shows codes for a person, and the hashes of recovery codes not yet used."""

    __tablename__ = "second_factor"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(300))
    # The half minute whose code was used last (RFC 6238, 5.2): none before it lets in again.
    last_step: Mapped[int]
    recovery: Mapped[list[Any]]
    enrolled_at: Mapped[datetime]


class Identity(Base):
    """Who a person is at the single sign-on: `subject` never changes there (OpenID Connect, 5.7).

    `label` is how they are called there, for their own eyes only.
    """

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    label: Mapped[str] = mapped_column(String(254))
    connected_at: Mapped[datetime]


class Attempt(Base):
    """Wrong attempts to log in, counted by the digest of where they come from or go to."""

    __tablename__ = "attempt"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
