"""Every page as those see it who work with it, on the office's laptops and on a phone.

What a program can judge is tested: nothing is wider than the screen, and axe-core finds no
barrier, in light and in dark colours. A new page without a place in TOUR fails. Where the variable
PICTURES names a folder, pictures of all pages are kept there to be looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from config.settings import ROOT
from kimweb import create_app
from tests.browser import busy
from tests.browser.conftest import OfficeClock
from tests.browser.seats import LAPTOP, PHONE, Seat
from tests.conftest import MONDAY_MORNING, settings_for
from tests.servers import Office, running_office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = {"laptop": LAPTOP, "phone": PHONE}
MISSING = "/tidak-ada"
# Who looks at which pages; names in braces are those of busy.furnish(). Behind " >" the first
# row of the page is opened.
TOUR = {
    "kadis": (
        "/",
        "/cases",
        "/cases/new",
        "/cases/{at1}",
        "/cases/{at8}",
        "/cases/{at16}",
        "/signing",
        "/sop/evaluation",
        "/search?q=undang",
        "/search?q=kepiting",
    ),
    "sekdis": ("/", "/cases/{at7}", "/cases/{at3}", "/delegation"),
    "kabid": (
        "/",
        "/cases/{at2}",
        "/cases/{at6}",
        "/cases/{at6}/journey",
        "/cases/{at15}",
        "/sop/live",
        "/cases/{returned}/documents/{letter_returned}/comparison?from=1&to=1",
    ),
    "kasi": (
        "/",
        "/cases/{at3}",
        "/cases/{begun3}",
        "/cases/{begun3}/documents/{letter_begun3}",
        "/cases/{begun3}/documents/{letter_begun3}/addressees",
        "/cases/{at5}",
        "/cases/{returned}",
        "/cases/{at9}",
        "/cases/{at11}",
        "/cases/{at11}/team",
        "/groups/imports",
        "/groups/1/edit",
        "/cases/{at14}",
        "/cases/{closed}/dispatches/report",
        "/agenda",
        "/agenda >",
        "/expedition",
        "/recipients/imports",
        "/recipients/lists",
        "/recipients/lists/new",
        "/recipients/lists/1",
        "/search",
    ),
    "staf": (
        "/",
        "/cases/{at4}",
        "/cases/{at4}/documents/{letter_at4}",
        "/cases/{at8}/documents/{letter_at8}",
        "/cases/{at10}",
        "/cases/{at10}/dispatches/preview/{to_at10}",
        "/cases/{at10}/dispatches",
        "/cases/{at13}",
        "/cases/{at13}/material",
        "/cases/{at17}",
        "/cases/{closed}",
        "/cases/{closed}/archive",
        "/cases/{closed}/dispatches/{sent}",
        "/cases/{closed}/documents/{letter_closed}/srikandi",
        "/agenda/new",
    ),
    "tim": (
        "/",
        "/cases/{at12}",
        "/cases/{at12}/activity",
        "/cases/{at12}/paper",
        "/hadir/{door}",
        "/sop",
        "/groups",
        "/groups/1",
        "/recipients",
        "/account",
        "/account/second-factor",
    ),
    "admin": (
        "/",
        "/recipients/new",
        "/recipients/1",
        "/people/",
        "/people/new",
        "/people/4",
        "/verify",
        "/calendar/",
        "/calendar/days/2026-12-24",
        "/calendar/periods/new",
        "/calendar/periods/Ramadan%201447%20H",
        "/calendar/differences",
        "/calendar/weeks/new",
        "/calendar/weeks/biasa",
        "/calendar/units/new",
        "/calendar/units/Tim%20lapangan",
        "/delegation",
        "/delegation/leave",
        "/delegation/acting",
        "/mailbox",
        "/mailbox >",
        "/health",
        "/audit",
        "/certificates",
        "/kinds",
        "/kinds/new",
        "/kinds/1",
        "/verify/{verified}",
        MISSING,
    ),
}
# What answers to GET without being a page of its own: files and machines' answers,
FILES = frozenset(
    {
        *("agenda.printed", "archive.attached", "archive.download"),
        *("attachments.show", "attachments.thumbnail"),
        *("dispatch.preview_html", "evaluation.printed", "evaluation.spreadsheet"),
        *("expedition.printed", "feeds.file", "fieldwork.departure", "handovers.receipt"),
        *("group_imports.example", "groups.attached", "groups.province", "groups.workbook"),
        *("health.alive", "health.healthz", "imports.example", "imports.export"),
        *("journeys.case_pdf", "journeys.everything_pdf", "kinds.sample", "live.stream"),
        *("mailbox.attachment", "mailbox.html", "messages.html", "metrics.show"),
        *("offline.ready", "offline.worker", "pdfs.file_copy", "pdfs.preview", "pdfs.version"),
        *("printouts.show", "reports.printed", "scans.show", "srikandi.export"),
        *("static", "vendor"),
    }
)
# parts of pages that are looked at, and ways to them,
PARTS = ("desk.queue", "cases.papers", "cases.reasons", "cases.stage", "cases.timeline", "parts.")
WAYS = frozenset({"calendar.find_day"})
# and what comes only between password and code (tests/pages/test_second.py), or with a single
# sign-on (tests/pages/test_sso.py).
HALF_WAY = frozenset({"second.ask", "second.enrol", "sso.begin", "sso.back"})
BARE = str.maketrans("", "", "{}")
FITS = "document.documentElement.scrollWidth <= innerWidth"
WIDE = """[...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map((one) => one.outerHTML.slice(0, 80))"""
# Only what is wrong is asked for; no rule that runs needs the style sheets loaded once more.
AXE = """(rules) => axe.run(document, {
    iframes: false, preload: false, resultTypes: ["violations"], ...rules}).then((found) =>
    found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) =>
        `${node.target} (${node.any.map((check) => check.message).join("; ")})`).join(", ")}`))"""
# What may change with the colours, and with the size; the rest is judged once.
IN_DARK = {"runOnly": ["color-contrast", "link-in-text-block"]}
ON_PHONE = {"runOnly": ["target-size", "scrollable-region-focusable", "meta-viewport"]}
SEEK = "polinggona"


@pytest.fixture(scope="module")
def busy_office(
    chromium_path: str, office_clock: OfficeClock, house: Path
) -> Iterator[tuple[Office, Mapping[str, int | str]]]:
    """A running office in the middle of its work, and where to look in it."""
    places = busy.furnish(house, MONDAY_MORNING)
    office_clock.set(MONDAY_MORNING)
    with running_office(house, {"CLOCK_FILE": str(office_clock.file)}) as office:
        yield office, places


Keep = Callable[..., None]


@pytest.fixture(scope="module")
def keep() -> Keep:
    """Keep a picture of a page under a name, where somebody asked for pictures."""
    given = os.environ.get("PICTURES")
    if given is None:
        return lambda *_page, **_size: None
    folder = Path(given)
    folder.mkdir(parents=True, exist_ok=True)

    def draw(page: Page, name: str, *, full_page: bool = False) -> None:
        page.screenshot(path=folder / f"{name}.png", full_page=full_page)

    return draw


@pytest.mark.timeout(600)
def test_every_page_fits_and_has_no_barrier(
    busy_office: tuple[Office, Mapping[str, int | str]],
    take_seat: Callable[..., Seat],
    keep: Keep,
    tmp_path: Path,
) -> None:
    office, places = busy_office
    axe = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
    wrong: dict[str, list[str]] = {}
    seen = {"/login"}
    for username, paths in TOUR.items():
        # Without motion a colour is there at once when the scheme changes, and can be measured.
        seat = take_seat(office, username, reduced_motion="reduce")
        for path in paths:
            address, _, row = path.format(**places).partition(" ")
            seat.go(address)
            if row:
                seat.page.locator("main .row-title a").first.click()
                seat.page.wait_for_load_state("load")
            seen.add(urlsplit(seat.page.url).path)
            name = (
                re.sub(r"[^\w{}]+", "-", f"{username}{path}".replace(">", "first"))
                .rstrip("-")
                .translate(BARE)
            )
            if found := look(seat.page, axe, keep, name):
                wrong[f"{username} {path}"] = found
        seat.complaints[:] = [said for said in seat.complaints if MISSING not in said]
    seat.context.clear_cookies()
    seat.go("/login")
    assert look(seat.page, axe, keep, "login") == []
    assert not wrong, "\n".join(f"{page}: {found}" for page, found in wrong.items())
    assert not unseen(tmp_path, seen)


@pytest.mark.timeout(600)
def test_everybody_gets_through_their_day(
    busy_office: tuple[Office, Mapping[str, int | str]],
    take_seat: Callable[..., Seat],
    keep: Keep,
) -> None:
    """From the desk to the most pressing work, from anywhere to what is sought, and out again."""
    office, _ = busy_office
    for username in TOUR:
        seat = take_seat(office, username)
        for size, screen in SIZES.items():
            seat.page.set_viewport_size(screen)
            seat.go("/")
            spend_a_day(seat, size, keep)
        seat.page.get_by_role("button", name="Keluar").click()
        expect(seat.page.get_by_label("Nama pengguna")).to_be_visible()


def spend_a_day(seat: Seat, size: str, keep: Keep) -> None:
    page, name = seat.page, f"day-{seat.account.username}-{{}}-{size}"
    expect(page.locator(".loading")).to_have_count(0)
    keep(page, name.format("1-desk"))
    if seat.account.username != "admin":
        page.locator("#todo .lines a").first.click()
        expect(page.locator("#stage")).to_contain_text("Giliran Anda")
        keep(page, name.format("2-work"))
    seek(page, size)
    keep(page, name.format("3-found"))
    page.locator("#found .row-title a").first.click()
    expect(page.locator("main h1")).to_be_visible()
    page.locator(".tabs .menu" if size == "phone" else ".bar .menu").last.locator("summary").click()
    keep(page, name.format("4-menu"))


def seek(page: Page, size: str) -> None:
    """Look for a word in the way that is at hand: a key on a laptop, the thumb on a phone."""
    if size == "phone":
        page.get_by_role("link", name="Cari", exact=True).click()
        page.get_by_label("Kata yang dicari").fill(SEEK)
    else:
        page.locator("h1").click()
        page.keyboard.press("/")
        page.keyboard.type(SEEK)
        page.keyboard.press("Enter")
    expect(page.locator("#found mark").first).to_be_visible()


def unseen(folder: Path, paths: Collection[str]) -> set[str]:
    """Return the pages of the program that are at none of `paths`."""
    rules = create_app(settings_for(folder)).url_map
    shown = {rules.bind("").match(path)[0] for path in paths if path != MISSING}
    asked = {rule.endpoint for rule in rules.iter_rules() if "GET" in (rule.methods or ())}
    pages = {endpoint for endpoint in asked if not endpoint.startswith(PARTS)}
    return pages - shown - FILES - WAYS - HALF_WAY


def look(page: Page, axe: str, keep: Keep, name: str) -> list[str]:
    """Return what is wrong with a page in both sizes, light and dark; keep pictures of it."""
    expect(page.locator(".loading")).to_have_count(0)
    page.evaluate(axe)
    wrong: list[str] = []
    for size, screen in SIZES.items():
        page.set_viewport_size(screen)
        keep(page, f"{name}-{size}", full_page=True)
        if not page.evaluate(FITS):
            wrong.append(f"{size}: wider than the screen: {page.evaluate(WIDE)}")
        rules = ON_PHONE if size == "phone" else {}
        wrong += [f"{size}: {one}" for one in barriers(page, rules)]
    page.emulate_media(color_scheme="dark")
    keep(page, f"{name}-dark", full_page=True)
    wrong += [f"dark: {one}" for one in barriers(page, IN_DARK)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(SIZES["laptop"])
    return wrong


def barriers(page: Page, rules: dict[str, Any]) -> list[str]:
    found: list[str] = page.evaluate(AXE, rules)
    return found
