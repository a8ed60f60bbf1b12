"""Two people press at the same time, at every point around a commit: one wins, the other is told.

Whoever begins first is held at a point of the transaction until the other has come through, or
waits for the lock. On SQLite the first writer holds the database from its beginning, on PostgreSQL
a stage is locked when the move looks at it: so who wins differs, and that one wins does not.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.cases import moves
from kimweb.cases.models import FORWARD, SEND_BACK, Event, Stage
from kimweb.cases.situations import Stale
from kimweb.people import roster
from kimweb.sop import shelf
from tests.databases import both_databases
from tests.world import World

Press = Callable[[Session, int, int], object]
# What the other may wait for the lock before the first goes on.
LONG_ENOUGH = 0.3
BEGUN, MOVED = "begun", "moved"


def forward(session: Session, case_id: int, stage_id: int) -> object:
    return moves.forward(session, case_id, stage_id, _holder(session, stage_id))


def send_back(session: Session, case_id: int, stage_id: int) -> object:
    by = _holder(session, stage_id)
    return moves.send_back(session, case_id, stage_id, by, 5, "Tanggal keliru.")


def _holder(session: Session, stage_id: int):  # type: ignore[no-untyped-def]
    lane = session.get_one(Stage, stage_id).lane
    return roster.holders(session, lane, shelf.today())[0]


def interleave(
    app: Flask, case_id: int, stage_id: int, first: Press, second: Press, at: str
) -> list[str]:
    """Let `first` be held at the point `at` while `second` tries; return what each came to."""
    is_there, may_go_on = threading.Event(), threading.Event()
    came = ["", ""]

    def hold(point: str) -> None:
        if point == at:
            is_there.set()
            may_go_on.wait(LONG_ENOUGH)

    def press(who: int, what: Press, pause: Callable[[str], None]) -> None:
        with app.app_context():
            try:
                with db.writing() as session:
                    pause(BEGUN)
                    what(session, case_id, stage_id)
                    pause(MOVED)
                came[who] = "done"
            except Stale:
                came[who] = "told"
            finally:
                db.session.remove()
                may_go_on.set()

    one = threading.Thread(target=press, args=(0, first, hold))
    one.start()
    assert is_there.wait(30)
    other = threading.Thread(target=press, args=(1, second, lambda _: None))
    other.start()
    one.join(30)
    other.join(30)
    return came


@both_databases
def test_of_two_who_press_one_wins_and_the_other_is_told(world: World) -> None:
    for first, second, at in (
        (forward, forward, BEGUN),
        (forward, forward, MOVED),
        (forward, send_back, MOVED),
        (send_back, forward, MOVED),
    ):
        case = world.case(at=6)
        stage_id = world.stage(case).id
        db.session.remove()
        came = interleave(world.app, case.id, stage_id, first, second, at)
        what = (first.__name__, second.__name__, at)
        assert Counter(came) == {"done": 1, "told": 1}, what
        assert moves_of(stage_id) == 1, what
        winner = (first, second)[came.index("done")]
        assert world.stage(case).step == (7 if winner is forward else 5), what
        assert opened(case.id) == 1


def moves_of(stage_id: int) -> int:
    moved = select(func.count()).where(
        Event.stage_id == stage_id, Event.kind.in_((FORWARD, SEND_BACK))
    )
    return db.session.scalar(moved) or 0


def opened(case_id: int) -> int:
    count = select(func.count()).where(Stage.case_id == case_id, Stage.closed_at.is_(None))
    return db.session.scalar(count) or 0
