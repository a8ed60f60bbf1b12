"""Registering what people sign with, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from kimweb import clock, db
from kimweb.commands import certificates
from kimweb.documents import signatures
from kimweb.documents.models import Certificate
from kimweb.documents.signing import authority
from tests.world import World


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A key file that another authority issued to Kadis."""
    authority.found(tmp_path / "ca", clock.now())
    authority.issue(tmp_path / "ca", "Drs. Andi Rahman", "kadis.p12", "benar", clock.now())
    return tmp_path / "ca" / "kadis.p12"


def run(app: Flask, *args: str, typed: str = "") -> str:
    """Return what `flask certificate ...` says."""
    return app.test_cli_runner().invoke(args=["certificate", *args], input=typed).output


def with_what(world: World, username: str) -> Certificate | None:
    return signatures.certificate_of(db.session(), world.person(username))


def test_a_key_file_is_registered_and_kept_for_its_owner_alone(
    app: Flask, world: World, key_file: Path
) -> None:
    said = run(app, "file", "kadis", str(key_file), typed="benar\n")
    assert "Sertifikat kadis terdaftar" in said
    mine = with_what(world, "kadis")
    assert mine is not None
    assert (mine.means, mine.is_test) == ("p12", False)
    kept = signatures.folder() / mine.reference
    assert kept.read_bytes() == key_file.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_wrong_passphrase_registers_nothing(app: Flask, world: World, key_file: Path) -> None:
    assert "Frasa sandi tidak cocok" in run(app, "file", "kadis", str(key_file), typed="salah\n")
    assert with_what(world, "kadis") is None


def test_a_new_certificate_retires_the_one_before(app: Flask, world: World, key_file: Path) -> None:
    certificates.furnish_example()
    before = with_what(world, "kadis")
    run(app, "file", "kadis", str(key_file), typed="benar\n")
    now = with_what(world, "kadis")
    assert before is not None
    assert now is not None
    assert now.id != before.id


def test_tokens_and_bsre_need_their_settings(app: Flask) -> None:
    assert "PKCS11_MODULE dan PKCS11_TOKEN belum diisi." in run(app, "token", "kadis", "kadis")
    assert "BSRE_URL, BSRE_USER, dan BSRE_PASSWORD belum diisi." in run(
        app, "bsre", "kadis", "kadis@contoh.go.id"
    )


def test_only_a_certificate_can_be_trusted(app: Flask, key_file: Path) -> None:
    assert "bukan sertifikat PEM" in run(app, "trust", str(key_file))
    root = key_file.parent / "trusted" / "ca-uji.pem"
    assert "sekarang dipercaya" in run(app, "trust", str(root))
    assert root.read_bytes() in signatures.roots()


def test_the_example_office_is_furnished_once(app: Flask, world: World) -> None:
    certificates.furnish_example()
    first = with_what(world, "kadis")
    certificates.furnish_example()
    second = with_what(world, "kadis")
    assert first is not None
    assert second is not None
    assert first.id == second.id
    assert second.is_test
    assert with_what(world, "staf") is None
