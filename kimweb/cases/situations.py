"""Where a case stands for the person who wants to move it, and why a move may not be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.cases.models import SEND_BACK, Case, Stage
from kimweb.documents import drafts, office
from kimweb.documents.models import Document
from kimweb.people import access
from kimweb.people.models import Person
from kimweb.sop import shelf
from kimweb.sop.book import Sop, Step


class NotAllowed(Exception):
    """The person may not work on this step; the message says whose turn it is."""


class Stale(Exception):
    """The stage was closed before by somebody; the message says who did what, and when."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a move is not possible now, and what to do about it; both plain sentences."""

    text: str
    fix: str = ""


class NotPossible(Exception):
    """The move was refused; `blockers` are the reasons."""

    def __init__(self, reasons: Sequence[Blocker]) -> None:
        super().__init__(" ".join(reason.text for reason in reasons))
        self.blockers = list(reasons)


class NotSigned(NotPossible):
    """Everything was ready, but the signature did not come about; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Situation:
    """An open stage of a case, locked, as `by` finds it at `now`."""

    session: Session
    case: Case
    stage: Stage
    sop: Sop
    step: Step
    by: Person
    now: datetime

    @property
    def lane(self) -> str | None:
        """The lane in which `by` may work here; None when it is not their turn."""
        held = access.lanes_of(self.by, shelf.local(self.now).date())
        return next((lane for lane in self.step.lanes if lane in held), None)

    @property
    def papers(self) -> Sequence[Document]:
        """The documents that this step works on."""
        if self.step.papers is None:
            return []
        return drafts.of_case(self.session, self.case.id, self.step.papers)

    def signing(self) -> dict[str, Any]:
        """Return as what `by` puts a paraf or signature: lane, capacity, person."""
        lane = self.lane
        assert lane is not None
        on = shelf.local(self.now).date()
        return {
            "lane": lane,
            "capacity": access.capacity_in(self.by, lane, on),
            "person": self.by,
        }


def find(session: Session, case_id: int, stage_id: int, by: Person) -> Situation:
    """Return where the case stands, its stage locked; Stale when the stage is closed already."""
    stage = session.get(Stage, stage_id, with_for_update=True, populate_existing=True)
    if stage is None or stage.case_id != case_id:
        raise Stale("Langkah ini tidak ada pada kegiatan ini. Buka kembali kegiatannya.")
    if stage.closed_at is not None:
        raise Stale(what_happened(session, stage))
    case = session.get_one(Case, case_id)
    sop = shelf.sop(case.sop)
    return Situation(session, case, stage, sop, sop.step(stage.step), by, clock.now())


def find_own(session: Session, case_id: int, stage_id: int, by: Person) -> Situation:
    """As `find`; NotAllowed unless it is the turn of `by`."""
    here = find(session, case_id, stage_id, by)
    if here.lane is None:
        title = office.current().lane_title(here.step.lane)
        raise NotAllowed(f"Langkah {here.step.number} adalah tugas {title}, bukan tugas Anda.")
    return here


def what_happened(session: Session, stage: Stage) -> str:
    """Say who closed the stage, how and when, to somebody who came too late."""
    session.refresh(stage)
    who = session.get(Person, stage.closed_by) if stage.closed_by else None
    did = "mengembalikan" if stage.verdict == SEND_BACK else "meneruskan"
    at = shelf.local(stage.closed_at).strftime("%d-%m-%Y pukul %H.%M") if stage.closed_at else ""
    return (
        f"{who.name if who else 'Seseorang'} sudah {did} langkah {stage.step} pada {at}. "
        "Yang Anda kirim tidak mengubah apa pun; muat ulang halaman ini untuk melihat keadaannya."
    )
