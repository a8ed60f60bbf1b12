"""The table of faults: which rows there are, and what running one of them means."""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.settings import ROOT
from tests.faults import harness, oracle
from tests.faults.harness import PROFILES, Rig, Stock

# Only a hang takes that long: on a machine under load a row may need four times as long as alone.
HARD_LIMIT_SECONDS = 900

Fault = Callable[[Rig], None]


class Skipped(Exception):
    """This machine cannot do to the office what the row asks; the text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the table, its name, what happens in it, and where it applies."""

    number: int
    name: str
    does: Fault
    profiles: Sequence[str]
    short: bool

    @property
    def title(self) -> str:
        """What is done to the office: the first line of the row's own words."""
        return (self.does.__doc__ or "").strip().splitlines()[0]


@dataclass(frozen=True, slots=True)
class Result:
    """How a row ended: what was found wrong, nothing when it was survived."""

    row: Row
    profile: str
    seconds: float
    wrong: list[str] = field(default_factory=list)
    note: str = ""
    skipped: bool = False

    @property
    def survived(self) -> bool:
        return not self.wrong


ROWS: list[Row] = []
# Rows whose subject the office does not have yet, and what is missing.
NOT_YET: dict[int, str] = {}


def row(
    number: int, *, profiles: Sequence[str] = PROFILES, short: bool = False
) -> Callable[[Fault], Fault]:
    """Enter a function as row `number`; `short` rows run in `make test` too."""

    def enter(does: Fault) -> Fault:
        ROWS.append(Row(number, does.__name__, does, profiles, short))
        return does

    return enter


def run(
    row: Row, profile: str, stock: Stock, source: Path = ROOT, *, short: bool = False
) -> Result:
    """Do what the row does to a new office, wait until it is quiet, and ask the oracle."""
    began = time.monotonic()
    wrong: list[str] = []
    note = ""
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(HARD_LIMIT_SECONDS)
    try:
        with harness.rig(profile, stock, source) as rig:
            rig.short = short
            for does in (row.does, Rig.recover):
                try:
                    does(rig)
                except Skipped:
                    raise
                except Exception:
                    wrong += [traceback.format_exc(), *_last_words(rig)]
            wrong += oracle.findings(rig)
            note = rig.note
    except Skipped as reason:
        return Result(row, profile, 0, note=str(reason), skipped=True)
    except Exception:
        wrong.append(traceback.format_exc())
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return Result(row, profile, time.monotonic() - began, wrong, note)


def _last_words(rig: Rig) -> list[str]:
    parts = (part for name, part in rig.parts.items() if name != "redis")
    return [f"{part.name}: {part.log()[-1200:]}" for part in parts if part.log()]


def _too_long(*_: object) -> None:
    raise TimeoutError(f"the row took longer than {HARD_LIMIT_SECONDS} s")
