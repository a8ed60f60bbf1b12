"""`flask people ...`: the first administrator of a real office, who then adds everybody else."""

from __future__ import annotations

import click

from kimweb import db
from kimweb.people import accounts, passwords


@click.group("people", help="Mengurus akun dari baris perintah.")
def group() -> None:
    """The group registered on the Flask command line."""


@group.command("administrator", help="Membuat akun administrator.")
@click.argument("username")
@click.option("--name", prompt="Nama lengkap", help="Nama lengkap beserta gelar.")
@click.password_option(prompt="Kata sandi", confirmation_prompt="Ulangi kata sandi")
def administrator(username: str, name: str, password: str) -> None:
    """Create an administrator; a refused name or password is answered with a sentence."""
    given = dict.fromkeys(accounts.FIELDS, "") | {"username": username, "name": name}
    with db.writing() as session:
        wrong = accounts.refusals(session, given, None)
        if weak := passwords.weakness(password, username, name):
            wrong["password"] = weak
        if wrong:
            raise click.ClickException(" ".join(wrong.values()))
        accounts.create(session, given, password, is_admin=True)
    click.echo(f"Akun {username} sudah dibuat. Masuk, lalu tambahkan pegawai yang lain.")
