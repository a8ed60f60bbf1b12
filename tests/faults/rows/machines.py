"""Row 38: several machines, as network namespaces of this one; database and Redis on a third.

The parts run with the commands of the one-machine office, which are those of docker-compose.yml,
and share the folder of files as the containers share their volume.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kimweb.cases.models import FORWARD, SEND_BACK
from kimweb.commands.example import ACCOUNTS
from kimweb.dispatch.models import BY_HAND, HELD, SENT, UNKNOWN
from tests.faults.browser import Browser
from tests.faults.harness import POSTGRESQL, Rig
from tests.faults.matrix import Skipped, row
from tests.faults.parts import wait_for
from tests.faults.proxy import Proxy
from tests.faults.rows.letters import address

CUT_SECONDS = 15
REASON = "Tanggal kegiatan keliru."
# Which parts run on which machine; the twin of a part is named like it with a 2.
MACHINES = {
    "web-a": ("web",),
    "web-b": ("web2",),
    "work-a": ("worker", "mailer"),
    "work-b": ("worker2", "mailer2", "beat"),
}


class Machine:
    """A network namespace with one line to the machine where database and Redis are."""

    def __init__(self, name: str, number: int) -> None:
        self.space, self.line = f"kw{os.getpid()}-{name}", f"kw{os.getpid() % 100000}{number}"
        # Two runs at once, or what a killed one has left, must not meet.
        net = f"10.{os.getpid() % 200 + 20}.{number}"
        self.here, self.there = f"{net}.1", f"{net}.2"
        far = f"{self.line}f"
        for command in (
            f"ip netns add {self.space}",
            f"ip link add {self.line} type veth peer name {far} netns {self.space}",
            f"ip addr add {self.here}/30 dev {self.line}",
            f"ip link set {self.line} up",
            f"{self.inside} ip addr add {self.there}/30 dev {far}",
            f"{self.inside} ip link set {far} up",
            f"{self.inside} ip link set lo up",
        ):
            _run(command)

    @property
    def inside(self) -> str:
        return f"ip netns exec {self.space}"

    def cut_off(self) -> None:
        _run(f"ip link set {self.line} down")

    def come_back(self) -> None:
        _run(f"ip link set {self.line} up")

    def remove(self) -> None:
        for command in (f"ip link del {self.line}", f"ip netns del {self.space}"):
            subprocess.run(command.split(), check=False, capture_output=True)


def _run(command: str) -> None:
    subprocess.run(command.split(), check=True, capture_output=True)


@row(38, profiles=(POSTGRESQL,))
def a_machine_loses_its_network(rig: Rig) -> None:
    """Two web and two worker machines; one loses its network and gets it back."""
    machines = _machines(rig)
    cases, (letters,) = rig.cases(6, at=6), rig.cases(1, at=10)
    address(rig, letters, 60)
    _move_to(rig, machines)
    rig.start("redis")
    for name in (part for parts in MACHINES.values() for part in parts):
        rig.parts[name].start()
    rig.env["BASE_URL"] = f"http://{machines['web-a'].there}:{rig.port}"
    urls = [f"http://{machines[name].there}:{rig.port}" for name in ("web-a", "web-b")]
    for url in urls:
        wait_for(lambda url=url: _answers(url), 60, f"{url} answers")
    with _at_work(rig, urls, cases) as statuses:
        time.sleep(2)
        rig.dispatch(letters)
        rig.ring()
        for name in ("work-a", "web-a"):
            time.sleep(1)
            machines[name].cut_off()
            time.sleep(CUT_SECONDS)
            machines[name].come_back()
        wait_for(lambda: _answers(urls[0]), 40, "the first web machine answers again")
    rig.note = f"{statuses[303]} moves, {statuses[0]} requests cut off"
    assert statuses[303] > 0, statuses
    assert set(statuses) <= {0, 200, 303, 409, 503}, statuses
    rig.quiet()
    states = Counter(letter.state for letter in rig.letters(letters))
    # A letter whose answer was cut off after the dot is for a person to decide.
    assert set(states) <= {SENT, UNKNOWN, HELD, BY_HAND}, states


def _machines(rig: Rig) -> dict[str, Machine]:
    if os.geteuid() or not shutil.which("ip"):
        raise Skipped("network namespaces need root and the program ip (iproute2)")
    made: dict[str, Machine] = {}
    try:
        for number, name in enumerate(MACHINES, start=1):
            made[name] = Machine(name, number)
            rig.stack.callback(made[name].remove)
    except subprocess.CalledProcessError as refusal:
        raise Skipped(f"no network namespaces here: {refusal.stderr.decode().strip()}") from None
    return made


def _move_to(rig: Rig, machines: dict[str, Machine]) -> None:
    """Let every part run on its machine, and find the others over the network."""
    for name in ("web", "worker", "mailer"):
        rig.twin(name)
    database, _, folder = rig.env["DATABASE_URL"].partition("?host=")
    socket = Path(folder.replace("%2F", "/")) / ".s.PGSQL.5432"
    doors = [
        rig.stack.enter_context(Proxy(target, "0.0.0.0"))
        for target in (socket, rig.redis_door, rig.sink.port)
    ]
    name = database.rpartition("/")[2]
    for machine, parts in MACHINES.items():
        here = machines[machine].here
        for part in (rig.parts[part] for part in parts):
            part.command = [*machines[machine].inside.split(), *part.command]
            part.env |= {
                # A real office, which may listen on the network.
                "EXAMPLE_OFFICE": "0",
                "SECOND_FACTOR": "",
                "HOST": "0.0.0.0",
                "DATABASE_URL": f"postgresql://kimweb@{here}:{doors[0].port}/{name}",
                "REDIS_URL": f"redis://{here}:{doors[1].port}",
                "SMTP_URL": f"smtp://{here}:{doors[2].port}",
            }
            del part.env["FAILPOINTS"]


@contextmanager
def _at_work(rig: Rig, urls: list[str], cases: list[int]) -> Iterator[Counter[int]]:
    """Kabid works at the first web machine, Sekdis at the second and sends everything back."""
    over, heard = threading.Event(), Counter[int]()
    seats = [_seat(rig, urls[0], "kabid"), _seat(rig, urls[1], "sekdis")]

    def work(browser: Browser, verdict: str) -> None:
        while not over.is_set():
            for case_id in cases:
                page = browser.get(f"/cases/{case_id}")
                if page.status == 200 and 'name="verdict"' in page.text:
                    rig.decide(browser, case_id, page, verdict, to=6, note=REASON)
                time.sleep(0.02)

    pairs = zip(seats, (FORWARD, SEND_BACK), strict=True)
    threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in pairs]
    for thread in threads:
        thread.start()
    try:
        yield heard
    finally:
        over.set()
        for thread in threads:
            thread.join()
        heard.update(answer.status for seat in seats for answer in seat.heard)


def _seat(rig: Rig, url: str, username: str) -> Browser:
    browser = Browser(url)
    rig.browsers.append(browser)
    return browser.login(username, next(a.password for a in ACCOUNTS if a.username == username))


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/healthz/live", timeout=2).close()
    except OSError:
        return False
    return True
