"""The village has no signal: two phones write on, and later the office has everything once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import acts, busy
from tests.browser.acts import attend, waiting
from tests.browser.conftest import OfficeClock
from tests.browser.seats import PHONE, Seat
from tests.servers import Office, running_office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = "/cases/1/activity"


@pytest.fixture(scope="module")
def village(chromium_path: str, office_clock: OfficeClock, house: Path) -> Iterator[Office]:
    """An office whose only case has come to the village (step 12)."""
    with busy.before_opening(house) as player:
        player.play(player.open(acts.SUBJECT, "74.01.25.2004"), until=12)
    with running_office(house, {"CLOCK_FILE": str(office_clock.file)}) as office:
        yield office


@pytest.mark.timeout(300)
def test_what_is_written_without_a_network_comes_to_the_office_once(
    village: Office, take_seat: Callable[..., Seat], tmp_path: Path
) -> None:
    rina, yusuf = (take_seat(village, "tim", viewport=PHONE, has_touch=True) for _ in "ry")
    for seat in (rina, yusuf):
        seat.go(PAGE)
        acts.ready_for_the_field(seat)
        seat.context.set_offline(True)

    attend(rina, "Sitti Aminah", "Perempuan")
    attend(rina, "Abdul Kadir", "Laki-laki")
    rina.page.get_by_label("Notulen").fill("Dibuka kepala desa.")
    rina.press("Simpan catatan")
    rina.page.get_by_label("Ambil foto").set_input_files(acts.photo(tmp_path))
    expect(waiting(rina)).to_have_count(4)
    rina.page.reload()  # The page opens without a network, and nothing is lost.
    expect(waiting(rina)).to_have_count(4)
    expect(rina.page.get_by_label("Notulen")).to_have_value("Dibuka kepala desa.")
    expect(rina.page.locator(".jumps")).to_contain_text(re.compile(r"Di telepon:\s4"))

    attend(yusuf, "Sitti Aminah", "Perempuan")
    yusuf.page.get_by_label("Notulen").fill("Kepala desa membuka acara.")
    yusuf.press("Simpan catatan")
    expect(waiting(yusuf)).to_have_count(2)

    rina.context.set_offline(False)
    expect(waiting(rina)).to_have_count(0)
    expect(rina.page.locator("#daftar-hadir .tally")).to_contain_text("2 orang: 1 L, 1 P")
    expect(rina.page.locator("#foto .photos img")).to_have_count(1)

    # The login of the second phone has ended meanwhile: everything stays until it is back.
    yusuf.context.clear_cookies()
    yusuf.context.set_offline(False)
    expect(yusuf.page.locator("#di-telepon")).to_contain_text("Waktu masuk Anda sudah habis")
    expect(waiting(yusuf)).to_have_count(2)
    yusuf.page.get_by_role("link", name="Masuk lagi").click()
    yusuf.page.get_by_label("Nama pengguna").fill("tim")
    yusuf.page.get_by_label("Kata sandi").fill(yusuf.account.password)
    yusuf.press("Masuk")
    expect(waiting(yusuf)).to_have_count(0)
    nothing_doubled(yusuf)
    moved_on(rina, yusuf)
    for seat in (rina, yusuf):
        acts.forgive(seat)


def nothing_doubled(seat: Seat) -> None:
    """The same person is one until somebody says otherwise; both texts are there to choose from."""
    present = seat.page.locator("#daftar-hadir")
    expect(present.locator(".tally")).to_contain_text("2 orang")
    expect(present.locator(".twin")).to_contain_text("Mungkin orang yang sama")
    seat.press("Orang yang sama")
    expect(present.locator(".twin")).to_have_count(0)
    both = seat.page.locator("#work-rivals")
    expect(both).to_contain_text("Dibuka kepala desa.")
    expect(both).to_contain_text("Kepala desa membuka acara.")
    seat.press("Pakai keduanya")
    expect(both.locator(".rival")).to_have_count(0)
    text = "Dibuka kepala desa.\nKepala desa membuka acara."
    expect(seat.page.get_by_label("Notulen")).to_have_value(text)


def moved_on(away: Seat, office: Seat) -> None:
    """One phone hands the step on while the other is away: its entry stays and can be read."""
    away.context.set_offline(True)
    attend(away, "Hasna", "Perempuan")
    expect(waiting(away)).to_have_count(1)
    office.page.get_by_label("Tempat", exact=True).fill("Balai Desa")
    office.page.get_by_label("Keputusan", exact=True).fill("KIM dibentuk.")
    office.press("Simpan catatan")
    expect(waiting(office)).to_have_count(0)
    acts.record_group(office)
    expect(waiting(office)).to_have_count(0)
    expect(office.page.locator("#work-gaps")).to_contain_text("Sudah lengkap")
    office.go("/cases/1")
    office.hand_on("Serahkan ke Staf")
    away.context.set_offline(False)
    expect(waiting(away)).to_contain_text("Langkah ini sudah diteruskan")
    away.page.locator("#di-telepon").get_by_text("Lihat isinya").click()
    expect(waiting(away)).to_contain_text("Nama: Hasna")
