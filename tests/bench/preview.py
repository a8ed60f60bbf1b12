"""The picture of a letter while it is typed, in a real browser against the real processes.

Staf types words into an invitation; meanwhile another desk is asked for three times a second, and
workers and beat do their rounds. Measured in the page itself: from the moment a pause in the
typing is noticed, and from the last key, until the new picture is drawn.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import click
from playwright.sync_api import Browser, sync_playwright

from kimweb.documents import regions
from tests.bench import harness
from tests.bench.harness import Figure, Target
from tests.browser import busy
from tests.browser.conftest import FLAGS, NAMES
from tests.browser.seats import LAPTOP, Seat
from tests.servers import Office, running_office

WHO = ("kabid", "staf")
WORDS = 60
KEY_MS = 60
BETWEEN_MS = 400
OTHER_DESKS = "() => { setInterval(() => fetch('/'), 333); }"
WATCH = """() => {
    const live = document.getElementById("page-live");
    window.waits = [];
    let key = 0, pause = 0;
    document.addEventListener("input", () => { key = performance.now(); });
    document.addEventListener("htmx:beforeRequest", (event) => {
        if (event.detail.elt === live) pause = performance.now();
    });
    new MutationObserver(async () => {
        const [since_pause, since_key] = [pause, key];
        await document.querySelector("#page img").decode();
        requestAnimationFrame((now) => waits.push([now - since_pause, now - since_key]));
    }).observe(live, {subtree: true, attributes: true, attributeFilter: ["src"]});
}"""


def figures() -> Iterator[Figure]:
    """Median and 95th percentile of the wait for a new picture, in milliseconds."""
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        click.echo("preview is left out: there is no Chromium here")
        return
    folder = Path(tempfile.mkdtemp(prefix="kimweb-bench-"))
    try:
        letter = _letter_at_typing(folder)
        with running_office(folder) as office, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
            waits = _typed(browser, office, letter)
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    after_pause, after_key = (sorted(wait[n] for wait in waits) for n in range(2))
    at_most = Target(250, most=True)
    yield harness.count("preview: p50 after a pause", median(after_pause), at_most, "ms")
    yield harness.count("preview: p95 after a pause", _p95(after_pause), at_most, "ms")
    yield harness.count("preview: p95 after the key", _p95(after_key), harness.UNPROMISED, "ms")


def _letter_at_typing(folder: Path) -> str:
    """Bring a case to step 4; return the address of its invitation."""
    with busy.before_opening(folder) as player:
        case_id = player.open("Pembentukan KIM", regions.villages(busy.DISTRICT)[1].code)
        player.play(case_id, until=4)
        letter = busy.first_letter(case_id)
        assert letter
        return f"/cases/{case_id}/documents/{letter.id}"


def _typed(browser: Browser, office: Office, letter: str) -> list[tuple[float, float]]:
    """Type word after word; return how long each picture took, from the pause and from the key."""
    other, staf = (Seat(browser.new_context(viewport=LAPTOP), office, who) for who in WHO)
    for seat in (other, staf):
        seat.log_in()
    other.page.evaluate(OTHER_DESKS)
    staf.go(letter)
    staf.page.locator("#page img").wait_for()
    staf.page.evaluate(WATCH)
    notes = staf.page.get_by_label("Catatan")
    for n in range(1, WORDS + 1):
        notes.press_sequentially(f"kata{n} ", delay=KEY_MS)
        staf.page.wait_for_function("n => waits.length >= n", arg=n)
        staf.page.wait_for_timeout(BETWEEN_MS)
    waits: list[tuple[float, float]] = staf.page.evaluate("waits")
    return waits


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]
