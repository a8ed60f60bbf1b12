"""People who work by a script, flat out: four pages read for one move tried, on the same few cases.

They are Kasi and Kabid, who hand the cases between steps 5 and 6 to each other. Several look at the
same case, so some come too late and get 409: that is an answer. What must not come is a 5xx.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from statistics import quantiles

import click

from kimweb.commands import example
from kimweb.commands.player import RETURN_REASON
from tests.bench import harness
from tests.bench.harness import Figure, Target
from tests.bench.office import village
from tests.browser import busy
from tests.faults.browser import Answer, Browser
from tests.servers import Office, running_office

WHO = ("kasi", "kabid")
CASES = 8
WRITTEN, REVIEWED = 5, 6
READS = ("/", "/desk/queue", "/cases", "/agenda")


def figures(people: int, seconds: int) -> Iterator[Figure]:
    """Requests a second, their 99th percentile, and what was not answered as it should be."""
    with tempfile.TemporaryDirectory(prefix="kimweb-load-") as kept:
        folder = Path(kept)
        with busy.before_opening(folder) as player:
            cases = [player.open("Pembentukan KIM", village()) for _ in range(CASES)]
            for case_id in cases:
                player.play(case_id, until=REVIEWED)
        with running_office(folder) as office:
            jars = [_logged_in(office, username).jar for username in WHO]
            browsers = [Browser(office.url, jar=jars[n % len(jars)]) for n in range(people)]
            _work(browsers, cases, seconds)
    heard = [answer for browser in browsers for answer in browser.heard]
    name = f"{people} people flat out"
    waits = sorted(answer.seconds for answer in heard)
    yield harness.count(f"{name}: requests", len(heard) / seconds, Target(100), "per second")
    p99 = quantiles(waits, n=100)[-1]
    yield harness.count(f"{name}: p99", p99 * 1e3, Target(800, most=True), "ms")
    told = Counter(answer.status for answer in heard)
    failed = sum(map(_failed, heard))
    yield harness.count(f"{name}: failed", failed, Target(0, most=True), "answers")
    if failed:
        click.echo(f"{told}; the first: {next(a for a in heard if _failed(a)).path}", err=True)
    moved = sum(answer.status == 303 for answer in heard)
    yield harness.count(f"{name}: moves", moved, harness.UNPROMISED, "moves")
    yield harness.count(f"{name}: too late", told[409], harness.UNPROMISED, "answers")


def _failed(answer: Answer) -> bool:
    return answer.status >= 500 or not answer.status


def _logged_in(office: Office, username: str) -> Browser:
    account = next(account for account in example.ACCOUNTS if account.username == username)
    return Browser(office.url).login(username, account.password)


def _work(browsers: Sequence[Browser], cases: Sequence[int], seconds: int) -> None:
    until = time.monotonic() + seconds
    people = [
        threading.Thread(target=_day, args=(browser, n % 2 == 1, cases[n // 2 % CASES], until))
        for n, browser in enumerate(browsers)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()


def _day(browser: Browser, reviews: bool, case_id: int, until: float) -> None:
    """Read, look at the case, and move it whenever the page offers to."""
    for path in cycle(READS):
        if time.monotonic() > until:
            return
        browser.get(path)
        if path == READS[-1]:
            page = browser.get(f"/cases/{case_id}")
            if 'name="stage"' in page.text:
                _move(browser, reviews, case_id, page)


def _move(browser: Browser, reviews: bool, case_id: int, page: Answer) -> None:
    chosen: dict[str, object] = {"verdict": "forward"}
    if reviews:
        chosen = {"verdict": "send_back", "to": WRITTEN, "note": RETURN_REASON}
    stage = page.field("stage")
    browser.post(f"/cases/{case_id}/decisions", page, stage=stage, **chosen)
