"""The register of KIM (Kelompok/Komunitas Informasi Masyarakat) and their officers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kimweb.db import Base

FORMED = "dibentuk"
CONFIRMED = "dikukuhkan"
ACTIVE = (FORMED, CONFIRMED, "aktif")
STATES = ("dipetakan", FORMED, CONFIRMED, "aktif", "vakum", "bubar")


class Group(Base):
    """One KIM: where it is, since when, from which case, in which state of its life."""

    __tablename__ = "kim_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(200))
    district: Mapped[str] = mapped_column(String(8), index=True)
    village: Mapped[str] = mapped_column(String(13), index=True)
    address: Mapped[str] = mapped_column(Text, default="")
    formed_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(16), default=FORMED)
    members_male: Mapped[int] = mapped_column(default=0)
    members_female: Mapped[int] = mapped_column(default=0)
    potential: Mapped[str] = mapped_column(Text, default="")
    # By which it spreads what it knows: a page, a channel, a notice board.
    media: Mapped[str] = mapped_column(Text, default="", server_default="")
    facts: Mapped[dict[str, Any]]
    # Raised by every saved edit; a device that carries an older one is told of the conflict.
    edit: Mapped[int] = mapped_column(default=0)
    registered_at: Mapped[datetime]

    officers: Mapped[list[Officer]] = relationship(
        order_by="Officer.position", cascade="all, delete-orphan", lazy="selectin"
    )


class Officer(Base):
    """A pengurus of a group. Phone numbers are personal data and stay inside the unit."""

    __tablename__ = "officer"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("kim_group.id"), index=True)
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    sex: Mapped[str] = mapped_column(String(1), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")


class GroupRecord(Base):
    """Something a group did, a visit to it, or a decree about it; with at most one file."""

    __tablename__ = "group_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("kim_group.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    on: Mapped[date]
    # Of a work the letter of ADINDA, of a decree who gave it.
    topic: Mapped[str] = mapped_column(String(20), default="")
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255), default="")
    media_type: Mapped[str] = mapped_column(String(80), default="")
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
