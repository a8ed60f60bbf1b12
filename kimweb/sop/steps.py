"""The SOP's own language: spans of time, steps, and every word a step may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LANES = ("kadis", "sekdis", "kabid", "kasi", "staf", "tim")
# Before the head signs, at most three officials put their paraf, the lower before the higher.
MAX_PARAFS = 3
"""The executor columns of the printed table, left to right."""

BASES = frozenset({"printed", "judged"})
WORKS = frozenset(
    {
        "order",
        "direction",
        "concept",
        "typing",
        "check",
        "review",
        "sign",
        "receive",
        "dispatch",
        "team",
        "activity",
        "material",
        "report",
        "archive",
    }
)
PAPERS = frozenset({"disposition", "letters", "report"})
MARKS = frozenset({"stamp", "paraf", "signature"})
APPROVALS = frozenset({"paraf", "signature"})
REQUIREMENTS = frozenset(
    {
        "fields_complete",
        "letters_chosen",
        "recipients_chosen",
        "papers_ready",
        "parafs_complete",
        "letters_dispatched",
        "team_ready",
        "activity_recorded",
        "material_gathered",
        "archive_ready",
    }
)
EFFECTS = frozenset({"report_dispatch", "finish_papers", "invite_team"})

Unit = Literal["minutes", "hours", "days"]


@dataclass(frozen=True)
class Span:
    """A length of working time as the SOP states it; `text` is the printed wording ("2 Hari")."""

    amount: int
    unit: Unit
    text: str


@dataclass(frozen=True)
class Return:
    """Where a step may send the work back to; `printed` when the SOP itself names the target."""

    to: int
    printed: bool


@dataclass(frozen=True)
class Step:
    """One row of the SOP table: the printed words, then how the application carries it out."""

    number: int
    text: str
    lane: str
    lane_basis: str
    lane_reason: str
    needs: str
    time: Span
    output: str
    work: str
    note: str = ""
    decision: bool = False
    returns: tuple[Return, ...] = ()
    papers: str | None = None
    edits: bool = False
    mark: str | None = None
    requires: tuple[str, ...] = ()
    on_forward: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    grace: Span | None = None
    is_last: bool = False

    def __hash__(self) -> int:
        # Steps are keys of hot caches; the hash of all fields would cost more than what is cached.
        return hash((self.number, self.text))

    @property
    def is_first(self) -> bool:
        return self.number == 1

    @property
    def lanes(self) -> tuple[str, ...]:
        """The owning lane, then the lanes that may also fill in and hand over this step."""
        return (self.lane, *self.helpers)

    @property
    def default_return(self) -> Return | None:
        """Where a refusal goes when nothing else is chosen."""
        return self.returns[0] if self.returns else None

    def may_return_to(self, number: int) -> bool:
        return any(back.to == number for back in self.returns)
