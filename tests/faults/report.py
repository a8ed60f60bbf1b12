"""Keeping the results of a run in docs/faults.md, with date, commit and machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from config.settings import ROOT
from tests.bench import harness as bench
from tests.faults.harness import PROFILES
from tests.faults.matrix import NOT_YET, ROWS, Result, Row

FILE = "docs/faults.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->"


def write(results: Sequence[Result]) -> None:
    """Put the table of `results` in place of the one before."""
    file = ROOT / FILE
    head, _, rest = file.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    file.write_text(f"{head}{BEGIN}{_table(results)}{END}{tail}")


def _table(results: Sequence[Result]) -> str:
    survived = sum(result.survived for result in results)
    now = datetime.now(UTC)
    lines = [
        f"\n{survived} of {len(results)} rows survived. {now:%Y-%m-%d %H:%M} UTC, commit "
        f"{bench.commit()}, {bench.machine()}.\n",
        f"| row | what is done to the office | {' | '.join(PROFILES)} |",
        "|---|---|---|---|",
        *_lines(results),
        "",
    ]
    return "\n".join(lines)


def _lines(results: Sequence[Result]) -> Iterable[str]:
    for row in sorted(ROWS, key=lambda row: row.number):
        cells = (_cell(row, profile, results) for profile in PROFILES)
        yield f"| {row.number} | {row.title} | {' | '.join(cells)} |"
    for number, reason in NOT_YET.items():
        yield f"| {number} | not yet: {reason} | | |"


def _cell(row: Row, profile: str, results: Sequence[Result]) -> str:
    if profile not in row.profiles:
        return "does not apply"
    for result in results:
        if result.row is row and result.profile == profile and result.skipped:
            return f"skipped: {result.note}"
        if result.row is row and result.profile == profile:
            return f"{'survived' if result.survived else '**broken**'}, {result.seconds:.0f} s"
    return "not run"
