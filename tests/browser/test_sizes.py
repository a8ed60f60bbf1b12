"""Every main page as those see it who work with it, on the office's laptops and on a phone.

Pictures of all of them are kept, to be looked at, in the folder that is printed (`pytest -rP`
shows it). What a program can judge is tested: nothing is wider than the screen, and
axe-core finds no barrier, in light and in dark colours.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from config.settings import ROOT
from tests.browser import busy
from tests.browser.conftest import OfficeClock
from tests.browser.seats import LAPTOP, PHONE, Seat
from tests.conftest import MONDAY_MORNING
from tests.servers import Office, running_office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = {"laptop": LAPTOP, "phone": PHONE}
MISSING = "/tidak-ada"
# Who looks at which pages; names in braces are those of busy.furnish().
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
    ),
    "sekdis": ("/", "/cases/{at7}", "/cases/{at3}", "/delegation"),
    "kabid": (
        "/",
        "/cases/{at2}",
        "/cases/{at6}",
        "/cases/{at6}/journey",
        "/cases/{at15}",
        "/sop/live",
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
        "/cases/{at14}",
    ),
    "staf": (
        "/",
        "/cases/{at4}",
        "/cases/{at4}/documents/{letter_at4}",
        "/cases/{at8}/documents/{letter_at8}",
        "/cases/{at10}",
        "/cases/{at10}/dispatches/preview/{to_at10}",
        "/cases/{at13}",
        "/cases/{at17}",
        "/cases/{closed}",
        "/cases/{closed}/archive",
    ),
    "tim": ("/", "/cases/{at12}", "/sop", "/groups", "/groups/1", "/recipients", "/account"),
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
        "/calendar/differences",
        "/delegation",
        "/delegation/leave",
        "/delegation/acting",
        "/mailbox",
        "/health",
        MISSING,
    ),
}
BARE = str.maketrans("", "", "{}")
FITS = "document.documentElement.scrollWidth <= innerWidth"
WIDE = """[...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map((one) => one.outerHTML.slice(0, 80))"""
AXE = """(rules) => axe.run(document, {iframes: false, ...rules}).then((found) =>
    found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) =>
        `${node.target} (${node.any.map((check) => check.message).join("; ")})`).join(", ")}`))"""
IN_DARK = {"runOnly": ["color-contrast", "link-in-text-block"]}  # The rest does not change.


@pytest.fixture(scope="module")
def busy_office(
    chromium_path: str, office_clock: OfficeClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Office, Mapping[str, int]]]:
    """A running office in the middle of its work, and where to look in it."""
    folder = tmp_path_factory.mktemp("busy")
    places = busy.furnish(folder, MONDAY_MORNING)
    office_clock.set(MONDAY_MORNING)
    with running_office(folder, {"CLOCK_FILE": str(office_clock.file)}) as office:
        yield office, places


@pytest.mark.timeout(600)
def test_every_page_fits_and_has_no_barrier(
    busy_office: tuple[Office, Mapping[str, int]],
    take_seat: Callable[..., Seat],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    office, places = busy_office
    pictures = tmp_path_factory.mktemp("pictures", numbered=False)
    sys.stdout.write(f"pictures: {pictures}\n")
    axe = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
    wrong: dict[str, list[str]] = {}
    for username, paths in TOUR.items():
        # Without motion a colour is there at once when the scheme changes, and can be measured.
        seat = take_seat(office, username, reduced_motion="reduce")
        for path in paths:
            seat.go(path.format(**places))
            name = f"{username}{path.replace('/', '-').rstrip('-')}".translate(BARE)
            if found := look(seat.page, axe, pictures / name):
                wrong[f"{username} {path}"] = found
        seat.complaints[:] = [said for said in seat.complaints if MISSING not in said]
    seat.context.clear_cookies()
    seat.go("/login")
    assert look(seat.page, axe, pictures / "login") == []
    assert not wrong


def look(page: Page, axe: str, picture: Path) -> list[str]:
    """Return what is wrong with a page in both sizes, light and dark; keep pictures of it."""
    page.evaluate(axe)
    wrong: list[str] = []
    for size, screen in SIZES.items():
        page.set_viewport_size(screen)
        page.screenshot(path=f"{picture}-{size}.png", full_page=True)
        if not page.evaluate(FITS):
            wrong.append(f"{size}: wider than the screen: {page.evaluate(WIDE)}")
        wrong += [f"{size}: {one}" for one in barriers(page, {})]
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=f"{picture}-dark.png", full_page=True)
    wrong += [f"dark: {one}" for one in barriers(page, IN_DARK)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(SIZES["laptop"])
    return wrong


def barriers(page: Page, rules: dict[str, Any]) -> list[str]:
    found: list[str] = page.evaluate(AXE, rules)
    return found
