"""Where one case stands on the SOP page: what the office sees besides the printed words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["done", "here", "late"]
SPOKEN: dict[State, str] = {
    "done": "selesai",
    "here": "sedang dikerjakan",
    "late": "terlambat",
}
"""The state in words, for the legend and for who cannot see the colours."""


@dataclass(frozen=True)
class Mark:
    """How one step of a case fares.

    `visits` counts how often the case came to the step, returns included; `actual` is the working
    time really used, worded as it is to be printed.
    """

    state: State
    visits: int = 1
    actual: str | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands under the standard time."""
        used = (f"Nyata: {self.actual}",) if self.actual else ()
        return (*used, f"Diulang {self.visits - 1} kali") if self.visits > 1 else used

    @property
    def spoken(self) -> str:
        """The whole mark in words."""
        return ", ".join((SPOKEN[self.state], *self.lines))
