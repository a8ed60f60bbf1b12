"""Environment in, typed names out: the only module that reads the environment.

Every setting has a safe default except the secret: without the example office the program
refuses to start until SECRET_KEY is set to a long random value.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
MIN_SECRET_LENGTH = 32
# The kernel takes 107 bytes for a Unix socket's path; names in the folder need their share.
MAX_RUN_DIR_LENGTH = 80
NAMES = frozenset(
    {
        "BACKUP_DIR",
        "BACKUP_RECIPIENT",
        "BASE_URL",
        "BOUNCES_URL",
        "BSRE_PASSWORD",
        "BSRE_URL",
        "BSRE_USER",
        "CLOCK_FILE",
        "DATABASE_URL",
        "DATA_DIR",
        "EXAMPLE_OFFICE",
        "FAILPOINTS",
        "HOST",
        "MAILBOX_DIR",
        "MAIL_DOT_SECONDS",
        "MAIL_FROM",
        "MAIL_PER_MINUTE",
        "MAIL_PROBE_SECONDS",
        "MAIL_RETURN",
        "METRICS_TOKEN",
        "OIDC_CLIENT_ID",
        "OIDC_CLIENT_SECRET",
        "OIDC_ISSUER",
        "OIDC_NAME",
        "PKCS11_MODULE",
        "PKCS11_TOKEN",
        "PORT",
        "REDIS_URL",
        "SECOND_FACTOR",
        "SECRET_KEY",
        "SMTP_URL",
    }
)


class SettingsError(Exception):
    """The environment does not make a working office; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the program takes from its surroundings."""

    secret_key: str = field(repr=False)
    database_url: str
    redis_url: str
    smtp_url: str
    base_url: str
    host: str
    port: int
    data_dir: Path
    example_office: bool
    mail_from: str
    mailbox_dir: Path | None
    clock_file: Path | None
    # The office's Esign Client Service (BSrE), and its token: only for offices that have one.
    bsre_url: str = ""
    bsre_user: str = ""
    bsre_password: str = field(default="", repr=False)
    pkcs11_module: str = ""
    pkcs11_token: str = ""
    # How long a mail server may take after the final dot (RFC 5321, 4.5.3.2.6: ten minutes), how
    # long a paused channel waits before it is tried again, and how many mails may leave in a
    # minute (0: as many as the server takes).
    mail_dot_seconds: int = 600
    mail_probe_seconds: int = 300
    mail_per_minute: int = 0
    # Where backups go, best on another disk, and the age public key that they are sealed for.
    backup_dir: Path | None = None
    backup_recipient: str = ""
    # The address that bounces go to (each mail puts a token behind it), and where they are read.
    mail_return: str = ""
    bounces_url: str = field(default="", repr=False)
    # Who has to show a second factor at login: lanes, and "admin" for administrators.
    second_factor: frozenset[str] = frozenset()
    # Who carries it may read /metrics from another machine.
    metrics_token: str = field(default="", repr=False)
    # The single sign-on that people may come in by (OpenID Connect), and what they call it.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = ""
    # Where tests arm the points at which a process ends (kimweb/failpoints.py).
    failpoints: Path | None = None
    # Names that the environment gave: what is missing, `flask office run` brings itself.
    given: frozenset[str] = frozenset()


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raise SettingsError with one plain sentence when they cannot work."""
    env = os.environ if environ is None else environ
    data_dir = Path(env.get("DATA_DIR", str(ROOT / "var"))).resolve()
    example = _flag(env, "EXAMPLE_OFFICE")
    port = _integer(env, "PORT", 8000)
    smtp_url = env.get("SMTP_URL", "smtp://127.0.0.1:8025")
    return Settings(
        secret_key=_secret(env, data_dir if example else None),
        database_url=env.get("DATABASE_URL", f"sqlite:///{data_dir / 'kimweb.sqlite3'}"),
        redis_url=env.get("REDIS_URL", f"unix://{run_dir(data_dir) / 'redis.sock'}"),
        smtp_url=smtp_url,
        base_url=env.get("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        # The example office shows its passwords, so it never listens beyond this machine.
        host="127.0.0.1" if example else env.get("HOST", "0.0.0.0"),  # noqa: S104
        port=port,
        data_dir=data_dir,
        example_office=example,
        mail_from=env.get("MAIL_FROM", "kimweb@localhost"),
        mailbox_dir=Path(env["MAILBOX_DIR"]) if env.get("MAILBOX_DIR") else None,
        clock_file=Path(env["CLOCK_FILE"]) if env.get("CLOCK_FILE") else None,
        bsre_url=env.get("BSRE_URL", ""),
        bsre_user=env.get("BSRE_USER", ""),
        bsre_password=env.get("BSRE_PASSWORD", ""),
        pkcs11_module=env.get("PKCS11_MODULE", ""),
        pkcs11_token=env.get("PKCS11_TOKEN", ""),
        mail_dot_seconds=_integer(env, "MAIL_DOT_SECONDS", 600),
        mail_probe_seconds=_integer(env, "MAIL_PROBE_SECONDS", 300),
        mail_return=env.get("MAIL_RETURN", ""),
        bounces_url=env.get("BOUNCES_URL", ""),
        mail_per_minute=_integer(env, "MAIL_PER_MINUTE", 0),
        backup_dir=Path(env["BACKUP_DIR"]) if env.get("BACKUP_DIR") else None,
        backup_recipient=env.get("BACKUP_RECIPIENT", ""),
        second_factor=frozenset(
            env.get("SECOND_FACTOR", "" if example else "kadis,sekdis,admin")
            .replace(",", " ")
            .split()
        ),
        metrics_token=env.get("METRICS_TOKEN", ""),
        **_single_sign_on(env),
        failpoints=_failpoints(env, example),
        given=frozenset(NAMES & env.keys()),
    )


def run_dir(data_dir: Path) -> Path:
    """Return the folder for the sockets of the office in `data_dir`, its path always short."""
    inside = data_dir / "run"
    if len(os.fsencode(inside)) <= MAX_RUN_DIR_LENGTH:
        return inside
    key = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"kimweb-{os.getuid()}-{key}"


def _secret(env: Mapping[str, str], own_folder: Path | None) -> str:
    secret = env.get("SECRET_KEY") or (_own_secret(own_folder) if own_folder else "")
    if len(secret) < MIN_SECRET_LENGTH:
        raise SettingsError(
            f"SECRET_KEY harus diisi paling sedikit {MIN_SECRET_LENGTH} huruf acak, misalnya dari: "
            "python3 -c 'import secrets; print(secrets.token_hex(32))'"
        )
    return secret


def _own_secret(folder: Path) -> str:
    """The example office's own secret: made on first start, readable by its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "secret_key"
    with suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as writer:
            writer.write(secrets.token_hex(MIN_SECRET_LENGTH))
    return file.read_text()


def _single_sign_on(env: Mapping[str, str]) -> dict[str, str]:
    """What a single sign-on needs, all of it or nothing; its passwords never go in the clear."""
    issuer = env.get("OIDC_ISSUER", "")
    if not issuer:
        return {}
    if missing := [name for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET") if not env.get(name)]:
        raise SettingsError(f"OIDC_ISSUER memerlukan {' dan '.join(missing)}.")
    is_here = urlsplit(issuer).hostname in ("127.0.0.1", "localhost")
    if not (issuer.startswith("https://") or is_here):
        raise SettingsError(f"OIDC_ISSUER harus beralamat https://, bukan {issuer!r}.")
    return {
        "oidc_issuer": issuer,
        "oidc_client_id": env["OIDC_CLIENT_ID"],
        "oidc_client_secret": env["OIDC_CLIENT_SECRET"],
        "oidc_name": env.get("OIDC_NAME") or "SSO pemerintah daerah",
    }


def _failpoints(env: Mapping[str, str], example: bool) -> Path | None:
    folder = env.get("FAILPOINTS")
    if folder and not example:
        raise SettingsError("FAILPOINTS hanya untuk pengujian dengan EXAMPLE_OFFICE=1.")
    return Path(folder) if folder else None


def _flag(env: Mapping[str, str], name: str) -> bool:
    value = env.get(name, "0")
    if value not in ("0", "1"):
        raise SettingsError(f"{name} harus 0 atau 1, bukan {value!r}.")
    return value == "1"


def _integer(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name, str(default))
    if not value.isdigit():
        raise SettingsError(f"{name} harus bilangan bulat, bukan {value!r}.")
    return int(value)
