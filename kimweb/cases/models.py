"""The work itself: Case, Stage (a row per visit of a step), Pause, Event, and the fieldwork."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kimweb.claims import Work
from kimweb.db import Base

FORWARD = "forward"
SEND_BACK = "send_back"


class Case(Base):
    """One run of the SOP, under the edition it began with."""

    __tablename__ = "kim_case"

    id: Mapped[int] = mapped_column(primary_key=True)
    sop: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(300))
    district: Mapped[str] = mapped_column(String(8))
    village: Mapped[str] = mapped_column(String(13))
    planned_on: Mapped[date]
    instruction: Mapped[str] = mapped_column(Text)
    opened_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)


class Stage(Base):
    """One visit of a step: open until somebody forwards it or sends it back."""

    __tablename__ = "stage"
    __table_args__ = (
        # A case has at most one open stage: the database itself refuses a second one.
        Index(
            "uq_stage_open",
            "case_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_stage_lane_due",
            "lane",
            "due_at",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_stage_step_due",
            "step",
            "lane",
            "due_at",
            "case_id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_stage_returned",
            "lane",
            "due_at",
            sqlite_where=text("closed_at IS NULL AND returned_from IS NOT NULL"),
            postgresql_where=text("closed_at IS NULL AND returned_from IS NOT NULL"),
        ),
        Index(
            "ix_stage_next_rung",
            "next_rung_at",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        UniqueConstraint("case_id", "step", "visit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("kim_case.id"))
    step: Mapped[int]
    visit: Mapped[int]
    lane: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    # When the deadline ladder has to look at this stage next; None when every rung is taken.
    next_rung_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    verdict: Mapped[str | None] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text, default="")
    # Set when this visit began with a return: the stage that sent the work back.
    returned_from: Mapped[int | None]
    # While the clock stands: since when, and when it runs again; due_at already counts with that.
    paused_at: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    # Working minutes for which the clock stood before.
    paused_minutes: Mapped[int] = mapped_column(default=0, server_default="0")


class Pause(Base):
    """The clock of a stage stood still from `began_at` to `ended_at`, at the latest `until`.

    `due_at` is when the stage would have been due without this pause.
    """

    __tablename__ = "pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    stage_id: Mapped[int] = mapped_column(ForeignKey("stage.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    began_at: Mapped[datetime]
    until: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Event(Base):
    """Append-only history of a case; worded as an Indonesian sentence when it is read."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("kim_case.id"), index=True)
    stage_id: Mapped[int | None] = mapped_column(ForeignKey("stage.id"))
    kind: Mapped[str] = mapped_column(String(40))
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    facts: Mapped[dict[str, Any]]


class TeamMember(Base):
    """Somebody who goes to the village: a person of the office or somebody from outside."""

    __tablename__ = "team_member"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("kim_case.id"), index=True)
    position: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(60))


class Departure(Base):
    """How and when the team leaves (step 11), and which equipment of the SOP is ready."""

    __tablename__ = "departure"

    case_id: Mapped[int] = mapped_column(ForeignKey("kim_case.id"), primary_key=True)
    leaves_on: Mapped[date | None]
    returns_on: Mapped[date | None]
    transport: Mapped[str] = mapped_column(String(200), default="")
    gathering: Mapped[str] = mapped_column(String(200), default="")
    equipment: Mapped[list[Any]]
    note: Mapped[str] = mapped_column(Text, default="")


class Activity(Base):
    """What happened in the village (step 12) and what the report needs of it (step 13)."""

    __tablename__ = "activity"

    case_id: Mapped[int] = mapped_column(ForeignKey("kim_case.id"), primary_key=True)
    # Raised by every saved edit; a device that carries an older one is told of the conflict.
    edit: Mapped[int] = mapped_column(default=0)
    held_on: Mapped[date | None]
    place: Mapped[str] = mapped_column(String(200), default="")
    minutes: Mapped[str] = mapped_column(Text, default="")
    decisions: Mapped[str] = mapped_column(Text, default="")
    costs: Mapped[str] = mapped_column(Text, default="")
    obstacles: Mapped[str] = mapped_column(Text, default="")
    suggestions: Mapped[str] = mapped_column(Text, default="")


class Attendee(Base):
    """Somebody who was there; `key` is made on the device, so that nothing doubles."""

    __tablename__ = "attendee"
    __table_args__ = (UniqueConstraint("case_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("kim_case.id"), index=True)
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    sex: Mapped[str] = mapped_column(String(1), default="")
    origin: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    # How the name came onto the list; empty: written down by the team on its page.
    via: Mapped[str] = mapped_column(String(8), default="", server_default="")
    # Perhaps the same person as this row: not counted before somebody has decided.
    same_as: Mapped[int | None]
    added_at: Mapped[datetime | None]


class GuestDoor(Base):
    """Until `closes_at` whoever knows `code` may write themselves down as present."""

    __tablename__ = "guest_door"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("kim_case.id"), index=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    opened_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime]


class FieldEntry(Base):
    """What a phone has sent and the office has stored: sent again under its key, it is known."""

    __tablename__ = "field_entry"

    case_id: Mapped[int] = mapped_column(ForeignKey("kim_case.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class FieldRival(Base):
    """A text from one device for a field that another device has changed; somebody chooses."""

    __tablename__ = "field_rival"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("kim_case.id"), index=True)
    part: Mapped[str] = mapped_column(String(12))
    field: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Attachment(Base):
    """A file of a case: a photo of the activity, a scan, report material."""

    __tablename__ = "attachment"
    # The same file sent twice is one file: phones repeat what they are not sure of.
    __table_args__ = (UniqueConstraint("case_id", "purpose", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("kim_case.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    thumbnail: Mapped[str | None] = mapped_column(String(64))
    caption: Mapped[str] = mapped_column(String(300), default="")
    added_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]


class Archive(Work, Base):
    """The archive of a closed case (step 17); as a work row it is the bundle to be made."""

    __tablename__ = "archive"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("kim_case.id"), unique=True)
    classification: Mapped[str] = mapped_column(String(40))
    location: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text, default="")
    # How long it is kept at hand, then in store, and what becomes of it after that.
    active: Mapped[str] = mapped_column(String(60), default="", server_default="")
    inactive: Mapped[str] = mapped_column(String(60), default="", server_default="")
    fate: Mapped[str] = mapped_column(String(60), default="", server_default="")
    bundle_hash: Mapped[str | None] = mapped_column(String(64))
    bundle_bytes: Mapped[int | None]

    case: Mapped[Case] = relationship()


class Addendum(Base):
    """Something added to a case after it was closed, with at most one file; never changed."""

    __tablename__ = "addendum"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("kim_case.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255), default="")
    media_type: Mapped[str] = mapped_column(String(80), default="")
    added_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
