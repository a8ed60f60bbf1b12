"""docker-compose.yml and the image, compared with the program: nothing in them may be out of date.

The commands are really run, with `--help` behind them, in the environment that compose would give.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from config import settings
from kimweb import queues
from kimweb.dispatch import servers as mail_servers
from tasks import create_celery

COMPOSE = yaml.safe_load((settings.ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "kimweb"}
ONCE = {"migrate"}
DOCKERFILE = (settings.ROOT / "config" / "Dockerfile").read_text()

VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<rule>:[?-])?(?P<rest>[^}]*)\}")
ENV_FILE = {
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "BASE_URL": "https://kim.contoh.invalid",
    "POSTGRES_PASSWORD": "katasandi1",
    "REDIS_PASSWORD": "katasandi2",
    "SMTP_URL": "smtp+starttls://kantor:katasandi3@surat.contoh.invalid:587",
    "MAIL_FROM": "kantor@contoh.invalid",
}


def filled(text: str) -> str:
    """Put the values of the .env file where compose would put them."""
    return VARIABLE.sub(lambda found: ENV_FILE.get(found["name"], found["rest"]), text)


def environment(service: dict[str, Any]) -> dict[str, str]:
    return {name: filled(value) for name, value in service["environment"].items()}


def variables(value: Any) -> list[re.Match[str]]:
    return list(VARIABLE.finditer(yaml.safe_dump(value, width=10_000)))


def test_the_office_consists_of_the_parts_that_the_documentation_names() -> None:
    assert set(SERVICES) == {
        "migrate",
        "web",
        "worker",
        "mailer",
        "beat",
        "mail",
        "postgres",
        "redis",
    }


@pytest.mark.parametrize("name", OURS)
def test_every_variable_given_to_a_part_is_a_setting_of_the_program(name: str) -> None:
    assert set(OURS[name]["environment"]) <= settings.NAMES


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_every_part_are_accepted(name: str) -> None:
    read = settings.load(environment(OURS[name]))
    assert not read.example_office
    assert read.host == "0.0.0.0"
    mail_servers.read(read.smtp_url)


def test_everything_secret_must_be_filled_in_and_the_complaint_says_so() -> None:
    required = {found["name"]: found for found in variables(COMPOSE) if found["rule"] == ":?"}
    assert set(required) == set(ENV_FILE)
    assert all(found["rest"] for found in required.values())
    optional = {found["name"] for found in variables(COMPOSE)} - set(required)
    assert optional == {
        "PORT",
        "MAIL_RETURN",
        "BOUNCES_URL",
        "BSRE_URL",
        "BSRE_USER",
        "BSRE_PASSWORD",
        "METRICS_TOKEN",
        "OIDC_ISSUER",
        "OIDC_CLIENT_ID",
        "OIDC_CLIENT_SECRET",
        "OIDC_NAME",
        "SECOND_FACTOR",
    }


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str, tmp_path: Path) -> None:
    program, *arguments = shlex.split(OURS[name]["command"].removeprefix("python -m "))
    last = "--check-config" if program == "gunicorn" else "--help"
    surroundings = {key: value for key, value in os.environ.items() if key not in settings.NAMES}
    own = environment(OURS[name]) | {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/kimweb",
    }
    run = subprocess.run(
        [sys.executable, "-m", program, *arguments, last],
        cwd=settings.ROOT,
        env=surroundings | own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_mail_has_workers_of_its_own_in_both_ways_of_running(app: Flask) -> None:
    celery = create_celery(app, app.config["OFFICE"])
    route = celery.amqp.router.route({}, "tasks.dispatch.drain")
    assert route["queue"].name == queues.MAIL
    assert celery.amqp.router.route({}, "tasks.deadlines.sweep")["queue"].name == "celery"
    supervised = (settings.ROOT / "config" / "supervisord.conf").read_text().split("[program:")
    of_one_machine = {text.partition("]")[0]: text for text in supervised}
    for commands in (of_one_machine, {n: str(s.get("command")) for n, s in SERVICES.items()}):
        assert f"--queues {queues.MAIL}" in commands["mailer"]
        assert "--queues" not in commands["worker"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE))
def test_every_lasting_part_is_checked_restarted_and_stopped_in_time(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert service["restart"] == "unless-stopped"
    assert service["init"] is True
    assert service["stop_grace_period"]


@pytest.mark.parametrize("name", OURS)
def test_files_named_by_health_checks_are_in_the_image(name: str) -> None:
    for word in OURS[name].get("healthcheck", {}).get("test", ()):
        if word.endswith(".py"):
            assert (settings.ROOT / word).is_file()


def test_every_volume_is_declared_and_used() -> None:
    used = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", ())
    }
    assert used == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_part_waits_only_for_what_can_say_that_it_is_ready(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert how["condition"] == "service_completed_successfully"
            assert other in ONCE


def test_addresses_point_at_parts_that_exist() -> None:
    hosts = re.findall(r"(?:@|//)([a-z]+):\d+", yaml.safe_dump(COMPOSE["services"]))
    assert hosts
    assert set(hosts) <= set(SERVICES)


def test_the_bell_keeps_what_it_was_told() -> None:
    command = shlex.split(filled(SERVICES["redis"]["command"]))
    for option, value in (
        ("--appendonly", "yes"),
        ("--maxmemory-policy", "noeviction"),
        ("--requirepass", ENV_FILE["REDIS_PASSWORD"]),
    ):
        assert command[command.index(option) + 1] == value


def test_the_image_copies_what_exists_and_does_not_run_as_root() -> None:
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = [source for copy in copies for source in copy.split()]
    assert {"app.py", "config", "kimweb", "tasks", "templates"} <= set(sources)
    assert all((settings.ROOT / source).exists() for source in sources)
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)[-1] == "kimweb"


def test_nothing_private_goes_into_the_image() -> None:
    ignored = (settings.ROOT / "config" / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in ignored
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert not allowed & {"var", ".env", ".git", ".venv", "node_modules", "tests"}
