"""Somebody of the example office at a browser: what they click, and what their browser says."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, ViewportSize, expect

from kimweb.commands import example
from tests.servers import Office

LAPTOP: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}
# PDFs and mails are made by a worker that may be busy; a page that waits for them says so.
PATIENCE_MS = 30_000
# htmx calls it an error when a newer picture of the page overtakes one that is on its way.
OVERTAKEN = ("htmx:afterRequest", "htmx:sendAbort")

expect.set_options(timeout=PATIENCE_MS)


class Seat:
    """One person in one browser context."""

    def __init__(self, context: BrowserContext, office: Office, username: str) -> None:
        self.context = context
        self.office = office
        self.account = next(a for a in example.ACCOUNTS if a.username == username)
        self.complaints: list[str] = []
        context.set_default_timeout(PATIENCE_MS)
        # Violations of the Content-Security-Policy are console errors too.
        context.on("console", self._heard)
        context.on("weberror", lambda thrown: self._complain(str(thrown.error)))
        self.page: Page = context.new_page()

    def log_in(self) -> None:
        """Log in by the form."""
        self.page.goto(self.office.url)
        self.page.get_by_label("Nama pengguna").fill(self.account.username)
        self.page.get_by_label("Kata sandi").fill(self.account.password)
        self.page.get_by_role("button", name="Masuk", exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(self.account.name)

    def go(self, path: str) -> None:
        """Open a page of the office."""
        self.page.goto(f"{self.office.url}{path}")

    def desk(self) -> None:
        """Go to the desk and stay there: what happens next shows by itself."""
        self.page.get_by_role("link", name="Meja kerja").first.click()
        expect(self.page.locator("#queue")).to_be_visible()

    def row(self, subject: str, queue: str = "todo") -> Locator:
        """Return the row of a case on the desk: "todo" is theirs, "waiting" lies with others."""
        return self.page.locator(f"#{queue} .lines > li").filter(has_text=subject)

    def take_up(self, subject: str) -> None:
        """Open the case that has come to the desk, without having asked for the desk anew."""
        self.row(subject).get_by_role("link", name=subject).click()
        expect(self.page.locator("#stage")).to_contain_text("Giliran Anda")

    def press(self, words: str) -> None:
        """Press the button with these words."""
        self.page.get_by_role("button", name=words, exact=True).click()

    def hand_on(self, words: str) -> None:
        """Press the button that hands the work on, once the PDFs it waits for are made."""
        expect(self.page.locator("#reasons")).not_to_contain_text("PDF")
        self.press(words)
        expect(self.page.locator("#flash")).to_contain_text("Diteruskan ke")

    def send_back(self, to: str, reason: str) -> None:
        """Return the work to the step that is called `to`."""
        self.page.locator("summary", has_text="Kembalikan untuk diperbaiki").click()
        self.page.get_by_label(to).check()
        self.page.get_by_label("Alasan").fill(reason)
        self.press("Kembalikan")
        expect(self.page.locator("#flash")).to_contain_text("Dikembalikan ke")

    def fetch(self, address: str) -> bytes:
        """Return what the office sends for a link of the page."""
        answer = self.context.request.get(f"{self.office.url}{address}")
        assert answer.ok, f"{address}: {answer.status}"
        return answer.body()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(OVERTAKEN):
            where = message.page.url if message.page else "?"
            self._complain(f"{where}: {message.text}")

    def _complain(self, said: str) -> None:
        self.complaints.append(f"{self.account.username}: {said}")
