"""Points at which a test may end or freeze this very process: between a commit and its effect.

A named point is armed by files in the folder of the setting FAILPOINTS, one file for each pass
that is left: NAME@0001, NAME@0002, ... The process that takes an empty file goes on; the one that
takes a file with the name of a signal sends that signal to itself. Processes share the count.
Without the setting a point is one look at a variable.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

_folder: Path | None = None


def connect(folder: Path | None) -> None:
    """Look for armed points in `folder` from now on; None arms nothing."""
    global _folder
    _folder = folder


def at(name: str) -> None:
    """Pass the point `name`; this may be the end of the process."""
    if _folder is not None:
        _pass(_folder, name)


def _pass(folder: Path, name: str) -> None:
    for turn in sorted(folder.glob(f"{name}@*")):
        try:
            fate = turn.read_text()
            turn.unlink()
        except FileNotFoundError:
            continue  # another process has taken this turn
        if fate:
            os.kill(os.getpid(), signal.Signals[fate])
        return
