"""What the people of the office click on the way from order to archive, act by act."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser.seats import Seat

SUBJECT = "Pembentukan KIM Desa Puudongi"
INVITED = ("Camat Polinggona", "Kepala Desa Puudongi", "Kepala Desa Plasma Jaya")
LETTERS = ("Surat Undangan", "Surat Perintah Tugas", "Keputusan tentang Tim Pelaksana")


def order(kadis: Seat, subject: str, village: str) -> None:
    """Open a case and hand it on to Kabid."""
    kadis.page.get_by_role("link", name="Perintahkan kegiatan baru").click()
    kadis.page.get_by_label("Nama kegiatan").fill(subject)
    kadis.page.get_by_label("Desa atau kelurahan").select_option(label=village)
    kadis.page.get_by_label("Tanggal rencana pelaksanaan").fill("2026-12-09")
    kadis.press("Perintahkan ke Kepala Bidang")
    expect(kadis.page.locator("#stage")).to_contain_text("Giliran Kepala Bidang")


def choose_recipients(kasi: Seat) -> None:
    """Choose everybody who is invited from the address book."""
    kasi.page.locator("#letters").get_by_role("link", name="Penerima").first.click()
    for name in INVITED:
        kasi.page.get_by_label(name).check()
    kasi.press("Simpan penerima")
    expect(kasi.page.locator("#flash")).to_contain_text(f"{len(INVITED)} penerima")


def type_letter(staf: Seat, kind: str) -> None:
    """Type what the office does not know by itself, hand in the letter complete."""
    letter = staf.page.locator("#letters li").filter(has_text=kind)
    letter.get_by_role("link", name="Ketik").click()
    if kind == "Surat Undangan":
        staf.page.get_by_label("Pakaian").fill("Pakaian dinas harian")
    else:
        staf.page.get_by_label("Nama, baris 1").fill("Wa Ode Fitriani, S.I.Kom")
    staf.press("Simpan dan kembali")
    expect(letter).to_contain_text("Lengkap")


def correct_the_place(kasi: Seat) -> None:
    """Kasi mends the invitation by the reason that Kabid gave; the old paraf is void then."""
    kasi.take_up(SUBJECT)
    expect(kasi.page.locator("#stage")).to_contain_text("Tempat acara belum tepat.")
    letter = kasi.page.locator("#letters li").filter(has_text="Surat Undangan")
    letter.get_by_role("link", name="Perbaiki isi").click()
    kasi.page.get_by_label("Tempat", exact=True).fill("Balai Desa Puudongi")
    kasi.press("Simpan dan kembali")
    expect(kasi.page.locator("#papers")).to_contain_text("gugur")
    kasi.desk()


def paraf(seat: Seat, to: str) -> None:
    """Take the letters up, approve them and hand them on; back to the desk."""
    seat.take_up(SUBJECT)
    seat.hand_on(f"Paraf dan teruskan ke {to}")
    seat.desk()


def send_back(seat: Seat, to: str, reason: str) -> None:
    """Take the letters up and return them; back to the desk."""
    seat.take_up(SUBJECT)
    seat.send_back(to, reason)
    seat.desk()


def arrange_team(kasi: Seat) -> None:
    """Write down who leaves, when, by what and with which equipment."""
    page = kasi.page
    for name, role in (("Wa Ode Fitriani", "Ketua Tim"), ("Rina Anggraini", "Anggota")):
        page.get_by_role("checkbox", name=re.compile(name)).check()
        page.get_by_label(re.compile(f"Peran {name}")).select_option(role)
    guests = (("Drs. Baharuddin", "Narasumber"), ("Nurlina, S.Pd", "Moderator"))
    for number, (name, role) in enumerate(guests, 1):
        page.get_by_label(f"Nama orang luar {number}").fill(name)
        page.get_by_label(f"Peran orang luar {number}").select_option(role)
    page.get_by_label("Tanggal berangkat").fill("2026-12-09")
    page.get_by_label("Tanggal kembali").fill("2026-12-09")
    page.get_by_label("Kendaraan").fill("Mobil dinas DT 1234 A")
    page.get_by_label("Tempat berkumpul").fill("Halaman kantor, pukul 07.00")
    for box in page.locator("input[name=equipment]").all():
        box.check()
    kasi.press("Simpan tim dan keberangkatan")
    expect(page.locator("#work-team .saved")).to_be_visible()


# What a browser says of a network that is away, a login that has ended, a text that waits.
CUT = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "401 (UNAUTHORIZED)", "409 (CONFLICT)")


def ready_for_the_field(tim: Seat) -> None:
    """Wait until the open page says that it opens without a network too."""
    expect(tim.page.locator("#field-ready")).to_contain_text("dapat dibuka lagi tanpa jaringan")


def waiting(tim: Seat) -> Locator:
    """What lies on the phone and has not come to the office."""
    return tim.page.locator("#di-telepon > ul > li")


def attend(tim: Seat, name: str, sex: str) -> None:
    """Write down somebody who came."""
    tim.page.locator("#daftar-hadir").get_by_label("Nama", exact=True).fill(name)
    tim.press(sex)


def forgive(tim: Seat) -> None:
    """A cut line is no fault of the page."""
    tim.complaints[:] = [said for said in tim.complaints if not any(cut in said for cut in CUT)]


def record_activity(tim: Seat, picture: Path) -> None:
    """Write down the day in a village without a network: who came, what was said, the group."""
    page = tim.page
    page.get_by_role("link", name=re.compile("untuk telepon di lapangan")).click()
    ready_for_the_field(tim)
    tim.context.set_offline(True)
    attend(tim, "Abdul Kadir", "Laki-laki")
    attend(tim, "Sitti Aminah", "Perempuan")
    page.get_by_label("Tempat", exact=True).fill("Balai Desa Puudongi")
    page.get_by_label("Notulen").fill("Kegiatan dibuka oleh kepala desa.")
    page.get_by_label("Keputusan", exact=True).fill("KIM Mekongga Bersatu dibentuk.")
    tim.press("Simpan catatan")
    page.get_by_label("Ambil foto").set_input_files(picture)
    record_group(tim)
    expect(waiting(tim)).to_have_count(5)
    tim.context.set_offline(False)
    expect(waiting(tim)).to_have_count(0)
    expect(page.locator("#daftar-hadir .tally")).to_contain_text("2 orang: 1 L, 1 P")
    expect(page.locator("#foto .photos img")).to_have_count(1)
    forgive(tim)
    page.get_by_role("link", name="Lanjut ke halaman kegiatan").click()


def record_group(tim: Seat) -> None:
    """Write down the group that was formed, and its officers."""
    group = tim.page.locator("#kelompok")
    group.get_by_label("Nama kelompok").fill("KIM Mekongga Bersatu")
    officers = (("Ketua", "Abdul Kadir"), ("Sekretaris", "Sitti Aminah"), ("Bendahara", "Hasna"))
    for role, name in officers:
        group.get_by_label(f"Nama {role}", exact=True).fill(name)
        group.get_by_label(f"Jenis kelamin {role}").select_option("P" if role != "Ketua" else "L")
    group.get_by_label("Laki-laki").fill("6")
    group.get_by_label("Perempuan").fill("7")
    tim.press("Simpan kelompok")


def pdfs_open(seat: Seat, words: Sequence[str]) -> None:
    """Every letter of the open work has its PDF, and together they say `words`."""
    expect(seat.page.locator("#letters .pdf-state .tag")).to_have_count(0)
    links = seat.page.locator("#letters .pdf-link").all()
    assert links
    assert words
    says([seat.fetch(link.get_attribute("href") or "") for link in links], words)


def says(pdfs: Sequence[bytes], words: Sequence[str]) -> None:
    """These are PDFs, and together they say `words` (as far as poppler is here to read them)."""
    assert all(pdf.startswith(b"%PDF") for pdf in pdfs)
    if shutil.which("pdftotext"):
        text = " ".join(map(_text, pdfs))
        assert [word for word in words if word not in text] == []


def _text(pdf: bytes) -> str:
    made = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(made.stdout.decode().split())


def until_shown(seat: Seat, shown: Callable[[], int]) -> None:
    """Reload until something is there, as the page advises: "Muat ulang halaman ini"."""
    for _ in range(60):
        if shown():
            return
        seat.page.wait_for_timeout(500)
        seat.page.reload()
    pytest.fail(f"{seat.page.url} never showed what was waited for")


def photo(folder: Path) -> Path:
    """Return a photo as a phone takes it, in a file."""
    file = folder / "musyawarah.jpg"
    Image.new("RGB", (1280, 960), (90, 120, 110)).save(file)
    return file
