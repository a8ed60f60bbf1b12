"""Where a case stands for the person who wants to move it, and why a move may not be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from kimweb import clock, db
from kimweb.cases.models import SEND_BACK, Case, Stage
from kimweb.documents import drafts, office, versions
from kimweb.documents.models import Document
from kimweb.documents.versions import Reviewed
from kimweb.people import access, roster
from kimweb.people.access import Official
from kimweb.people.models import DEFINITIVE, Person
from kimweb.sop import shelf
from kimweb.sop.book import Sop, Step

_STANDING = (
    select(Stage.step, Stage.due_at, Stage.closed_at, Stage.paused_until, Case.subject, Case.sop)
    .join(Case, Case.id == Stage.case_id)
    .where(Stage.id == bindparam("stage_id"), Stage.case_id == bindparam("case_id"))
    .with_for_update(of=Stage)
)


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


class NotOpened(NotSigned):
    """The passphrase does not open the signer's key; each further try may lock it."""


@dataclass(frozen=True)
class Situation:
    """An open stage of a case, locked, as `by` finds it at `now`.

    What every move needs are plain values; the objects and papers behind are read when asked for.
    """

    session: Session
    case_id: int
    subject: str
    stage_id: int
    due_at: datetime
    sop: Sop
    step: Step
    by: Person | Official
    now: datetime
    # When the clock runs again by itself; None while it runs.
    paused_until: datetime | None = None

    @property
    def case(self) -> Case:
        """The case itself."""
        return self.session.get_one(Case, self.case_id)

    @property
    def stage(self) -> Stage:
        """The open stage itself."""
        return self.session.get_one(Stage, self.stage_id)

    @property
    def lane(self) -> str | None:
        """The lane in which `by` may work here; None when it is not their turn."""
        held = access.lanes_of(self.by, shelf.local(self.now).date())
        return next((lane for lane in self.step.lanes if lane in held), None)

    @cached_property
    def papers(self) -> Sequence[Document]:
        """The documents that this step works on."""
        if self.step.papers is None:
            return []
        return drafts.of_case(self.session, self.case_id, self.step.papers)

    @cached_property
    def reviewed(self) -> Sequence[Reviewed]:
        """The same papers as their review needs them, as they were before this step's own mark."""
        if self.step.papers is None:
            return []
        return versions.reviewed(self.session, self.case_id, self.step.papers)

    def acting(self) -> dict[str, str]:
        """Return lane and capacity of `by` for the history; nothing who acts in their own right."""
        if self.lane is None:
            return {}
        signing = self.signing()
        return {} if signing["capacity"] == DEFINITIVE else signing

    def signing(self) -> dict[str, str]:
        """Return as what `by` puts a paraf or signature: lane and capacity."""
        lane = self.lane
        assert lane is not None
        on = shelf.local(self.now).date()
        return {
            "lane": lane,
            "capacity": access.capacity_in(self.by, lane, on),
        }


def find(session: Session, case_id: int, stage_id: int, by: Person) -> Situation:
    """Return where the case stands, its stage locked.

    NotAllowed when the case has no such stage, Stale when the stage is closed already.
    """
    here, is_closed = _named(session, case_id, stage_id, by)
    if is_closed:
        raise Stale(what_happened(session, stage_id))
    return here


def find_own(session: Session, case_id: int, stage_id: int, by: Person) -> Situation:
    """As `find`; before all else NotAllowed unless it is, or was, the turn of `by`."""
    here, is_closed = _named(session, case_id, stage_id, by)
    if here.lane is None:
        title = office.current().lane_title(here.step.lane)
        raise NotAllowed(f"Langkah {here.step.number} adalah tugas {title}, bukan tugas Anda.")
    if is_closed:
        raise Stale(what_happened(session, stage_id))
    return here


def _named(session: Session, case_id: int, stage_id: int, by: Person) -> tuple[Situation, bool]:
    """Return the stage of that name as `by` finds it, and whether it is closed."""
    session.flush()
    found = db.run(session, _STANDING, case_id=case_id, stage_id=stage_id).one_or_none()
    if found is None:
        raise NotAllowed("Langkah ini tidak ada pada kegiatan ini. Buka kembali kegiatannya.")
    here = Situation(
        session,
        case_id,
        found.subject,
        stage_id,
        found.due_at,
        sop := shelf.sop(found.sop),
        sop.step(found.step),
        roster.official(session, by),
        clock.now(),
        found.paused_until,
    )
    return here, found.closed_at is not None


def what_happened(session: Session, stage_id: int) -> str:
    """Say who closed the stage, how and when, to somebody who came too late."""
    stage = session.get_one(Stage, stage_id, populate_existing=True)
    who = session.get(Person, stage.closed_by) if stage.closed_by else None
    did = "mengembalikan" if stage.verdict == SEND_BACK else "meneruskan"
    at = shelf.local(stage.closed_at).strftime("%d-%m-%Y pukul %H.%M") if stage.closed_at else ""
    return (
        f"{who.name if who else 'Seseorang'} sudah {did} langkah {stage.step} pada {at}. "
        "Yang Anda kirim tidak mengubah apa pun; muat ulang halaman ini untuk melihat keadaannya."
    )
