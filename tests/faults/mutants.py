"""Mistakes of ours, seeded into a copy of the source: each must turn its row red.

A matrix that stays green whatever the code does would be decoration.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from tests.faults import matrix
from tests.faults.harness import SQLITE, Stock
from tests.faults.parts import copy_source


@dataclass(frozen=True, slots=True)
class Change:
    """One replacement of text in one file; the text must stand there exactly once."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake, and the row that has to notice it."""

    name: str
    row: str
    changes: Sequence[Change]


SENDING, DISPATCH, CLAIMS = "kimweb/dispatch/sending.py", "tasks/dispatch.py", "kimweb/claims.py"
_CLAIMED = "            state=SENDING,\n"
_MINE = '.where(row.id == bindparam("its_id"), held, stands)'
_ANYBODYS = '.where(row.id == bindparam("its_id"), or_(row.id > 0, held, stands))'
_OWNED = 'held = row.owner == bindparam("its_owner")'
_UNOWNED = 'held = or_(row.id > 0, row.owner == bindparam("its_owner"))'

MUTANTS = (
    Mutant(
        "a letter is written down as sent before it is sent",
        "worker_dies_while_it_sends_a_letter",
        [
            Change(
                DISPATCH,
                '        failpoints.at("message_claimed")\n',
                "        with db.writing() as early:\n"
                '            sending.mark_sent(early, message, "", clock.now())\n'
                '        failpoints.at("message_claimed")\n',
            ),
            Change(SENDING, _MINE, _ANYBODYS),
        ],
    ),
    Mutant(
        "a letter is not claimed",
        "a_thousand_recipients_and_five_kills",
        [
            Change(SENDING, _CLAIMED, "            state=Message.state,\n"),
            Change(SENDING, _MINE, _ANYBODYS),
        ],
    ),
    Mutant("a lease has no owner", "zombies_and_twins", [Change(SENDING, _OWNED, _UNOWNED)]),
    Mutant(
        "a letter is sent again after the dot",
        "worker_dies_while_it_sends_a_letter",
        [
            Change(
                SENDING,
                "    if message.policy != LETTER:\n        return try_later",
                "    if message.policy:\n        return try_later",
            )
        ],
    ),
    Mutant(
        "whose clock runs ahead takes a letter over after the dot",
        "clocks_jump",
        [Change(SENDING, "        if message.phase == DOT:\n", "        if not message.phase:\n")],
    ),
    Mutant(
        "the outbox misses a row",
        "mail_server_is_away",
        [
            Change(
                "kimweb/cases/notices.py",
                "            if key not in queued:\n",
                "            if key not in queued and addressee.position != 1:\n",
            )
        ],
    ),
    Mutant(
        "attempts are not counted",
        "work_kills_its_worker",
        [Change(CLAIMS, "ATTEMPTS = 3\n", "ATTEMPTS = 10**6\n")],
    ),
    Mutant(
        "work is checked off when it is fetched",
        "worker_dies_while_it_makes_a_pdf",
        [Change(CLAIMS, ".values(state=RUNNING, ", ".values(state=DONE, ")],
    ),
    Mutant(
        "the next rung is left to a message instead of a row",
        "scheduler_dies",
        [Change("kimweb/deadlines/sweep.py", '"at": look.next_at}', '"at": None}')],
    ),
    Mutant(
        "a year without a decree passes silently",
        "calendar_is_missing_or_wrong",
        [Change("kimweb/deadlines/gaps.py", "gaps(sorted(years))", "gaps(())")],
    ),
    Mutant(
        "a stage is closed twice",
        "several_decide_at_once",
        [
            Change(
                "kimweb/cases/rows.py",
                'bindparam("stage_id"), Stage.closed_at.is_(None))\n    .values(\n',
                'bindparam("stage_id"))\n    .values(\n',
            ),
            Change(
                "kimweb/cases/situations.py",
                "    return here, found.closed_at is not None\n",
                "    return here, found is None\n",
            ),
        ],
    ),
)


def run(rows: Iterable[matrix.Row]) -> bool:
    """Run, on SQLite, the row of every mutant that one of `rows` has to notice.

    Prints which were caught, and tells whether all were.
    """
    known = {row.name: row for row in rows}
    chosen = [mutant for mutant in MUTANTS if mutant.row in known]
    caught = 0
    with Stock() as stock:
        for mutant in chosen:
            row = known[mutant.row]
            with tempfile.TemporaryDirectory(prefix="km-") as folder:
                tree = _copy_with(mutant, Path(folder))
                result = matrix.run(row, SQLITE, stock, tree, short=True)
            caught += not result.survived
            how = "SURVIVED" if result.survived else "caught"
            click.echo(f"{how:<8} row {row.number:>2} {result.seconds:5.1f} s  {mutant.name}")
            click.echo(
                "".join(f"           {_reason(wrong)}\n" for wrong in result.wrong[:1]), nl=False
            )
    click.echo(f"{caught} of {len(chosen)} mutants caught")
    return caught == len(chosen)


def _copy_with(mutant: Mutant, folder: Path) -> Path:
    """Return a copy of the source in `folder` with the mistake in it."""
    copy_source(folder)
    for change in mutant.changes:
        file = folder / change.file
        file.write_text(seeded(change, file.read_text()))
    return folder


def seeded(change: Change, text: str) -> str:
    """Return `text` with the mistake in it."""
    assert text.count(change.old) == 1, f"{change.file} has changed: {change.old!r}"
    return text.replace(change.old, change.new)


def _reason(wrong: str) -> str:
    """Return the last line of what was found, which says what it was."""
    return wrong.strip().splitlines()[-1][:140]
