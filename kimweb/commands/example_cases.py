"""A few cases under way in the example office, as if it had worked on them in past days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from kimweb import clock
from kimweb.commands.player import Player
from kimweb.documents import regions
from kimweb.sop import shelf


class Begun(NamedTuple):
    """A case: in which kecamatan, at which step (None: closed), begun when, and left how long.

    `left` is the working time in minutes since its last move.
    """

    district: str
    step: int | None
    days_ago: int
    left: int


# Up to this step the letters still wait to be sent.
SENT_AFTER = 10

CASES = (
    Begun("74.01.08", None, 60, 9_000),
    Begun("74.01.10", 15, 21, 5),
    Begun("74.01.20", 12, 14, 120),
    Begun("74.01.24", 11, 10, 90),
    Begun("74.01.07", 10, 9, 4),
    Begun("74.01.18", 8, 7, 6),
    Begun("74.01.12", 6, 8, 500),
    Begun("74.01.27", 5, 4, 30),
    Begun("74.01.04", 4, 3, 200),
    Begun("74.01.01", 3, 2, 100),
    Begun("74.01.25", 2, 1, 3),
)


class Past:
    """A clock of the past that walks on in working time, never beyond the present."""

    def __init__(self, begun: Begun, moves: int) -> None:
        calendar, self._present = shelf.office_calendar(), clock.now()
        self._at = calendar.next_open(self._present - timedelta(days=begun.days_ago))
        self._pace = max(calendar.between(self._at, self._present) - begun.left, 0) // moves

    def __call__(self) -> datetime:
        return self._at

    def walk_on(self) -> None:
        later = shelf.office_calendar().add_minutes(self._at, self._pace)
        self._at = min(later, self._present)


def begin() -> None:
    """Play every example case to its step.

    Letters that must have arrived go by courier, since no mail server runs yet.
    """
    for turn, begun in enumerate(CASES):
        steps = begun.step or len(shelf.sop().steps)
        player = Player(by_courier=steps > SENT_AFTER)
        past = Past(begun, moves=max(steps - 1, 1))
        with clock.held(past):
            village = regions.villages(begun.district)[turn % 3]
            case_id = player.open(f"Pembentukan KIM {village.title}", village.code)
            while (step := player.step(case_id)) and step.number != begun.step:
                past.walk_on()
                player.work(case_id)
                player.forward(case_id)
