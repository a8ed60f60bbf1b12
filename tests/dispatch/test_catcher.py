"""The mailbox of an office without a mail server, talked to by our own mailer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from config.settings import ROOT
from kimweb.dispatch import catcher, mailer, servers
from tests.dispatch.test_mailer import Log


@contextmanager
def catching(folder: Path) -> Iterator[str]:
    """The catcher as the office starts it, a process of its own; yields its URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"smtp://127.0.0.1:{free.getsockname()[1]}"
    env = os.environ | {
        "SECRET_KEY": "x" * 40,
        "DATA_DIR": str(folder),
        "MAILBOX_DIR": str(folder / "mailbox"),
        "SMTP_URL": url,
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "mail", "catch"]
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        _wait_for(servers.read(url))
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _wait_for(server: servers.Server) -> None:
    for _ in range(200):
        with socket.socket() as line:
            if line.connect_ex((server.host, server.port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the catcher does not listen")


def hand_over(url: str, recipient: str, subject: str = "Undangan") -> str:
    body = f"Subject: {subject}\r\nDate: Mon, 23 Nov 2026 09:00:00 +0800\r\n\r\nYth.\r\n".encode()
    log = Log()
    with mailer.Session(servers.read(url), "kantor.contoh") as line:
        return line.send(
            "dinas@kolaka.example",
            recipient,
            body,
            before_dot=log.before_dot,
            alive=log.still_alive,
        )


def test_what_the_office_sends_can_be_opened_in_the_mailbox(tmp_path: Path) -> None:
    with catching(tmp_path) as url:
        for n in range(3):
            assert hand_over(url, f"camat{n}@kolaka.example", f"Undangan {n}").startswith("250")
    kept = catcher.caught(tmp_path / "mailbox")
    assert [mail.mail["Subject"] for mail in kept] == ["Undangan 2", "Undangan 1", "Undangan 0"]
    (found,) = catcher.caught(tmp_path / "mailbox", " CAMAT1@ ")
    opened = catcher.open_mail(tmp_path / "mailbox", found.key)
    assert opened is not None
    assert opened.recipient == "camat1@kolaka.example"
    assert opened.mail.get_content().strip() == "Yth."
    assert opened.at is not None
    assert opened.at.hour == 9


def test_a_folder_that_was_made_beforehand_takes_mail_too(tmp_path: Path) -> None:
    (tmp_path / "mailbox").mkdir()
    with catching(tmp_path) as url:
        assert hand_over(url, "camat@kolaka.example").startswith("250")
    assert len(catcher.caught(tmp_path / "mailbox")) == 1


def test_a_mail_that_is_not_there_is_not_opened(tmp_path: Path) -> None:
    with catching(tmp_path):
        pass
    assert catcher.open_mail(tmp_path / "mailbox", "../../etc/passwd") is None
    assert catcher.caught(tmp_path / "mailbox") == []


@pytest.mark.parametrize(
    ("smtp_url", "given", "in_use"),
    [
        ("smtp://127.0.0.1:8025", False, True),
        ("smtp://mail:8025", True, True),
        ("smtp://mail.kolaka.go.id", False, False),
        ("smtps://127.0.0.1:465", False, False),
    ],
)
def test_the_mailbox_is_shown_only_where_mail_goes_into_it(
    app: Flask, smtp_url: str, given: bool, in_use: bool
) -> None:
    office = app.config["OFFICE"]
    folder = office.data_dir / "mailbox"
    office = replace(office, smtp_url=smtp_url, mailbox_dir=folder if given else None)
    assert not catcher.is_in_use(office)
    (folder / "new").mkdir(parents=True)
    assert catcher.is_in_use(office) is in_use
