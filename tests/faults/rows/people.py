"""Rows 35 and 37: somebody bends the evidence; anybody presses anything in any order."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from config.settings import ROOT
from tests.faults.harness import SQLITE, Rig
from tests.faults.matrix import row
from tests.machine import Moves

VERIFIER = ROOT / "kimweb" / "audit" / "verify.py"
UNGUARDED = "DROP TRIGGER audit_stays; DROP TRIGGER audit_is_kept;"
# How the chain is bent, each at entry 5; the end that is cut off was signed before.
BENT = {
    "edited": "UPDATE audit SET actor = 99 WHERE seq = 5",
    "its words edited": "UPDATE audit SET payload = '{}' WHERE seq = 5",
    "taken out": "DELETE FROM audit WHERE seq = 5",
    "put in": "UPDATE audit SET seq = -seq WHERE seq > 5; UPDATE audit SET seq = 1 - seq "
    "WHERE seq < 0; INSERT INTO audit SELECT 6, at, actor, capacity, case_id, stage_id, action, "
    "payload_digest, prev, hash, salt, payload FROM audit WHERE seq = 5",
    "moved": "UPDATE audit SET seq = -1 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 6; "
    "UPDATE audit SET seq = 6 WHERE seq = -1",
    "cut off": "DELETE FROM audit WHERE seq > 5",
}
LONG = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@row(35, profiles=(SQLITE,))
def the_chain_is_bent(rig: Rig) -> None:
    """An entry of the chain is edited, taken out, put in, moved, or the end cut off."""
    rig.cases(2, at=8)
    with rig.reading():
        rig.celery.tasks["tasks.evidence.checkpoint"]()
    bent = rig.folder / "bent.sqlite3"
    for how, tamper in BENT.items():
        with sqlite3.connect(rig.folder / "kimweb.sqlite3") as office:
            office.execute("VACUUM INTO ?", [str(bent)])
        assert _verdict(bent, rig.folder) == 0, "the chain was bent before"
        with sqlite3.connect(bent) as other:
            other.executescript(UNGUARDED + tamper)
        assert _verdict(bent, rig.folder) == 1, f"not found: {how}"
        bent.unlink()
    rig.note = f"{len(BENT)} of {len(BENT)} found"


def _verdict(file: Path, folder: Path) -> int:
    points = ["--checkpoints", str(folder / "checkpoints")]
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(file), *points]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode


@row(37)
def moves_against_a_model(rig: Rig) -> None:
    """Anybody presses anything in any order, beside a model that says what must come."""
    rig.start("redis")
    with rig.reading():
        run_state_machine_as_test(Moves, settings=LONG)
    rig.note = f"{LONG.max_examples} times {LONG.stateful_step_count} presses"
