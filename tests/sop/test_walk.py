"""Every way a case can take through the SOP, to the end: none is a dead end, none skips a paraf.

The graph is walked as the SOP's file says it, with what gathers on the papers: forwards, returns,
parafs that a return voids, signature, dispatch. Every state that can be reached is looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest

from kimweb.sop import shelf
from kimweb.sop.book import Sop
from kimweb.sop.steps import APPROVALS, Step

EDITIONS = sorted(shelf.editions())


class State(NamedTuple):
    """Where a case stands, None when it is closed, and what is on its papers."""

    step: int | None
    parafs: frozenset[tuple[str, int]] = frozenset()
    signed: frozenset[str] = frozenset()
    sent: bool = False


def moves(sop: Sop, here: State) -> Iterator[State]:
    """Every move that the SOP allows, once the work of the step is done."""
    if here.step is None:
        return
    step = sop.step(here.step)
    if "parafs_complete" not in step.requires or wanted(sop, step) <= here.parafs:
        yield forward(sop, here, step)
    for back in step.returns:
        kept = {(papers, n) for papers, n in here.parafs if papers != step.papers or n < back.to}
        yield here._replace(step=back.to, parafs=frozenset(kept))


def forward(sop: Sop, here: State, step: Step) -> State:
    parafs, signed = here.parafs, here.signed
    if step.papers and step.mark == "paraf":
        parafs |= {(step.papers, step.number)}
    if step.papers and step.mark == "signature":
        signed |= {step.papers}
    after = sop.after(step.number)
    is_sent = here.sent or step.work == "dispatch"
    return State(after.number if after else None, parafs, signed, is_sent)


def wanted(sop: Sop, signing: Step) -> set[tuple[str, int]]:
    """The parafs that papers need before they are signed."""
    return {
        (step.papers, step.number)
        for step in sop.steps
        if step.mark == "paraf" and step.papers == signing.papers and step.number < signing.number
    }


def walk(sop: Sop) -> dict[State, list[State]]:
    """Every state that a case can come to, with those that follow it."""
    reached: dict[State, list[State]] = {}
    waiting = [State(sop.first.number)]
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached[here] = list(moves(sop, here))
            waiting += reached[here]
    return reached


def unsound(sop: Sop) -> list[str]:
    """Everything that is wrong with the ways through `sop`."""
    reached = walk(sop)
    leads_out = ends(reached)
    wrong = [f"{s} never comes to an end" for s in reached if s not in leads_out]
    for here, following in reached.items():
        for there in following:
            wrong += against(sop, here, there)
    return wrong


def ends(reached: dict[State, list[State]]) -> set[State]:
    """The states from which a case can be closed."""
    before = defaultdict(list)
    for here, following in reached.items():
        for there in following:
            before[there].append(here)
    found = {state for state in reached if state.step is None}
    waiting = list(found)
    while waiting:
        new = [state for state in before[waiting.pop()] if state not in found]
        found.update(new)
        waiting += new
    return found


def against(sop: Sop, here: State, there: State) -> Iterator[str]:
    for papers in there.signed - here.signed:
        given = [n for name, n in here.parafs if name == papers]
        if len(given) < 3:
            yield f"{papers} are signed at step {here.step} with the parafs {given}"
    if there.sent and not there.signed:
        yield f"sent unsigned at step {here.step}"
    if there.step is not None and here.step is not None and there.step < here.step:
        kept = [
            n for papers, n in there.parafs if n >= there.step and papers == papers_at(sop, here)
        ]
        if kept:
            yield f"the return from {here.step} to {there.step} keeps the parafs {kept}"


def papers_at(sop: Sop, here: State) -> str | None:
    return sop.step(here.step).papers if here.step else None


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_way_through_the_sop_is_sound_and_comes_to_an_end(edition: str) -> None:
    sop = shelf.sop(edition)
    assert unsound(sop) == []
    assert {state.step for state in walk(sop)} == {*(step.number for step in sop.steps), None}


@pytest.mark.parametrize("edition", EDITIONS)
def test_nobody_approves_what_their_own_lane_wrote_last(edition: str) -> None:
    steps = shelf.sop(edition).steps
    for step in steps:
        if step.mark not in APPROVALS:
            continue
        written = [
            s
            for s in steps
            if s.number < step.number
            and s.papers == step.papers
            and s.edits
            and s.mark not in APPROVALS
        ]
        assert not written or written[-1].lane != step.lane, step.number


def test_the_walk_sees_papers_that_are_signed_without_a_paraf() -> None:
    sop = changed(7, mark=None)
    assert any("are signed at step 8 with the parafs [" in wrong for wrong in unsound(sop))


def test_the_walk_sees_letters_that_are_sent_unsigned() -> None:
    assert "sent unsigned at step 10" in unsound(changed(8, mark=None))


def test_the_walk_sees_a_circle_that_nothing_leads_out_of() -> None:
    start, round_, about, closed = State(1), State(2), State(3), State(None)
    reached = {start: [round_, closed], round_: [about], about: [round_], closed: []}
    assert ends(reached) == {start, closed}


def changed(number: int, **what: object) -> Sop:
    sop = shelf.sop()
    steps = (replace(s, **what) if s.number == number else s for s in sop.steps)  # type: ignore[arg-type]
    return replace(sop, steps=tuple(steps))
