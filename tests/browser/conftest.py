"""A real Chromium against the real processes, each person in a browser of their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.seats import LAPTOP, Seat
from tests.conftest import MONDAY_MORNING
from tests.servers import Office, running_office

# The shell has no window to draw: a whole Chromium takes ten times as long for every new seat.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
LAPTOP_SEAT: dict[str, Any] = {"locale": "id-ID", "viewport": LAPTOP}
FLAGS = (
    *(
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ),
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
)


class OfficeClock:
    """The clock of all processes of a running office, moved by hand through one file."""

    def __init__(self, file: Path, start: datetime) -> None:
        self.file = file
        self.set(start)

    def set(self, at: datetime) -> None:
        """Let it be `at` in the office now; time goes on from there."""
        self._write((at - datetime.now(UTC)).total_seconds())

    def move(self, **span: float) -> None:
        """Let time make a jump ahead."""
        self._write(float(self.file.read_text()) + timedelta(**span).total_seconds())

    def _write(self, ahead: float) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(ahead))
        fresh.replace(self.file)  # No process ever reads half a number.


@pytest.fixture(scope="module")
def chromium_path() -> str:
    """Where Chromium is installed; skips where it is not."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium here: install it (Debian: apt install chromium-headless-shell)")
    return found


@pytest.fixture(scope="module")
def office_clock(tmp_path_factory: pytest.TempPathFactory) -> OfficeClock:
    """Monday 23 November 2026, 08.00 WITA, and running."""
    return OfficeClock(tmp_path_factory.mktemp("clock") / "ahead", MONDAY_MORNING)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, furnished_file: Path) -> Path:
    """A folder for an office, furnished already: making the database anew takes seconds."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(furnished_file, folder)
    return folder


@pytest.fixture(scope="module")
def office(chromium_path: str, office_clock: OfficeClock, house: Path) -> Iterator[Office]:
    """The example office as `make run` starts it."""
    with running_office(house, {"CLOCK_FILE": str(office_clock.file)}) as office:
        yield office


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """The browser in which the contexts of all seats live."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=[*FLAGS])
        yield browser
        browser.close()


@pytest.fixture
def take_seat(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Seat]]:
    """Let somebody of the example office log in; at the end no browser may have complained.

    What everybody saw last stays in the test's temporary folder.
    """
    taken: list[Seat] = []

    def take(office: Office, username: str, **context: Any) -> Seat:
        seat = Seat(chromium.new_context(**(LAPTOP_SEAT | context)), office, username)
        taken.append(seat)
        seat.log_in()
        return seat

    yield take
    complaints = [said for seat in taken for said in seat.complaints]
    for seat in taken:
        seat.page.screenshot(path=tmp_path / f"last-{seat.account.username}.png", full_page=True)
        seat.context.close()
    assert not complaints
