"""Seven ways to bend the chain, each found by the stand-alone verifier, with its place."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.settings import ROOT
from kimweb import db
from kimweb.audit import chain, verify
from kimweb.audit.models import Checkpoint, Entry
from kimweb.dispatch.models import Message
from kimweb.documents.signing import witness
from tests.conftest import HandClock
from tests.tasks.test_deadlines import run
from tests.world import World

VERIFIER = ROOT / "kimweb" / "audit" / "verify.py"
FREE = "DROP TRIGGER audit_stays; DROP TRIGGER audit_is_kept;"


@pytest.fixture
def evidence(world: World, session: Session, tmp_path: Path) -> Path:
    """The folder of an office whose case came to step 4, with a checkpoint, and went on."""
    case = world.case(at=4)
    run("evidence.checkpoint")
    world.work(case)
    world.forward(case)
    session.rollback()
    return tmp_path


def said_of(file: Path, folder: Path | None) -> tuple[int, str]:
    """What the verifier says as one file, run by a Python that knows no package of ours."""
    points = ["--checkpoints", str(folder)] if folder else []
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(file), *points]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def after(evidence: Path, tamper: Callable[[sqlite3.Connection], object]) -> str:
    """Bend a copy of the database with its triggers taken off; return what the verifier says."""
    with sqlite3.connect(evidence / "kimweb.sqlite3") as office:
        office.execute("VACUUM INTO ?", [str(evidence / "bent.sqlite3")])
    with sqlite3.connect(evidence / "bent.sqlite3") as bent:
        bent.executescript(FREE)
        tamper(bent)
    status, words = said_of(evidence / "bent.sqlite3", evidence / "checkpoints")
    assert status == 1, words
    return words


def linked_anew(bent: sqlite3.Connection) -> None:
    """What a forger does who has read the program: every hash computed again."""
    bent.row_factory = sqlite3.Row
    prev = verify.BEGINNING
    for row in bent.execute("SELECT * FROM audit ORDER BY seq").fetchall():
        entry = dict(row) | {"prev": prev}
        payload = chain.digest(f"{entry['salt']}{entry['payload']}")
        entry["payload_digest"] = payload
        prev = chain.digest(chain.canonical({name: entry[name] for name in chain.SEALED}))
        bent.execute(
            "UPDATE audit SET prev = ?, payload_digest = ?, hash = ? WHERE seq = ?",
            [entry["prev"], payload, prev, entry["seq"]],
        )


def test_an_untouched_chain_is_whole(evidence: Path) -> None:
    status, words = said_of(evidence / "kimweb.sqlite3", evidence / "checkpoints")
    assert (status, "Jejak audit utuh." in words) == (0, True), words


def test_an_export_is_checked_like_the_database(app: Flask, evidence: Path) -> None:
    exported = app.test_cli_runner().invoke(args=["audit", "export"]).output
    (evidence / "chain.jsonl").write_text(exported)
    assert said_of(evidence / "chain.jsonl", evidence / "checkpoints")[0] == 0
    (evidence / "chain.jsonl").write_text(exported.replace('"case.forward"', '"case.closed"', 1))
    status, words = said_of(evidence / "chain.jsonl", None)
    assert status == 1
    assert "diubah" in words


def test_1_an_edited_entry_is_found(evidence: Path) -> None:
    edit = "UPDATE audit SET actor = 99 WHERE seq = 3"
    assert "Catatan nomor 3 diubah." in after(evidence, lambda bent: bent.execute(edit))


def test_1_edited_words_of_an_entry_are_found(evidence: Path) -> None:
    edit = "UPDATE audit SET payload = '{}' WHERE seq = 3"
    assert "Rincian catatan nomor 3 diubah." in after(evidence, lambda bent: bent.execute(edit))


def test_2_a_deleted_entry_is_found(evidence: Path) -> None:
    cut = "DELETE FROM audit WHERE seq = 3"
    assert "Catatan nomor 3 hilang." in after(evidence, lambda bent: bent.execute(cut))


def test_3_an_inserted_entry_is_found(evidence: Path) -> None:
    def insert(bent: sqlite3.Connection) -> None:
        bent.execute("UPDATE audit SET seq = -seq WHERE seq > 3")
        bent.execute("UPDATE audit SET seq = 1 - seq WHERE seq < 0")
        columns = ", ".join(name for name in verify.COLUMNS if name != "seq")
        bent.execute(
            f"INSERT INTO audit (seq, {columns}) SELECT 4, {columns} FROM audit WHERE seq = 3"
        )

    assert "Catatan nomor 4 tidak menyambung" in after(evidence, insert)


def test_4_two_entries_that_changed_places_are_found(evidence: Path) -> None:
    def swap(bent: sqlite3.Connection) -> None:
        for step in ("-1 WHERE seq = 3", "3 WHERE seq = 4", "4 WHERE seq = -1"):
            bent.execute(f"UPDATE audit SET seq = {step}")

    assert "Catatan nomor 3 tidak menyambung" in after(evidence, swap)


def test_5_a_tail_that_was_cut_off_is_found(evidence: Path) -> None:
    words = after(evidence, lambda bent: bent.execute("DELETE FROM audit WHERE seq > 3"))
    assert "Jejak terpotong: titik periksa" in words


def test_6_a_chain_written_anew_is_found(evidence: Path) -> None:
    def rewrite(bent: sqlite3.Connection) -> None:
        bent.execute("UPDATE audit SET actor = 99 WHERE seq = 3")
        linked_anew(bent)

    words = after(evidence, rewrite)
    assert "ditulis ulang sesudah titik periksa" in words
    assert "diubah." not in words, "its hashes fit: only the checkpoint tells"


def test_7_the_chain_of_another_office_is_found(evidence: Path) -> None:
    def exchange(bent: sqlite3.Connection) -> None:
        bent.execute("UPDATE audit SET payload = 'kantor lain' WHERE seq = 1")
        linked_anew(bent)

    assert "bukan jejak kantor yang membuat titik periksa" in after(evidence, exchange)


def test_7_a_checkpoint_signed_with_another_key_is_found(evidence: Path) -> None:
    (file,) = (evidence / "checkpoints").glob("*.json")
    file.write_text(file.read_text().replace('"seq":', '"seq":1'))
    status, words = said_of(evidence / "kimweb.sqlite3", evidence / "checkpoints")
    assert status == 1
    assert "tidak ditandatangani dengan kunci kantor ini" in words


def test_a_checkpoint_is_made_each_day_and_when_a_case_is_closed(
    world: World, session: Session, hand_clock: HandClock
) -> None:
    world.case(at=2)
    assert run("evidence.checkpoint") is True
    world.case(at=2)
    assert run("evidence.checkpoint") is False, "one a day is enough"
    case = world.case(at=17)
    world.work(case)
    world.forward(case)
    assert run("evidence.checkpoint") is True, "a closed case is confirmed at once"
    hand_clock.move(days=1)
    world.case(at=2)
    assert run("evidence.checkpoint") is True
    assert run("evidence.checkpoint") is False


def test_a_checkpoint_is_mailed_to_kadis_and_the_administrator(
    evidence: Path, world: World, session: Session
) -> None:
    mails = session.scalars(select(Message).where(Message.letter == "titik_periksa")).all()
    told = {world.person(name).email for name in ("kadis", "admin")}
    assert {mail.to_email for mail in mails} == told
    (words,) = session.scalars(select(Checkpoint.words))
    assert all(words in mail.text for mail in mails)


def test_a_lost_file_of_a_checkpoint_is_written_again(evidence: Path) -> None:
    (file,) = (evidence / "checkpoints").glob("*.json")
    before = file.read_text()
    file.unlink()
    run("evidence.checkpoint")
    assert file.read_text() == before


def test_the_command_finds_what_the_file_finds(app: Flask, evidence: Path) -> None:
    runner = app.test_cli_runner()
    assert "Jejak audit utuh." in runner.invoke(args=["audit", "verify"]).output
    shutil.copy(
        next((evidence / "checkpoints").glob("*.json")), evidence / "checkpoints" / "b.json"
    )
    bent = (evidence / "checkpoints" / "b.json").read_text().replace('"chain":"', '"chain":"0')
    (evidence / "checkpoints" / "b.json").write_text(bent)
    assert runner.invoke(args=["audit", "verify"]).exit_code == 1


def test_our_reading_of_ed25519_is_that_of_the_library(tmp_path: Path) -> None:
    key, signature = witness.public_key(tmp_path), witness.sign(tmp_path, b"seratus catatan")
    assert verify.is_signed(bytes.fromhex(key), b"seratus catatan", signature)
    assert not verify.is_signed(bytes.fromhex(key), b"seribu catatan", signature)
    broken = f"{int(signature[0], 16) ^ 1:x}{signature[1:]}"
    assert not verify.is_signed(bytes.fromhex(key), b"seratus catatan", broken)


def test_twenty_thousand_entries_are_checked_within_a_second(session: Session) -> None:
    with db.writing() as writing:
        for n in range(20_000):
            chain.note(writing, "test.entry", facts={"n": n})
    rows = [
        dict(row._mapping)
        for row in session.execute(select(*(getattr(Entry, name) for name in verify.COLUMNS)))
    ]
    began = time.process_time()
    assert verify.check(rows, []).findings == []
    assert time.process_time() - began < 1
    assert session.scalar(select(func.count()).select_from(Entry)) == len(rows)
