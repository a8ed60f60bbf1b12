"""Whoever presses what, whenever: the office does what the SOP says, and nothing else.

The long form is a row of `make faults` (moves_against_a_model).
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.databases import both_databases
from tests.machine import Moves
from tests.world import World

SHORT = settings(
    max_examples=8,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    # What fails is told as it was found: making it shorter would take minutes.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@both_databases
@pytest.mark.slow
def test_the_moves_do_what_the_model_says(world: World) -> None:
    run_state_machine_as_test(Moves, settings=SHORT)


def test_letters_that_kasi_has_filled_in_leave_nothing_to_type(world: World) -> None:
    """Found by the long form once, in a thousand presses."""
    moves = Moves()
    moves.order(far=1)
    for _ in range(3):
        moves.hand_on()
    moves.forward("staf")
    moves.the_office_and_the_model_agree()
