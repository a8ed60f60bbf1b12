"""A case in everybody's hands at once, beside a model of thirty lines that says what must come.

Hypothesis chooses who presses what; after each press the office and the model are compared:
whether it was allowed, where the case stands, which parafs hold, what is signed and sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select

from kimweb import clock, db
from kimweb.cases import moves, queries
from kimweb.cases.models import FORWARD, SEND_BACK, Event, Stage
from kimweb.cases.situations import NotAllowed, NotPossible, Stale
from kimweb.commands.player import LETTER_KINDS, Player
from kimweb.deadlines import sweep
from kimweb.documents import drafts, regions
from kimweb.documents.models import LETTERS, Paraf, Version
from kimweb.people import roster
from kimweb.sop import shelf
from kimweb.sop.steps import LANES

# These ask for nothing but the papers as they come: whoever began the letters has filled them in.
PAPERWORK = ("typing", "review", "sign", "receive", "check")
# What a press came to.
DONE, NOT_THEIRS, NOT_NOW, TOO_LATE = "done", "not theirs", "not now", "too late"


@dataclass
class Model:
    """What ought to be: where the case stands, and what its letters carry."""

    step: int = 1
    is_open: bool = True
    worked: set[int] = field(default_factory=set)
    parafs: set[int] = field(default_factory=set)
    signed: bool = False
    moves: int = 0

    def forward(self, lane: str) -> str:
        """Press "teruskan" as `lane`; return what must come of it."""
        sop, here = shelf.sop(), shelf.sop().step(self.step)
        if lane not in here.lanes:
            return NOT_THEIRS
        # Whoever comes back to a step finds the work of the last visit still there.
        if here.requires and here.work not in PAPERWORK and self.step not in self.worked:
            return NOT_NOW
        if here.papers == LETTERS:
            self.parafs |= {self.step} if here.mark == "paraf" else set()
            self.signed |= here.mark == "signature"
        after = sop.after(self.step)
        self.is_open, self.step, self.moves = after is not None, self.step + 1, self.moves + 1
        return DONE

    def send_back(self, lane: str, to: int) -> str:
        here = shelf.sop().step(self.step)
        if lane not in here.lanes:
            return NOT_THEIRS
        if not here.may_return_to(to):
            return NOT_NOW
        if here.papers == LETTERS:
            self.parafs = {step for step in self.parafs if step < to}
        self.step, self.moves = to, self.moves + 1
        return DONE


class Moves(RuleBasedStateMachine):
    """One case; `lanes` press in any order. Runs in the app context of an office."""

    def __init__(self) -> None:
        super().__init__()
        self.player, self.model = Player(by_courier=True), Model()
        self.old: list[int] = []

    @initialize(far=st.sampled_from((8, 7, 6, 15, 1, 10)))
    def order(self, far: int) -> None:
        """Kadis orders, and the case goes as far as step `far` without a hitch."""
        village = regions.villages("74.01.25")[0].code
        self.case_id = self.player.open("Pembentukan KIM Polinggona", village)
        while self.model.step < far:
            self.hand_on()

    @precondition(lambda self: self.model.is_open)
    @rule()
    def work(self) -> None:
        """Whoever's turn it is does what the step asks for."""
        self.player.work(self.case_id)
        self.model.worked.add(self.model.step)

    @precondition(lambda self: self.model.is_open)
    @rule()
    def hand_on(self) -> None:
        """The step is done as it should be: most cases go on most of the time."""
        self.work()
        self.forward(shelf.sop().step(self.model.step).lane)

    @precondition(lambda self: self.model.is_open)
    @rule(lane=st.sampled_from(LANES))
    def forward(self, lane: str) -> None:
        stage_id = self._stage()
        came = self._press(lambda s, by: moves.forward(s, self.case_id, stage_id, by), lane)
        assert came == self.model.forward(lane), (lane, self.model)
        self._remember(came, stage_id)

    @precondition(lambda self: self.model.is_open)
    @rule(lane=st.sampled_from(LANES), to=st.integers(1, 17))
    def send_back(self, lane: str, to: int) -> None:
        self._send_back(lane, to)

    @precondition(lambda self: self.model.is_open and shelf.sop().step(self.model.step).returns)
    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        step = shelf.sop().step(self.model.step)
        self._send_back(step.lane, data.draw(st.sampled_from([r.to for r in step.returns])))

    @precondition(lambda self: self.old)
    @rule(data=st.data(), lane=st.sampled_from(LANES))
    def press_an_old_page(self, data: st.DataObject, lane: str) -> None:
        """A page that was open since before the move changes nothing."""
        stage_id = data.draw(st.sampled_from(self.old))
        lanes = shelf.sop().step(db.session().get_one(Stage, stage_id).step).lanes
        came = self._press(lambda s, by: moves.forward(s, self.case_id, stage_id, by), lane)
        assert came == (TOO_LATE if lane in lanes else NOT_THEIRS)

    @rule()
    def sweep(self) -> None:
        """The deadlines are looked at a day later; no case moves by itself."""
        sweep.run(clock.now())

    @invariant()
    def the_office_and_the_model_agree(self) -> None:
        if not hasattr(self, "case_id"):
            return
        session = db.session()
        session.rollback()
        stage = queries.open_stage(session, self.case_id)
        assert (stage is not None) == self.model.is_open
        assert stage is None or stage.step == self.model.step
        moved = Event.kind.in_((FORWARD, SEND_BACK))
        mine = Event.case_id == self.case_id
        assert session.scalar(select(func.count()).where(mine, moved)) == self.model.moves
        closed = select(func.count()).where(
            Stage.case_id == self.case_id, Stage.closed_at.is_not(None)
        )
        assert session.scalar(closed) == self.model.moves
        self._papers_agree()

    def _papers_agree(self) -> None:
        session = db.session()
        letters = drafts.of_case(session, self.case_id, LETTERS)
        live = select(Paraf.step).join(Version, Version.id == Paraf.version_id)
        for letter in letters:
            mine = live.where(Version.document_id == letter.id, Paraf.voided_at.is_(None))
            steps = set(session.scalars(mine))
            assert steps == self.model.parafs, (letter.kind, steps, self.model)
            assert (letter.signed_version_id is not None) == self.model.signed
        assert len(letters) in (0, len(LETTER_KINDS))

    def _send_back(self, lane: str, to: int) -> None:
        stage_id = self._stage()
        came = self._press(
            lambda s, by: moves.send_back(s, self.case_id, stage_id, by, to, "Perbaiki."), lane
        )
        assert came == self.model.send_back(lane, to), (lane, to, self.model)
        self._remember(came, stage_id)

    def _press(self, move, lane: str) -> str:  # type: ignore[no-untyped-def]
        try:
            with db.writing() as session:
                move(session, roster.holders(session, lane, shelf.today())[0])
        except NotAllowed:
            return NOT_THEIRS
        except NotPossible:
            return NOT_NOW
        except Stale:
            return TOO_LATE
        self.player._run_until_done("tasks.documents.drain")
        return DONE

    def _remember(self, came: str, stage_id: int) -> None:
        self.old += [stage_id] if came == DONE else []

    def _stage(self) -> int:
        stage = queries.open_stage(db.session(), self.case_id)
        assert stage is not None
        return stage.id
