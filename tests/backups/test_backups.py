"""A backup holds the whole office, says when it was touched, and comes back into an empty one."""

from __future__ import annotations

import shutil
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from click.testing import Result
from flask import Flask

from kimweb import create_app, db
from kimweb.backups import tables
from kimweb.cases import queries
from kimweb.dispatch import channels
from kimweb.people import logins
from tests.conftest import settings_for
from tests.databases import both_databases
from tests.servers import Postgres
from tests.world import World

IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The file in which the office keeps its key, as age-keygen writes it."""
    file = tmp_path / "kunci.txt"
    file.write_text(f"# public key: {RECIPIENT}\n{IDENTITY}\n")
    return file


@pytest.fixture
def other_url(furnished_postgres: Postgres, database_url: str, tmp_path: Path) -> Iterator[str]:
    """An empty database on another machine: PostgreSQL for an office on SQLite, and back."""
    if database_url.startswith("postgresql"):
        yield f"sqlite:///{tmp_path / 'lain.sqlite3'}"
        return
    name = f"lain-{uuid.uuid4().hex[:12]}"
    yield furnished_postgres.database(name)
    furnished_postgres.drop(name)


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["backup", *words])


def made(app: Flask) -> Path:
    """Make a backup of the office; return its file."""
    result = run(app, "create")
    assert result.exit_code == 0, result.output
    return Path(result.output.splitlines()[0].removeprefix("Cadangan dibuat: "))


def every_row() -> dict[str, list[bytes]]:
    with tables.snapshot(db.engine()) as connection:
        return {t.name: list(tables.dump(connection, t)) for t in tables.every(connection)}


@pytest.mark.postgres
@both_databases
def test_an_office_moves_to_another_machine_and_database(
    app: Flask, world: World, other_url: str, tmp_path: Path
) -> None:
    case = world.case(at=12)
    token = world.token("kasi")
    file = made(app)
    before = every_row()
    files = {f.name: f.read_bytes() for f in (tmp_path / "files").rglob("*") if f.is_file()}
    db.session.remove()

    other = create_app(settings_for(tmp_path / "lain", DATABASE_URL=other_url))
    with other.app_context():
        result = run(other, "restore", str(file))
        assert result.exit_code == 0, result.output
        # Nothing leaves from the copy before somebody says so: the old office may still send.
        assert channels.current(db.session()).is_held
        assert channels.gate(db.session(), world.clock()) == channels.CLOSED
        # What was logged in while the backup was made may have been ended since.
        assert not logins.holds(db.session(), token, world.clock())
        after = every_row()
        for changed in ("channel", "login"):
            del before[changed], after[changed]
        assert after.keys() == before.keys()
        for table, lines in before.items():
            assert after[table] == lines, table
        restored = tmp_path / "lain" / "files"
        assert files == {f.name: f.read_bytes() for f in restored.rglob("*") if f.is_file()}
        stage = queries.open_stage(db.session(), case.id)
        assert stage is not None
        assert stage.step == 12
        # The next row gets a number of its own.
        World.case(World(other, world.clock), at=2, subject="Pembentukan KIM Pomalaa")
        db.session.remove()
    db.engine().dispose()


def test_an_office_in_use_is_not_overwritten(app: Flask, world: World) -> None:
    world.case(at=2)
    result = run(app, "restore", str(made(app)))
    assert result.exit_code == 1
    assert "Tujuan sudah berisi data" in result.output


def test_a_restore_that_was_cut_off_can_be_run_again(app: Flask, tmp_path: Path) -> None:
    file = made(app)
    other = create_app(settings_for(tmp_path / "lain"))
    with other.app_context():
        broken = tmp_path / "rusak.tar"
        shutil.copy(file, broken)
        _change_content(broken, "tables/person.jsonl", b"kabid", b"kabjd")
        assert run(other, "restore", str(broken)).exit_code == 1
        assert run(other, "restore", str(file)).exit_code == 0
        db.session.remove()


def test_a_sealed_backup_opens_with_its_key_only_and_holds_the_certificates(
    app: Flask, key: Path, tmp_path: Path
) -> None:
    (tmp_path / "certificates").mkdir(exist_ok=True)
    (tmp_path / "certificates" / "kadis.p12").write_bytes(b"kunci tanda tangan")
    assert "kadis.p12" not in _names(made(app))

    settings = settings_for(tmp_path, DATABASE_URL=str(db.engine().url), BACKUP_RECIPIENT=RECIPIENT)
    app.config["OFFICE"] = settings
    file = made(app)
    assert b"kabid" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert "Beri berkas kuncinya" in run(app, "verify", str(file)).output
    wrong = tmp_path / "lain.txt"
    wrong.write_text(str(pyrage.x25519.Identity.generate()))
    assert "Kunci tidak cocok" in run(app, "verify", str(file), "--identity", str(wrong)).output
    assert "Cadangan utuh." in run(app, "verify", str(file), "--identity", str(key)).output
    plain = tmp_path / "terbuka.tar"
    pyrage.decrypt_file(str(file), str(plain), [IDENTITY])
    assert "kadis.p12" in _names(plain)


def test_a_recipient_that_is_no_key_is_said_before_anything_is_kept(
    app: Flask, tmp_path: Path
) -> None:
    app.config["OFFICE"] = settings_for(
        tmp_path, DATABASE_URL=str(db.engine().url), BACKUP_RECIPIENT="kunci-saya"
    )
    result = run(app, "create")
    assert result.exit_code == 1
    assert "harus kunci umum age" in result.output
    assert not list((tmp_path / "backups").iterdir())


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_backup_that_was_cut_off_is_refused(app: Flask, keep: float) -> None:
    file = made(app)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole.rstrip(b"\0")) * keep)])
    result = run(app, "verify", str(file))
    assert result.exit_code == 1
    assert "Pakai yang lain." in result.output


def test_a_row_changed_in_the_backup_is_named(app: Flask) -> None:
    file = made(app)
    _change_content(file, "tables/person.jsonl", b"kabid", b"kabjd")
    result = run(app, "verify", str(file))
    assert result.exit_code == 1
    assert "tables/person.jsonl" in result.output


def test_any_other_file_is_no_backup(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "surat.pdf"
    file.write_bytes(b"%PDF-1.7")
    result = run(app, "verify", str(file))
    assert result.exit_code == 1
    assert "Pakai yang lain." in result.output


def _names(file: Path) -> str:
    with tarfile.open(file) as tar:
        return " ".join(tar.getnames())


def _change_content(file: Path, name: str, old: bytes, new: bytes) -> None:
    """Change bytes in one member of the tar, its length kept."""
    with tarfile.open(file) as tar:
        entry = tar.getmember(name)
    data = bytearray(file.read_bytes())
    start = data.index(old, entry.offset_data, entry.offset_data + entry.size)
    data[start : start + len(old)] = new
    file.write_bytes(data)
