"""`flask certificate ...`: with what people sign electronically, and whose certificates count.

The example office gets an authority of its own and a test certificate for everybody who signs.
"""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask import current_app
from sqlalchemy.orm import Session

from kimweb import clock, db
from kimweb.commands import example
from kimweb.documents import signatures
from kimweb.documents.signing import BSRE, P12, PKCS11, SigningError
from kimweb.people import accounts
from kimweb.people.models import Person


@click.group("certificate", help="Mengurus sertifikat tanda tangan elektronik.")
def group() -> None:
    """The group registered on the Flask command line."""


@group.command("file", help="Mendaftarkan berkas PKCS#12 (.p12) milik satu akun.")
@click.argument("username")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--passphrase", prompt="Frasa sandi berkas", hide_input=True)
def add_file(username: str, file: Path, passphrase: str) -> None:
    """Copy a PKCS#12 file to where only the program reads it; the passphrase is not kept."""
    from kimweb.documents.signing import keys

    try:
        facts = keys.facts_of_file(file, passphrase)
    except SigningError as refusal:
        raise click.ClickException(f"{refusal} {refusal.fix}") from None
    name = f"{username}-{facts.fingerprint[:12]}.p12"
    _write(signatures.folder() / name, file.read_bytes())
    with db.writing() as session:
        signatures.enroll(session, _person(session, username), P12, name, clock.now(), facts=facts)
    click.echo(f"Sertifikat {username} terdaftar; penerbitnya: {facts.issuer}.")


@group.command("token", help="Mendaftarkan kunci pada token PKCS#11 untuk satu akun.")
@click.argument("username")
@click.argument("label")
def add_token(username: str, label: str) -> None:
    """Let a person sign with the key of this label in the office's token."""
    if not current_app.config["OFFICE"].pkcs11_module:
        raise click.ClickException("PKCS11_MODULE dan PKCS11_TOKEN belum diisi.")
    _enroll(username, PKCS11, label)


@group.command("bsre", help="Mendaftarkan akun BSrE (pos-el) untuk satu akun.")
@click.argument("username")
@click.argument("email")
def add_bsre(username: str, email: str) -> None:
    """Let a person sign at BSrE, which knows them by this address."""
    if not current_app.config["OFFICE"].bsre_url:
        raise click.ClickException("BSRE_URL, BSRE_USER, dan BSRE_PASSWORD belum diisi.")
    _enroll(username, BSRE, email)


@group.command("trust", help="Mempercayai sertifikat akar (.pem) sebuah penerbit.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def trust(file: Path) -> None:
    """Accept signatures whose chain ends in this root certificate."""
    if b"-----BEGIN CERTIFICATE-----" not in file.read_bytes():
        raise click.ClickException("Berkas itu bukan sertifikat PEM.")
    _write(signatures.folder() / signatures.TRUSTED / f"{file.stem}.pem", file.read_bytes())
    click.echo("Penerbit itu sekarang dipercaya.")


def furnish_example() -> None:
    """Give the example office its authority, and test certificates to its signers, once."""
    from kimweb.documents.signing import authority

    folder, now = signatures.folder(), clock.now()
    with db.writing() as session:
        for account in example.ACCOUNTS:
            if not account.passphrase or _is_furnished(session, folder, account.username):
                continue
            if not authority.is_founded(folder):
                authority.found(folder, now)
            person, file = _person(session, account.username), f"{account.username}-uji.p12"
            facts = authority.issue(folder, account.name, file, account.passphrase, now)
            signatures.enroll(session, person, P12, file, now, facts=facts, is_test=True)


def _is_furnished(session: Session, folder: Path, username: str) -> bool:
    """Tell whether an example account is gone, or has a certificate with its file in place."""
    person = accounts.find(session, username)
    if person is None or not person.is_example:
        return True
    certificate = signatures.certificate_of(session, person)
    return certificate is not None and (folder / certificate.reference).exists()


def _enroll(username: str, means: str, reference: str) -> None:
    with db.writing() as session:
        signatures.enroll(session, _person(session, username), means, reference, clock.now())
    click.echo(f"{username} sekarang menandatangani secara elektronik.")


def _person(session: Session, username: str) -> Person:
    person = accounts.find(session, username)
    if person is None:
        raise click.ClickException(f"Akun {username} tidak ada.")
    return person


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as writer:
        writer.write(data)
