"""`make scan`: every scanner on its canary, then on the office; 0 when nothing is unexplained."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import click

from config.settings import ROOT
from kimweb.commands.example import ACCOUNTS
from tests import servers
from tests.faults.browser import Browser
from tests.scan import fuzz, tools

CANARY = Path(__file__).with_name("canary.py")
SOURCE = [ROOT / name for name in ("app.py", "config", "kimweb", "tasks")]
# What each scanner has to find in the canary, or it is not believed.
BANDIT = {"B608", "B602", "B301", "B506", "B307", "B704"}
WAPITI = {
    "SQL Injection /cari",
    "Reflected Cross Site Scripting /halo",
    "Open Redirect /pergi",
    "Path Traversal /berkas",
    "Content Security Policy Configuration /",
}
ROUNDS = 20
# Leaving would end the scan; what is streamed never ends.
LEFT_ALONE = ("/logout", "/live", "/account/logins", "/account/password")
MOST_PAGES = 150
# What a scanner finds and nobody has to mend, with the reason.
EXPLAINED = {
    "Cross Site Request Forgery /verify": "whoever holds a letter asks, and changes nothing",
    "Secure Flag cookie /": "this machine is asked without https; BASE_URL with https sets it",
}


def main() -> int:
    """Scan, say what was found, and return how much of it nobody has explained."""
    wrong = [*_source(), *_running(), *_forms()]
    click.echo(f"{len(wrong)} findings without an explanation")
    return 1 if wrong else 0


def _source() -> Iterator[str]:
    planted = {line.split()[0] for line in tools.bandit([CANARY])}
    yield from _told("bandit on the canary misses", sorted(BANDIT - planted))
    yield from _told("bandit on the office", tools.bandit(SOURCE))


def _running() -> Iterator[str]:
    with canary() as url:
        yield from _told("wapiti on the canary misses", sorted(WAPITI - set(tools.wapiti(url))))
        found = tools.sqlmap(f"{url}/cari?nama=Cahaya")
        yield from _told("sqlmap on the canary misses", [] if found else ["/cari"])
    with office() as url:
        for account in ("admin", "kasi"):
            browser = login(url, account)
            cookie = "; ".join(f"{c.name}={c.value}" for c in browser.jar)
            without = [urljoin(url, path) for path in LEFT_ALONE]
            every = tools.wapiti(url, cookie, without=without)
            found = [finding for finding in every if finding not in EXPLAINED]
            yield from _told(f"wapiti on the office as {account}", found)
            for address in questions(browser):
                found = tools.sqlmap(urljoin(url, address), cookie)
                yield from _told(f"sqlmap as {account} on {address}", found)


def _forms() -> Iterator[str]:
    if fuzz.main(ROUNDS):
        yield "forms"


def _told(what: str, found: list[str]) -> list[str]:
    click.echo(f"{what}: {', '.join(found) if found else 'nothing'}")
    return found


def questions(browser: Browser) -> list[str]:
    """Return an address for every set of parameters that pages or their forms ask with."""
    seen, waiting, found = {"/"}, ["/"], dict[tuple[str, str], str]()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        page = browser.get(path).text
        for link in re.findall(r'(?:href|hx-get)="(/[^"#]*)"', page):
            parts = urlsplit(link.replace("&amp;", "&"))
            names = ",".join(sorted(re.findall(r"(\w+)=", parts.query)))
            pattern = re.sub(r"\d+", "0", parts.path)
            if names:
                found.setdefault((pattern, names), parts.geturl())
            if pattern not in seen and not parts.path.startswith(
                (*LEFT_ALONE, "/static", "/vendor")
            ):
                seen.add(pattern)
                waiting.append(parts.path)
        for form in re.findall(r"<form(?![^>]*post)[^>]*>.*?</form>", page, re.DOTALL):
            names = sorted(set(re.findall(r'name="(\w+)"', form)))
            asked = re.match(r'<form[^>]* action="([^"?]+)', form)
            goal = asked[1] if asked else path
            if names:
                query = "&".join(f"{name}=1" for name in names)
                found.setdefault((re.sub(r"\d+", "0", goal), ",".join(names)), f"{goal}?{query}")
    return list(found.values())


def login(url: str, username: str) -> Browser:
    password = next(a.password for a in ACCOUNTS if a.username == username)
    return Browser(url).login(username, password)


@contextmanager
def canary() -> Iterator[str]:
    """The program with holes, on this machine."""
    port = servers.free_port()
    command = [sys.executable, "-m", "tests.scan.canary", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@contextmanager
def office() -> Iterator[str]:
    """The example office with cases, on this machine."""
    with (
        tempfile.TemporaryDirectory(prefix="kimweb-scan-") as folder,
        servers.running_office(Path(folder), with_cases=True) as running,
    ):
        yield running.url


def _wait_for(url: str) -> None:
    for _ in range(10 * servers.PATIENCE_SECONDS):
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


if __name__ == "__main__":
    sys.exit(main())
