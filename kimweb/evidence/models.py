"""Examination: when the chain was checked, and what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from kimweb.db import Base


class Examination(Base):
    """One check of the whole chain against its checkpoints, asked for by a person or by itself.

    `ended_at` is None while it waits or is under way; `findings` are sentences, none when all is
    whole.
    """

    __tablename__ = "examination"

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    entries: Mapped[int] = mapped_column(default=0)
    checkpoints: Mapped[int] = mapped_column(default=0)
    findings: Mapped[list[Any]]
