"""What deadlines leave behind: rungs taken, stumbles, heartbeats, calendar changes, feeds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kimweb.db import Base


class Escalation(Base):
    """The key holds the due time: a new due time may escalate anew, the same one never twice."""

    __tablename__ = "escalation"
    __table_args__ = (UniqueConstraint("stage_id", "rung", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stage_id: Mapped[int] = mapped_column(ForeignKey("stage.id"))
    rung: Mapped[str] = mapped_column(String(24))
    due_at: Mapped[datetime]
    taken_at: Mapped[datetime]
    # Ids of the persons told; empty on a rung that was missed and folded into a higher one.
    told: Mapped[list[Any]]
    folded_into: Mapped[str | None] = mapped_column(String(24))


class Stumble(Base):
    """A stage that the sweep failed on, and when it last did; the auditor reports it."""

    __tablename__ = "stumble"

    stage_id: Mapped[int] = mapped_column(ForeignKey("stage.id"), primary_key=True)
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)


class Heartbeat(Base):
    """When a part of the program last showed that it lives: worker, sweep, auditor."""

    __tablename__ = "heartbeat"

    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]


class CalendarChange(Base):
    """One decision about one date or period; all of them, in order, lie over the calendar file.

    `before` and `after` are the facts of kimweb.sop.revising, empty where the file holds.
    """

    __tablename__ = "calendar_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    subject: Mapped[str] = mapped_column(String(120))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    # Open due times that the change touched, and how many of them were moved along.
    touched: Mapped[int]
    moved: Mapped[int]


class Vacancy(Base):
    """A lane in which nobody acts, from when that was noticed and told until it was filled."""

    __tablename__ = "vacancy"
    __table_args__ = (
        Index(
            "uq_vacancy_open",
            "lane",
            unique=True,
            sqlite_where=text("filled_at IS NULL"),
            postgresql_where=text("filled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lane: Mapped[str] = mapped_column(String(16))
    noticed_at: Mapped[datetime]
    filled_at: Mapped[datetime | None]


class Measure(Base):
    """One ended visit of a step, measured in working minutes; its key is the event that ended it.

    `waiting_lane` is who received the work next, and so waited for it.
    """

    __tablename__ = "measure"
    # The evaluation counts how often each length occurred: from this index alone.
    __table_args__ = (Index("ix_measure_lengths", "sop", "year", "step", "minutes"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    sop: Mapped[str] = mapped_column(String(80))
    step: Mapped[int]
    visit: Mapped[int]
    lane: Mapped[str] = mapped_column(String(16))
    waiting_lane: Mapped[str | None] = mapped_column(String(16))
    # When it ended, on the office's calendar.
    year: Mapped[int]
    month: Mapped[int]
    minutes: Mapped[int]
    late_minutes: Mapped[int]
    is_late: Mapped[bool]


class StepPace(Base):
    """How many working minutes the office takes for a step of a case, worked out from Measure."""

    __tablename__ = "step_pace"

    sop: Mapped[str] = mapped_column(String(80), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    minutes: Mapped[int]


class Feed(Base):
    """A person's private calendar address; only the hash of its secret is kept."""

    __tablename__ = "feed"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
