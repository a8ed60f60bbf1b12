"""The ladder: which rungs a stage climbs while it stays open, when, and who is told. Pure.

config/ladder.yaml is the ladder itself; what its words mean stands there for the office.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

from config.settings import ROOT
from kimweb.people import access
from kimweb.sop.book import read_span
from kimweb.sop.calendar import Calendar
from kimweb.sop.reading import Entry, FileError, open_file
from kimweb.sop.steps import LANES, Span, Step

FILE = ROOT / "config" / "ladder.yaml"
EMAIL = "email"
CHANNELS = (EMAIL, "desk")
HOLDER = "holder"
SUPERIOR = "superior"
LIMIT = 100


class LadderError(FileError):
    """The ladder's file was refused; `problems` says everything that must be mended."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rung as the office wrote it; `percent` of the step's working time, 100 is the limit."""

    name: str
    percent: int
    wait: Span | None
    tell: str
    channel: str
    any_hour: bool


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """The rungs for steps counted in days, and for those counted in hours or minutes.

    `pause` is how long a step may wait for the outside when nobody says until when. A ladder is
    the key of a hot cache, so it equals itself alone.
    """

    days: tuple[Rule, ...]
    hours: tuple[Rule, ...]
    pause: Span

    def tops(self, lane: str) -> frozenset[str]:
        """Return the names of the highest rungs that a step of `lane` can reach."""
        both = (_climb(self, by_days, lane) for by_days in (True, False))
        return frozenset(rule.name for climbed in both for rule, _ in climbed[-1:])


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of one stage: told to `lane` at the instant `at`."""

    name: str
    at: datetime
    lane: str
    tell: str
    channel: str
    any_hour: bool


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done now: take `rung`, with the missed ones `folded` into it; then `next_at`.

    `rung` is None when nothing may be said yet, `next_at` None when nothing is left to say.
    """

    rung: Rung | None
    folded: tuple[Rung, ...]
    next_at: datetime | None


def rungs(
    step: Step,
    lane: str,
    opened_at: datetime,
    due_at: datetime,
    calendar: Calendar,
    ladder: Ladder,
) -> list[Rung]:
    """Return the rungs of a stage of `lane`, from the lowest up, none earlier than the one below.

    A rung that keeps office hours stands at an instant at which the office is open.
    """
    tolerated = calendar.add(due_at, step.grace) if step.grace else due_at
    minutes = max(calendar.between(opened_at, due_at), 0)
    made: list[Rung] = []
    at = opened_at
    for rule, told in _climb(ladder, step.time.unit == "days", lane):
        at = max(at, _instant(rule, minutes, opened_at, due_at, tolerated, calendar))
        if not rule.any_hour:
            at = calendar.next_open(at)
        made.append(Rung(rule.name, at, told, rule.tell, rule.channel, rule.any_hour))
    return made


def due(rungs: Sequence[Rung], now: datetime, taken: Collection[str], calendar: Calendar) -> Due:
    """Say what a stage owes at `now` after the rungs `taken`; a ladder is never climbed down.

    Outside office hours only a rung for any hour is told; the others wait for the next opening.
    """
    opening = calendar.next_open(now)

    def earliest(rung: Rung) -> datetime:
        return rung.at if rung.any_hour else max(rung.at, opening)

    highest = max((n for n, rung in enumerate(rungs, 1) if rung.name in taken), default=0)
    ahead = rungs[highest:]
    count = max((n for n, rung in enumerate(ahead, 1) if earliest(rung) <= now), default=0)
    return Due(
        rung=ahead[count - 1] if count else None,
        folded=tuple(ahead[: max(count - 1, 0)]),
        next_at=min(map(earliest, ahead[count:]), default=None),
    )


@cache
def current() -> Ladder:
    """Return the office's ladder; LadderError when its file is not sound."""
    return load(FILE)


def load(path: Path) -> Ladder:
    """Read a ladder; raises LadderError with every mistake, its file and line."""
    root = open_file(path, "tangga teguran", LadderError)
    parts = root.fields(("days", "hours", "pause"))
    ladder = Ladder(_rules(parts["days"]), _rules(parts["hours"]), read_span(parts["pause"]))
    root.refuse_if_wrong(LadderError)
    return ladder


@lru_cache(maxsize=100)
def _climb(ladder: Ladder, by_days: bool, lane: str) -> Sequence[tuple[Rule, str]]:
    """Return each rule with the lane it tells: every superior is one rank higher, up to Kadis."""
    above: str | None = lane
    climbed = []
    for rule in ladder.days if by_days else ladder.hours:
        if rule.tell == HOLDER:
            climbed.append((rule, lane))
        elif above and (above := access.superior_of(above)):
            climbed.append((rule, above))
    return climbed


def _instant(
    rule: Rule,
    minutes: int,
    opened_at: datetime,
    due_at: datetime,
    tolerated: datetime,
    calendar: Calendar,
) -> datetime:
    """Return when a rung stands, of a step of so many working minutes."""
    if rule.percent < LIMIT:
        return calendar.add_minutes(opened_at, minutes * rule.percent // LIMIT)
    at = tolerated
    if over := minutes * (rule.percent - LIMIT) // LIMIT:
        at = max(at, calendar.add_minutes(due_at, over))
    return max(at, calendar.add(tolerated, rule.wait)) if rule.wait else at


def _rules(entry: Entry) -> tuple[Rule, ...]:
    items = entry.items("anak tangga", at_least_one=True)
    rules = tuple(_rule(item) for item in items)
    for n, (item, rule) in enumerate(zip(items, rules, strict=True)):
        below = rules[:n]
        if rule.name and rule.name in {other.name for other in below}:
            item.refuse(f"Nama “{rule.name}” dipakai dua kali. Beri nama yang berbeda.")
        if below and rule.percent < below[-1].percent:
            item.refuse(f"{item.name} lebih awal daripada yang di bawahnya. Urutkan menurut at.")
    ranks = sum(rule.tell == SUPERIOR for rule in rules)
    needed = max(len([*_ranks(lane)]) for lane in LANES)
    if rules and ranks < needed:
        entry.refuse(
            f"{entry.name} berhenti sebelum Kadis: baru {ranks} anak tangga superior, "
            f"diperlukan {needed}. Tambahkan."
        )
    return rules


def _ranks(lane: str) -> Iterator[str]:
    while above := access.superior_of(lane):
        yield above
        lane = above


def _rule(entry: Entry) -> Rule:
    parts = entry.fields(("name", "at", "tell", "channel"), ("wait", "any_hour"))
    percent = parts["at"].matching(r"([1-9]\d{0,3}) ?%", "80 %")
    name = parts["name"].matching(r"[a-z][a-z0-9_]{0,23}", "superior_1")
    rule = Rule(
        name=name[0] if name else "",
        percent=int(percent[1]) if percent else LIMIT,
        wait=None if parts["wait"].node is None else read_span(parts["wait"]),
        tell=parts["tell"].word((HOLDER, SUPERIOR)),
        channel=parts["channel"].word(CHANNELS),
        any_hour=parts["any_hour"].flag(),
    )
    if rule.wait and rule.percent < LIMIT:
        entry.refuse(f"{entry.name} sebelum tenggat, jadi tidak memakai wait. Hapus wait.")
    return rule
