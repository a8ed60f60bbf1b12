"""`make run`: everything starts with one command, what dies comes back, nothing stays behind."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import settings
from tests.servers import Office, running_office

# Whole offices start and stop here: seconds on a quiet machine, a minute on a crowded one.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PARTS = {"web", "worker", "mailer", "beat", "redis", "mail"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One running example office for the tests that leave it running."""
    with running_office(tmp_path_factory.mktemp("office")) as office:
        yield office


def until(happened: Callable[[], object], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.1)
    return False


def answers(office: Office) -> bool:
    try:
        with urllib.request.urlopen(office.url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):  # refused, cut off in the middle, or no answer
        return False


def processes_of(folder: Path) -> list[str]:
    """Return the command lines of the processes whose environment names `folder` as theirs."""
    mark = f"DATA_DIR={folder}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def start_another(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flask", "--app", "app", "office", "run"]
    surroundings = {name: text for name, text in os.environ.items() if name not in settings.NAMES}
    return subprocess.run(
        command,
        cwd=settings.ROOT,
        env=surroundings | {"DATA_DIR": str(folder)} | env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_part_runs(office: Office) -> None:
    assert until(lambda: all(office.pids().values()))
    assert set(office.pids()) == PARTS


def test_one_address_and_the_example_accounts_are_printed(office: Office) -> None:
    announced = office.folder / "office.log"
    assert until(lambda: "Kantor siap" in announced.read_text())
    text = announced.read_text()
    assert re.findall(r"http://\S+", text) == [office.url]
    for username in ("kadis", "sekdis", "kabid", "kasi", "staf", "tim", "admin"):
        assert re.search(rf"^  {username} +\S+ +\w+", text, re.MULTILINE)


def test_the_login_page_is_served(office: Office) -> None:
    with urllib.request.urlopen(office.url, timeout=10) as answer:
        assert answer.status == 200
        assert answer.url.startswith(f"{office.url}/")


def test_the_secret_and_the_sockets_are_for_their_owner_alone(office: Office) -> None:
    def others(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode) & 0o077

    sockets = settings.run_dir(office.folder)
    assert not others(office.folder / "secret_key")
    assert not others(sockets)
    assert not others(sockets / "redis.sock")
    assert not others(sockets / "supervisor.sock")


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_part_that_is_killed_comes_back(office: Office, part: str) -> None:
    assert until(lambda: office.pids()[part])
    before = office.pids()[part]
    os.kill(before, signal.SIGKILL)
    assert until(lambda: office.pids()[part] not in (0, before))
    assert until(lambda: answers(office)), "its pages come back too"


def test_a_second_start_says_where_the_office_runs_already(office: Office) -> None:
    second = start_another(office.folder, EXAMPLE_OFFICE="1")
    assert second.returncode == 1
    assert f"Kantor ini sudah berjalan: {office.url}" in second.stderr


def test_a_taken_port_is_refused_with_advice(office: Office, tmp_path: Path) -> None:
    port = office.url.rpartition(":")[2]
    refused = start_another(tmp_path, EXAMPLE_OFFICE="1", PORT=port)
    assert refused.returncode == 1
    assert f"Port {port} sudah dipakai program lain" in refused.stderr


def test_a_real_office_does_not_start_without_a_mail_server(tmp_path: Path) -> None:
    refused = start_another(tmp_path, SECRET_KEY="rahasia-yang-cukup-panjang-untuk-dipakai")
    assert refused.returncode == 1
    assert "SMTP_URL belum diisi" in refused.stderr


def test_ctrl_c_stops_everything_and_the_next_start_finds_the_same_office(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        secret = (office.folder / "secret_key").read_text()
        assert office.stop() == 0
        assert until(lambda: not processes_of(office.folder), 20), processes_of(office.folder)
    with running_office(tmp_path) as office:
        assert (office.folder / "secret_key").read_text() == secret


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux ties processes")
def test_nothing_is_left_when_the_runner_itself_is_killed(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        assert until(lambda: all(office.pids().values()))
        os.kill(office.process.pid, signal.SIGKILL)
        office.process.wait()
        assert until(lambda: not processes_of(office.folder), 20), processes_of(office.folder)


def test_a_long_path_does_not_hinder_the_sockets(tmp_path: Path) -> None:
    deep = tmp_path / ("folder-dengan-nama-yang-panjang-" * 4)
    sockets = settings.run_dir(deep)
    with socket.socket(socket.AF_UNIX) as door:
        sockets.mkdir(mode=0o700)
        door.bind(str(sockets / "supervisor.sock.1234567"))
    (sockets / "supervisor.sock.1234567").unlink()
    sockets.rmdir()
