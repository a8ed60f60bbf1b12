"""Rows 15 and 33: the disk is full; a migration and a restore die in the middle."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from config.settings import ROOT
from kimweb import db
from kimweb.backups import schema
from kimweb.cases.models import Case
from kimweb.commands import samples
from tests.faults.harness import SQLITE, Rig
from tests.faults.matrix import Skipped, row

DISK_MEGABYTES = 64
OLD = "0004"
# A full run kills at about so many statements of all migrations, a short one at fewer.
KILLS, SHORT_KILLS = 40, 6
RESTORES = (0.5, 1.0, 1.5, 2.0)


# ---- The disk -------------------------------------------------------------------------------


@row(15)
def disk_is_full(rig: Rig) -> None:
    """Database, files and logs share a disk without a free byte; then there is room again."""
    _move_to_a_small_disk(rig)
    (moved,), (letters,), (visited,) = (rig.cases(1, at=step) for step in (6, 10, 12))
    rig.start("redis", "web")
    kabid, tim = rig.browser("kabid"), rig.browser("tim")
    page, visit = kabid.get(f"/cases/{moved}"), tim.get(f"/cases/{visited}")
    rig.dispatch(letters)

    def upload() -> int:
        photo = samples.photo().getvalue()
        where = f"/cases/{visited}/attachments"
        return tim.upload(where, visit, "rapat.jpg", photo, purpose="photo").status

    with _no_byte_left(rig):
        rig.start(*rig.workers)
        rig.ring()
        decided = rig.decide(kabid, moved, page, note="Sudah diperiksa.").status
        assert decided in (303, 503), decided
        assert upload() == 503, "a photo was taken although there is no room for it"
        assert kabid.get(f"/cases/{moved}").status == 200, "reading does not work"
        rig.ring()
        time.sleep(3)
    assert rig.decide(kabid, moved, page, note="Sudah diperiksa.").status in (303, 409)
    assert upload() in (200, 303)
    rig.quiet()
    rig.note = f"the move was answered {decided} on the full disk"


def _move_to_a_small_disk(rig: Rig) -> None:
    """Put the folder of the office onto a disk of its own."""
    aside = rig.folder.with_name(f"{rig.folder.name}-aside")
    size = f"size={DISK_MEGABYTES}m"
    with rig.app.app_context():
        db.session.remove()
        db.engine().dispose()
    shutil.copytree(rig.folder, aside)
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(rig.folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as refused:
        raise Skipped("a disk of its own can be mounted by root only") from refused
    else:
        rig.stack.callback(subprocess.run, ["umount", "-l", str(rig.folder)], check=True)
        shutil.copytree(aside, rig.folder, dirs_exist_ok=True)
    finally:
        shutil.rmtree(aside)


@contextmanager
def _no_byte_left(rig: Rig) -> Iterator[None]:
    """Fill the disk to the last byte, and make room again."""
    filler = rig.folder / "penuh"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


# ---- The structure of the database ----------------------------------------------------------


@row(33, profiles=(SQLITE,))
def migration_and_restore_die(rig: Rig) -> None:
    """A migration dies at statement after statement, a restore at any moment; both run again."""
    whole, total = rig.folder / "whole.sqlite3", _Count()
    assert _in_a_child(lambda: _migrate(whole, total.write_to(rig.folder / "count"))) == 0
    statements = int((rig.folder / "count").read_text())
    wanted = _structure(whole)
    kills = SHORT_KILLS if rig.short else KILLS
    for last in range(1, statements, max(1, statements // kills)):
        file = rig.folder / f"m{last}.sqlite3"
        died = _in_a_child(lambda f=file, n=last: _migrate(f, _dies_at(n)))
        assert died == signal.SIGKILL, died
        assert _in_a_child(lambda f=file: _migrate(f, lambda: None)) == 0, f"statement {last}"
        assert _structure(file) == wanted, f"another structure after statement {last}"
        file.unlink()
    _old_backup_comes_back(rig)
    rig.note = f"{statements} statements"


class _Count:
    """Counts the statements of a migration into a file."""

    def write_to(self, file: Path) -> Callable[[], None]:
        done = 0

        def one_more() -> None:
            nonlocal done
            done += 1
            file.write_text(str(done))

        return one_more


def _dies_at(last: int) -> Callable[[], None]:
    left = last

    def one_more() -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    return one_more


def _migrate(file: Path, at_each: Callable[[], None], revision: str = schema.NEWEST) -> None:
    engine = db.connect(f"sqlite:///{file}")
    sa.event.listen(engine, "before_cursor_execute", lambda *_: at_each())
    schema.upgrade(revision)


def _in_a_child(does: Callable[[], object]) -> int:
    """Do it in a process of its own; return by which signal it died, 0 when it did not."""
    child = os.fork()
    if not child:
        code = 1
        try:
            does()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) * -1


def _structure(file: Path) -> list[tuple[str, list[str]]]:
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        query = sa.text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        # In which order the constraints stand is left to chance.
        found = [
            (name, sorted(re.split(r",?\s*\n\s*", sql))) for name, sql in connection.execute(query)
        ]
        found.append(("revision", [schema.revision_of(connection) or ""]))
    engine.dispose()
    return found


def _old_backup_comes_back(rig: Rig) -> None:
    """Back up this office and one of an older program; restore both, killed on the way."""
    rig.cases(2, at=12)
    rig.start("redis", *rig.workers)
    rig.quiet()
    old = rig.folder / "old"
    old.mkdir()
    assert _in_a_child(lambda: _migrate(old / "kimweb.sqlite3", lambda: None, OLD)) == 0
    for name, office in (("now", rig.folder), ("then", old)):
        made = _flask(rig, office, "create")
        assert made.wait(60) == 0, name
        (backup,) = (office / "backups").glob("*.tar")
        copy = rig.folder / f"copy-{name}"
        copy.mkdir()
        for after in RESTORES:
            restore = _flask(rig, copy, "restore", str(backup))
            with suppress(subprocess.TimeoutExpired):
                restore.wait(after)
            restore.kill()
            restore.wait()
        last = _flask(rig, copy, "restore", str(backup))
        last.wait(60)
        assert _structure(copy / "kimweb.sqlite3") == _structure(rig.folder / "kimweb.sqlite3")
        assert _rows(copy) == _rows(office) or name == "then", name
        shutil.rmtree(copy)
    shutil.rmtree(old)


def _flask(rig: Rig, office: Path, *words: str) -> subprocess.Popen[bytes]:
    url = f"sqlite:///{office / 'kimweb.sqlite3'}"
    env = os.environ | rig.env | {"DATA_DIR": str(office), "DATABASE_URL": url}
    command = [sys.executable, "-m", "flask", "--app", "app", "backup", *words]
    with (rig.folder / "log" / "backup.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)


def _rows(office: Path) -> int:
    """Count the cases of an office."""
    engine = sa.create_engine(f"sqlite:///{office / 'kimweb.sqlite3'}")
    with engine.connect() as connection:
        count: int = connection.scalar(sa.select(sa.func.count()).select_from(Case)) or 0
    engine.dispose()
    return count
