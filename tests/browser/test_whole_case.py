"""One KIM case by clicking, from Kadis' order to the archive, against the processes of `make run`.

Everybody sits at their own desk the whole time: work that comes must show there by itself. The
team uses a phone. Every return of the SOP is taken once: at steps 6, 7, 8 and 15.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import acts
from tests.browser.acts import INVITED, LETTERS, SUBJECT
from tests.browser.seats import PHONE, Seat
from tests.servers import Office

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def seats(take_seat: Callable[..., Seat], office: Office) -> dict[str, Seat]:
    """Everybody of the example office, logged in and looking at their desk; Tim on a phone."""
    people = ("kadis", "sekdis", "kabid", "kasi", "staf", "admin")
    everybody = {username: take_seat(office, username) for username in people}
    return everybody | {"tim": take_seat(office, "tim", viewport=PHONE, has_touch=True)}


@pytest.mark.timeout(600)
def test_one_case_runs_from_order_to_archive_by_clicking(
    seats: dict[str, Seat], tmp_path: Path
) -> None:
    prepare_letters(seats)
    approve_letters(seats)
    send_letters(seats)
    form_the_group(seats, acts.photo(tmp_path))
    report(seats)
    file_the_case(seats)
    each_letter_lies_in_the_mailbox_once(seats["admin"])


def prepare_letters(seats: dict[str, Seat]) -> None:
    """Steps 1 to 5: the order, the direction, the concepts, the typing, the check."""
    kadis, kabid, kasi, staf = (seats[who] for who in ("kadis", "kabid", "kasi", "staf"))
    kabid.desk()
    acts.order(kadis, SUBJECT, "Desa Puudongi")
    kadis.desk()
    # An open desk asks by itself only once a minute: sooner than that it was told.
    expect(kabid.row(SUBJECT)).to_be_visible(timeout=20_000)

    kabid.take_up(SUBJECT)
    kabid.page.get_by_label("Petunjuk teknis").fill("Siapkan undangan, surat tugas, dan SK tim.")
    kabid.hand_on("Teruskan ke Kepala Seksi")
    kabid.desk()

    kasi.take_up(SUBJECT)
    kasi.press("Siapkan konsep yang dipilih")
    acts.choose_recipients(kasi)
    kasi.hand_on("Serahkan ke Staf")
    kasi.desk()

    staf.take_up(SUBJECT)
    for kind in LETTERS:
        acts.type_letter(staf, kind)
    staf.hand_on("Bubuhkan stempel dan serahkan ke Kepala Seksi")
    staf.desk()

    acts.paraf(kasi, "Kepala Bidang")


def approve_letters(seats: dict[str, Seat]) -> None:
    """Steps 6 to 9, each that decides returning the letters once before."""
    kadis, sekdis, kabid, kasi = (seats[who] for who in ("kadis", "sekdis", "kabid", "kasi"))
    acts.send_back(kabid, "Kepala Seksi, langkah 5", "Tempat acara belum tepat.")
    acts.correct_the_place(kasi)
    acts.paraf(kasi, "Kepala Bidang")
    acts.paraf(kabid, "Sekretaris Dinas")
    acts.send_back(sekdis, "Kepala Bidang, langkah 6", "Periksa lagi tembusannya.")
    acts.paraf(kabid, "Sekretaris Dinas")
    acts.paraf(sekdis, "Kepala Dinas")
    acts.send_back(kadis, "Sekretaris Dinas, langkah 7", "Mohon ditelaah sekali lagi.")
    acts.paraf(sekdis, "Kepala Dinas")

    kadis.take_up(SUBJECT)
    acts.pdfs_open(kadis, ["Balai Desa Puudongi"])
    kadis.page.get_by_label("Frasa sandi sertifikat").fill(kadis.account.passphrase)
    kadis.hand_on("Tandatangani dan serahkan ke Kepala Seksi")
    kadis.desk()

    kasi.take_up(SUBJECT)
    expect(kasi.page.locator("#letters .pdf-link")).to_have_count(len(LETTERS))
    acts.pdfs_open(kasi, re.findall(r"Nomor (\S+)", kasi.page.locator("#letters").inner_text()))
    kasi.hand_on("Terima dan teruskan ke Staf")
    kasi.desk()


def send_letters(seats: dict[str, Seat]) -> None:
    """Step 10: every recipient gets the letter; the report to Kasi goes by itself."""
    staf = seats["staf"]
    staf.take_up(SUBJECT)
    staf.press(f"Kirim ke {len(INVITED)} penerima")
    expect(staf.page.locator("#dispatch-panel")).to_contain_text("Semua penerima sudah mendapat")
    staf.hand_on("Laporkan ke Kepala Seksi")
    staf.desk()


def form_the_group(seats: dict[str, Seat], picture: Path) -> None:
    """Steps 11 to 13: the team leaves, records the day on a phone, Staf gathers the material."""
    kasi, tim, staf = (seats[who] for who in ("kasi", "tim", "staf"))
    kasi.take_up(SUBJECT)
    acts.arrange_team(kasi)
    kasi.hand_on("Berangkatkan Tim Pelaksana")
    kasi.desk()

    tim.take_up(SUBJECT)
    acts.record_activity(tim, picture)
    tim.hand_on("Serahkan ke Staf")

    staf.take_up(SUBJECT)
    for label in ("Biaya", "Kendala", "Saran"):
        staf.page.get_by_label(label, exact=True).fill("tidak ada")
    staf.press("Simpan isian")
    expect(staf.page.locator("#isian-laporan .saved")).to_be_visible()
    staf.hand_on("Serahkan ke Kepala Seksi")
    staf.desk()


def report(seats: dict[str, Seat]) -> None:
    """Steps 14 to 16: the report, written from what was recorded, returned once, received."""
    kadis, kabid, kasi = (seats[who] for who in ("kadis", "kabid", "kasi"))
    kasi.take_up(SUBJECT)
    expect(kasi.page.get_by_label("Simpulan")).to_have_value(re.compile("KIM Mekongga Bersatu"))
    kasi.hand_on("Serahkan ke Kepala Bidang")
    kasi.desk()

    acts.send_back(kabid, "Kepala Seksi, langkah 14", "Lengkapi hasil musyawarah.")
    kasi.take_up(SUBJECT)
    expect(kasi.page.locator("#stage")).to_contain_text("Lengkapi hasil musyawarah.")
    kasi.page.get_by_label("Hasil yang dicapai").fill("Pengurus KIM dipilih secara musyawarah.")
    kasi.hand_on("Serahkan ke Kepala Bidang")
    acts.paraf(kabid, "Kepala Dinas")

    kadis.take_up(SUBJECT)
    expect(kadis.page.locator("#letters .pdf-link")).to_have_count(1)
    acts.pdfs_open(kadis, ["dipilih secara musyawarah"])
    kadis.hand_on("Terima dan teruskan ke Staf")


def file_the_case(seats: dict[str, Seat]) -> None:
    """Step 17: the case is closed, and one bundle holds everything."""
    staf = seats["staf"]
    staf.take_up(SUBJECT)
    staf.page.get_by_label("Kode klasifikasi").select_option(index=1)
    staf.page.get_by_label("Tempat simpan berkas kertas").fill("Lemari A, rak 2")
    staf.press("Simpan keterangan arsip")
    expect(staf.page.locator("#work-archive .saved")).to_be_visible()
    expect(staf.page.locator("#reasons .is-blocked")).to_have_count(0)
    staf.press("Tutup kegiatan")
    expect(staf.page.locator("#stage")).to_contain_text("Kegiatan selesai")

    staf.page.get_by_role("link", name="Lihat arsip").click()
    link = staf.page.get_by_role("link", name=re.compile("Unduh arsip"))
    acts.until_shown(staf, link.count)
    with staf.page.expect_download() as download:
        link.click()
    with zipfile.ZipFile(download.value.path()) as bundle:
        assert bundle.testzip() is None
        pdfs = [name for name in bundle.namelist() if name.endswith(".pdf")]
        assert len(pdfs) >= len(LETTERS) + 2  # With the lembar disposisi and the laporan.
        assert all(bundle.read(name).startswith(b"%PDF") for name in pdfs)


def each_letter_lies_in_the_mailbox_once(admin: Seat) -> None:
    for name in INVITED:
        admin.go(f"/mailbox?to={name.lower().replace(' ', '-')}@")
        letters = admin.page.locator("#mails .row-item")
        expect(letters).to_have_count(1)
        letters.get_by_role("link").click()
        attached = admin.page.get_by_role("link", name=re.compile(r"\.pdf$"))
        acts.says([admin.fetch(attached.get_attribute("href") or "")], [name])
    admin.go("/mailbox?to=kasi@")
    reports = admin.page.locator("#mails .row-item").filter(has_text="Laporan distribusi")
    expect(reports).to_have_count(1)
