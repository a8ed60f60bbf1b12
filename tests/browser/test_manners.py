"""The keys of the desk, and that nothing which renews itself disturbs whoever works there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import acts
from tests.browser.acts import SUBJECT
from tests.browser.seats import Seat
from tests.servers import Office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TYPED = "Siapkan undangan; jangan lupa surat tugas."


def renew(seat: Seat) -> None:
    """Let everything on the page of the first case renew itself, and wait until it has."""
    told = "document.body.dataset.renewed = 'yes'"
    seat.page.evaluate(f"document.addEventListener('htmx:afterSettle', () => {{ {told} }})")
    seat.page.evaluate("htmx.trigger(document.body, 'live:case-1')")
    expect(seat.page.locator("body")).to_have_attribute("data-renewed", "yes")


def lose_the_network_on_the_way(seat: Seat) -> None:
    """Open the desk, and cut the network before its script for live news has come."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    seat.page.route("**/live.js*", hold)
    with seat.page.expect_request("**/live.js*") as asked:
        seat.desk()
    script = seat.page.request.get(asked.value.url)
    seat.context.set_offline(True)
    # All in one hand: a handler of its own would still be at it when the page is left alone again.
    for route in held:
        route.fulfill(response=script)
    seat.page.unroute("**/live.js*")


def expect_no_dimming(seat: Seat) -> None:
    """Hold what the page asks for by itself: its buttons look as they did."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    seat.page.route("**/reasons*", hold)
    with seat.page.expect_request("**/reasons*"):
        seat.page.evaluate("htmx.trigger(document.body, 'live:case-1')")
    expect(seat.page.locator("#reasons")).to_have_class(re.compile("htmx-request"))
    expect(seat.page.locator("#reasons").get_by_role("button")).to_have_css("opacity", "1")
    for route in held:
        route.continue_()
    expect(seat.page.locator("#reasons")).not_to_have_class(re.compile("htmx-request"))
    seat.page.unroute("**/reasons*")


def while_on_its_way(page: Page) -> list[str]:
    """Hold what is forwarded longer than typing waits to be saved; list what is saved meanwhile."""
    beside: list[str] = []

    def hold(route: Route) -> None:
        if route.request.is_navigation_request():
            time.sleep(1.5)
        route.continue_()

    page.route("**/cases/1/**", hold)
    page.on("request", lambda sent: beside.append(sent.url) if "/drafts" in sent.url else None)
    page.evaluate(
        "document.getElementById('editor').dispatchEvent(new Event('input', {bubbles: true}))"
    )
    return beside


@pytest.mark.timeout(120)
def test_a_lost_network_and_a_slow_answer_are_both_said(
    take_seat: Callable[..., Any], office: Office
) -> None:
    kasi = take_seat(office, "kasi")
    page, sign = kasi.page, kasi.page.locator("#live-sign")
    expect(sign).to_be_hidden()
    lose_the_network_on_the_way(kasi)
    expect(sign).to_contain_text("Jaringan terputus")
    kasi.context.set_offline(False)
    expect(sign).to_be_hidden()
    kasi.context.set_offline(True)
    expect(sign).to_contain_text("Jaringan terputus")
    kasi.context.set_offline(False)
    expect(sign).to_be_hidden()

    kasi.go("/search")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/search?*", hold)
    page.keyboard.type("camat")
    expect(page.get_by_text("Sedang diproses")).to_be_visible()
    held[-1].continue_()
    expect(page.locator("#found mark").first).to_be_visible()
    expect(page.get_by_text("Sedang diproses")).to_be_hidden()
    page.keyboard.press("Escape")
    # What renews itself asks again once the line is back, and is cut off by going elsewhere.
    cut = ("DISCONNECTED", "htmx:sendError")
    kasi.complaints[:] = [said for said in kasi.complaints if not any(c in said for c in cut)]


@pytest.mark.timeout(300)
def test_the_day_by_keys_alone_while_the_page_renews_itself(
    take_seat: Callable[..., Any], office: Office
) -> None:
    kadis, kabid, kasi = (take_seat(office, who) for who in ("kadis", "kabid", "kasi"))
    kabid.desk()
    acts.order(kadis, SUBJECT, "Desa Puudongi")
    expect(kabid.row(SUBJECT)).to_be_visible(timeout=20_000)

    keys = kabid.page.keyboard
    keys.press("?")
    expect(kabid.page.get_by_role("dialog", name="Pintasan papan tik")).to_be_visible()
    keys.press("Escape")
    keys.press("j")
    expect(kabid.row(SUBJECT).get_by_role("link")).to_be_focused()
    keys.press("o")
    expect(kabid.page.locator("#stage")).to_contain_text("Giliran Anda")
    direction = kabid.page.get_by_label("Petunjuk teknis")
    direction.fill(TYPED)
    expect(direction, "j, k, o, a and r were letters there").to_have_value(TYPED)
    direction.blur()
    keys.press("a")
    forward = kabid.page.locator("#reasons").get_by_role("button")
    expect(forward, "what was typed is kept, nothing is missing any more").not_to_have_class(
        re.compile("is-blocked")
    )
    expect(forward).to_be_focused()

    kasi.go("/cases/1")
    kasi.page.locator(".steps-all > summary").click()
    for seat in (kabid, kasi):
        renew(seat)
    expect(direction).to_have_value(TYPED)
    expect(kasi.page.locator(".steps-all")).to_have_attribute("open", "")
    expect_no_dimming(kabid)

    expect(forward).to_be_focused()
    beside = while_on_its_way(kabid.page)
    keys.press("Enter")
    expect(kabid.page.locator("#flash")).to_contain_text("Diteruskan ke")
    kabid.page.wait_for_load_state()  # Keys are heard once the scripts of the page run.
    assert not beside, "the form carries what is typed: nothing is saved beside it"
    switch_keys_off(kabid)
    kabid.desk()
    row = kabid.row(SUBJECT, "waiting").get_by_role("link")
    expect(row).to_be_visible()
    kabid.page.wait_for_load_state()
    keys.press("j")
    expect(row).not_to_be_focused()


def switch_keys_off(seat: Seat) -> None:
    """In the dialog of one page; another page that is open knows it too."""
    other = seat.context.new_page()
    other.goto(seat.office.url)
    wanted = seat.page.get_by_label("Pakai pintasan")
    seat.page.keyboard.press("?")
    expect(wanted).to_be_visible()
    wanted.uncheck()
    seat.page.keyboard.press("Escape")
    expect(wanted).to_be_hidden()
    expect(other.locator("#keys-wanted")).not_to_be_checked()
    other.close()
