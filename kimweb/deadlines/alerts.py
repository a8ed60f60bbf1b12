"""Who hears of a rung, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kimweb.deadlines.ladder import EMAIL, Rung
from kimweb.deadlines.pressing import OpenStage
from kimweb.dispatch import letters, staff
from kimweb.dispatch.letters import Letter
from kimweb.documents import office
from kimweb.people import access, roster
from kimweb.people.roster import Contact
from kimweb.sop import shelf


@dataclass(frozen=True, slots=True)
class Audience:
    """The persons who are told, and the lane in which they hear it."""

    lane: str
    people: Sequence[Contact]


class Hearing:
    """Who hears what at one moment; each lane is asked for once."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.now = now
        self._session = session
        self._today = shelf.local(now).date()
        self._holders: dict[str, Sequence[Contact]] = {}
        self._audiences: dict[str, Audience] = {}

    def audience(self, lane: str) -> Audience:
        """Return who hears what is told to `lane`.

        A lane with nobody in it passes it on one rank up; above Kadis only the administrators are
        left, because an alert that nobody hears would be lost.
        """
        if lane not in self._audiences:
            self._audiences[lane] = self._ask(lane)
        return self._audiences[lane]

    def _ask(self, lane: str) -> Audience:
        if people := self._acting(lane):
            return Audience(lane, people)
        superior, above = roster.above(self._session, lane, self._today)
        told = [Contact(p.id, p.name, p.email or "", p.notices) for p in above]
        return Audience(superior or access.CHAIN[-1], told)

    def _acting(self, lane: str) -> Sequence[Contact]:
        if lane not in self._holders:
            self._holders[lane] = roster.contacts(self._session, lane, self._today)
        return self._holders[lane]

    def mails(self, stage: OpenStage, rung: Rung, heard: Audience) -> list[dict[str, Any]]:
        """Return a mail, as a row of the outbox, to everybody who hears of the rung and has an
        address."""
        if rung.channel != EMAIL:
            return []
        due = int(stage.due_at.timestamp())
        return [
            self._mail(f"rung-{stage.id}-{rung.name}-{due}-{person.id}", stage, person)
            for person in heard.people
            if person.email
        ]

    def _mail(self, key: str, stage: OpenStage, person: Contact) -> dict[str, Any]:
        name, letter = self._letter(stage, person)
        return staff.notice(key, name, letter, person, self.now, case_id=stage.case_id)

    def _letter(self, stage: OpenStage, person: Contact) -> tuple[str, Letter]:
        """A reminder for whoever should do the work, a request for direction for anybody else."""
        work: dict[str, Any] = {
            "to_name": person.name,
            "case_id": stage.case_id,
            "subject": stage.subject,
            "step": stage.step,
            "due_at": stage.due_at,
            "now": self.now,
        }
        if person in self._acting(stage.lane):
            return "pengingat", letters.pengingat(**work)
        return "eskalasi", letters.eskalasi(**work, holder=self._named(stage.lane))

    def _named(self, lane: str) -> str:
        """Return "Kepala Seksi (Wa Ode Fitriani, S.I.Kom)", or that nobody holds the lane."""
        names = "; ".join(person.name for person in self._acting(lane))
        return f"{office.current().lane_title(lane)} ({names or 'belum ada pejabatnya'})"
