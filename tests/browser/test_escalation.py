"""A step left alone past its time: the running beat and worker tell one after the other, once each.

Only the office's clock is moved; nobody calls the sweep.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import expect

from tests.browser import acts
from tests.browser.conftest import OfficeClock
from tests.browser.seats import Seat
from tests.conftest import WITA
from tests.servers import Office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Step 2 takes ten minutes, with two hours of grace; every superior hears one working day later.
LEFT_ALONE = "Pembentukan KIM Desa Pondowae"
LATER = "Pembentukan KIM Desa Tanggeau"
MONDAY = datetime(2026, 11, 23, 10, 30, tzinfo=WITA)
TUESDAY = datetime(2026, 11, 24, 10, 30, tzinfo=WITA)
WEDNESDAY = datetime(2026, 11, 25, 10, 30, tzinfo=WITA)
THURSDAY = datetime(2026, 11, 26, 10, 30, tzinfo=WITA)
RED = "rgb(164, 35, 28)"


@pytest.mark.timeout(600)
def test_a_step_left_alone_climbs_the_ladder_each_rung_once(
    take_seat: Callable[..., Seat], office: Office, office_clock: OfficeClock
) -> None:
    kadis, kabid, sekdis, admin = (
        take_seat(office, who) for who in ("kadis", "kabid", "sekdis", "admin")
    )
    case = order(kadis, LEFT_ALONE, "Desa Pondowae")
    mails(admin, "kabid", LEFT_ALONE, ["Tugas baru, langkah 2"])
    expect(kabid.row(LEFT_ALONE)).not_to_contain_text("terlambat")

    office_clock.set(MONDAY)
    due = is_late(kabid, "todo", r"terlambat 2 jam \d+ menit kerja")
    reminded = ["Sudah lewat tenggat, langkah 2", "Tugas baru, langkah 2"]
    mails(admin, "kabid", LEFT_ALONE, reminded)
    history(kadis, case, ["La Ode Hasan, S.Kom"])
    the_mail_says(admin, "kabid", reminded[0], due)

    next_morning(office_clock, TUESDAY, kadis, kabid, sekdis, admin)
    assert is_late(sekdis, "waiting", r"terlambat 1 hari \d+ jam kerja") == due
    mails(admin, "sekdis", LEFT_ALONE, ["Perlu perhatian: langkah 2 lewat tenggat"])
    the_mail_says(admin, "sekdis", "Perlu perhatian", due)
    history(kadis, case, ["Siti Nurhaliza, S.Sos., M.AP", "La Ode Hasan, S.Kom"])

    next_morning(office_clock, WEDNESDAY, kadis, kabid, sekdis, admin)
    mails(admin, "kadis", LEFT_ALONE, ["Perlu perhatian: langkah 2 lewat tenggat"])
    told = ["Drs. Andi Rahman, M.Si", "Siti Nurhaliza, S.Sos., M.AP", "La Ode Hasan, S.Kom"]
    history(kadis, case, told)

    # Once the ladder is climbed, nobody hears more of it, although the sweep goes on.
    order(kadis, LATER, "Desa Tanggeau")
    mails(admin, "kabid", LATER, ["Tugas baru, langkah 2"])
    next_morning(office_clock, THURSDAY, kadis, kabid, sekdis, admin)
    mails(admin, "kabid", LATER, ["Sudah lewat tenggat, langkah 2", "Tugas baru, langkah 2"])
    mails(admin, "kabid", LEFT_ALONE, reminded)
    mails(admin, "sekdis", LEFT_ALONE, ["Perlu perhatian: langkah 2 lewat tenggat"])
    mails(admin, "kadis", LEFT_ALONE, ["Perlu perhatian: langkah 2 lewat tenggat"])
    history(kadis, case, told)


@pytest.mark.timeout(400)
def test_every_desk_says_within_two_minutes_that_nobody_minds_the_deadlines(
    take_seat: Callable[..., Seat], office: Office, office_clock: OfficeClock
) -> None:
    kabid = take_seat(office, "kabid")
    kabid.page.clock.install()
    kabid.desk()
    alarm = kabid.page.get_by_role("alert").filter(has_text="Pengawas tenggat tidak terdengar")
    expect(alarm).to_have_count(0)
    office.supervisor.stopProcess("office:beat")
    pass_minutes(2, office_clock, kabid)
    expect(alarm).to_be_visible(timeout=120_000)
    assert answer(kabid) == 503
    office.supervisor.startProcess("office:beat")
    while answer(kabid) == 503:
        kabid.page.wait_for_timeout(500)
    pass_minutes(1, office_clock, kabid)
    expect(alarm).to_have_count(0, timeout=120_000)


def pass_minutes(number: int, office_clock: OfficeClock, seat: Seat) -> None:
    """Let time make a jump in the office and at the open desk, which asks anew by itself."""
    office_clock.move(minutes=number)
    seat.page.clock.fast_forward(number * 60_000)


def answer(seat: Seat) -> int:
    """Return what the office says to whoever watches it."""
    return seat.context.request.get(f"{seat.office.url}/healthz").status


def next_morning(office_clock: OfficeClock, at: datetime, *seats: Seat) -> None:
    """Let a night go by: a login ends with the working day, so everybody logs in again."""
    for seat in seats:
        seat.page.goto("about:blank")
    office_clock.set(at)
    for seat in seats:
        seat.log_in()


def order(kadis: Seat, subject: str, village: str) -> str:
    """Open a case and hand it on to Kabid; return the address of its page."""
    kadis.desk()
    acts.order(kadis, subject, village)
    return kadis.page.url.removeprefix(kadis.office.url)


def is_late(seat: Seat, queue: str, words: str) -> str:
    """The open desk says so by itself, in words and in colour; return the due time it names."""
    row = seat.row(LEFT_ALONE, queue)
    left = row.locator("> b")
    expect(left).to_contain_text(re.compile(words))
    expect(row).to_have_class(re.compile(r"\blate\b"))
    expect(left).to_have_css("color", RED)
    return left.get_attribute("title") or ""


def the_mail_says(admin: Seat, username: str, subject: str, due: str) -> None:
    """The mail names the step and the very due time that stands on the desk."""
    admin.go(f"/mailbox?to={username}@")
    found = admin.page.locator("#mails .row-item").filter(has_text=LEFT_ALONE)
    found.filter(has_text=subject).get_by_role("link").first.click()
    day, at = due.split(" ")
    assert day == f"{MONDAY:%d-%m}"
    expect(admin.page.locator(".mail-text")).to_contain_text(f"November 2026 pukul {at}")


def mails(admin: Seat, username: str, subject: str, wanted: list[str]) -> None:
    """The mailbox comes to hold exactly these mails for somebody about a case, the newest first."""
    found = admin.page.locator("#mails .row-item").filter(has_text=subject)
    for _ in range(60):
        admin.go(f"/mailbox?to={username}@")
        if found.count() >= len(wanted):
            break
        admin.page.wait_for_timeout(500)
    expect(found).to_have_count(len(wanted))
    expect(found).to_contain_text(wanted)


def history(kadis: Seat, case: str, told: list[str]) -> None:
    """The history says who was told, the newest first."""
    kadis.go(case)
    rungs = kadis.page.locator("#timeline .event-escalated")
    expect(rungs).to_have_count(len(told))
    expect(rungs).to_contain_text(told)
