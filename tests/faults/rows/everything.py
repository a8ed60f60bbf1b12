"""Rows 6, 7, 29 and 32: a storm of kills, a polite end, bad SOP files, half-open lines."""

from __future__ import annotations

import random
import time
from pathlib import Path

from sqlalchemy import make_url

from config.settings import ROOT
from kimweb.dispatch.models import SENT
from kimweb.sop import book
from kimweb.sop.reading import FileError
from tests.faults.harness import POSTGRESQL, SQLITE, Rig
from tests.faults.matrix import row
from tests.faults.parts import wait_for
from tests.faults.proxy import Proxy
from tests.faults.rows.letters import address
from tests.faults.rows.web import people_at_work

STORM_SECONDS = 180
POLITE_SECONDS = 30
MUTANTS = 500
SOP_FILE = ROOT / "config" / "sop" / "17-diskominfo-klk-2018.yaml"


@row(6)
def kill_storm(rig: Rig) -> None:
    """kill -9 of any process every 0.5 to 2 s while people work and letters leave."""
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    cases, letters = rig.cases(8, at=6), rig.cases(6, at=10)
    for case_id in letters:
        address(rig, case_id, 20)
    rig.start("redis", *rig.workers, "beat", "web")
    names = ["redis", *rig.workers, "beat", "web"]
    kills, end = 0, time.monotonic() + (20 if rig.short else STORM_SECONDS)
    with people_at_work(rig, cases, endless=True) as answers:
        while time.monotonic() < end:
            time.sleep(dice.uniform(0.5, 2))
            name = dice.choice(names)
            rig.kill(name)
            kills += 1
            rig.parts[name].start()
            if letters and kills % 8 == 0:
                rig.dispatch(letters.pop())
            rig.clock.move(seconds=20)
    done = sum(answer.status == 303 for answer in answers)
    rig.note = f"{kills} kills, {done} moves, seed {seed}"
    assert done, "nobody could work"


@row(7)
def polite_end_under_load(rig: Rig) -> None:
    """SIGTERM to every part while people work and letters leave: drained within 30 s."""
    cases, (letters,) = rig.cases(6, at=6), rig.cases(1, at=10)
    address(rig, letters, 100)
    rig.start("redis", *rig.workers, "beat", "web")
    with people_at_work(rig, cases, endless=True):
        rig.dispatch(letters)
        rig.ring()
        time.sleep(2)
        began = time.monotonic()
        ended = {name: rig.parts[name].stop() for name in ("beat", "web", *rig.workers)}
        took = time.monotonic() - began
    rig.note = f"ended within {took:.1f} s"
    assert None not in ended.values(), f"had to be killed: {ended}"
    assert took <= POLITE_SECONDS, took
    rig.recover()
    states = {letter.state for letter in rig.letters(letters)}
    assert states == {SENT}, states


@row(29, profiles=(SQLITE,))
def sop_file_is_damaged(rig: Rig) -> None:
    """500 damaged SOP files: each is refused with its line and the reason, or is sound."""
    (case_id,) = rig.cases(1, at=6)
    dice, refused = random.Random(17), 0
    lines = SOP_FILE.read_text().splitlines(keepends=True)
    damaged = rig.folder / "sop.yaml"
    for _ in range(MUTANTS):
        damaged.write_bytes(_damaged(lines, dice))
        refused += _refuses(damaged)
    rig.note = f"{refused} of {MUTANTS} refused"
    assert refused > MUTANTS // 3, refused
    assert rig.step_of(case_id) == 6


def _damaged(lines: list[str], dice: random.Random) -> bytes:
    """Return the SOP with one mistake that a person, an editor or a disk makes."""
    lines = list(lines)
    at = dice.randrange(len(lines))
    how = dice.randrange(6)
    if how == 0:
        del lines[at]
    elif how == 1:
        lines.insert(at, lines[dice.randrange(len(lines))])
    elif how == 2:
        lines[at] = lines[at].replace(":", " ", 1)
    elif how == 3:
        lines[at] = "".join(c if not c.isdigit() else str(dice.randrange(10)) for c in lines[at])
    elif how == 4:
        lines = lines[:at]
    text = "".join(lines)
    return b"\xff\xfe" + text.encode("utf-16-le") if how == 5 and at % 2 else text.encode()


def _refuses(file: Path) -> bool:
    reason = "sound"
    try:
        book.load(file)
    except FileError as refusal:
        reason = str(refusal).strip()
    assert reason, "refused without a reason"
    return reason != "sound"


@row(32)
def lines_are_half_open(rig: Rig) -> None:
    """The lines to mail server, Redis and PostgreSQL carry nothing for 20 s, then everything."""
    cases, (letters,) = rig.cases(6, at=6), rig.cases(1, at=10)
    address(rig, letters, 30)
    redis = rig.stack.enter_context(Proxy(rig.redis_door))
    lines = [rig.smtp, redis, *_database_line(rig)]
    for part in rig.parts.values():
        part.env["REDIS_URL"] = f"redis://127.0.0.1:{redis.port}"
    rig.start("redis", *rig.workers, "beat", "web")
    with people_at_work(rig, cases, endless=True) as answers:
        rig.dispatch(letters)
        rig.ring()
        time.sleep(0.5)
        for line in lines:
            line.freeze()
            time.sleep(20)
            line.heal()
            wait_for(rig.answers, 30, "the web answers again")
    assert {answer.status for answer in answers} <= {200, 303, 409, 503, 0}
    rig.quiet()
    assert {letter.state for letter in rig.letters(letters)} == {SENT}


def _database_line(rig: Rig) -> list[Proxy]:
    """Put a line of ours before PostgreSQL; SQLite has none."""
    if rig.profile != POSTGRESQL:
        return []
    url = make_url(rig.env["DATABASE_URL"])
    line = rig.stack.enter_context(Proxy(Path(str(url.query["host"])) / ".s.PGSQL.5432"))
    there = url.set(host="127.0.0.1", port=line.port, query={})
    for part in rig.parts.values():
        part.env["DATABASE_URL"] = there.render_as_string(hide_password=False)
    return [line]
