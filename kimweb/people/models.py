"""Person, and Holding: which lane of the SOP a person holds, since when, in what capacity."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kimweb.db import Base

AT_ONCE, DAILY = "at_once", "daily"
DEFINITIVE = "definitif"
CAPACITIES = (DEFINITIVE, "Plt.", "Plh.")


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
    # Raised when the password or a holding changes: every older login of this person ends.
    login_epoch: Mapped[int] = mapped_column(default=0)

    holdings: Mapped[list[Holding]] = relationship(back_populates="person", lazy="selectin")

    # What flask-login asks of a user.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None

    def get_id(self) -> str:
        return f"{self.id}.{self.login_epoch}"


class Holding(Base):
    """A lane held by a person in a period; `ends_on` is the last day, None for open-ended."""

    __tablename__ = "holding"
    __table_args__ = (Index("ix_holding_lane", "lane"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    lane: Mapped[str] = mapped_column(String(16))
    capacity: Mapped[str] = mapped_column(String(16), default=DEFINITIVE)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    decree: Mapped[str] = mapped_column(String(200), default="")

    person: Mapped[Person] = relationship(back_populates="holdings")
