"""One KIM case by clicking, from Kadis' order to the archive, against the processes of `make run`.

Everybody sits at their own desk the whole time: work that comes must show there by itself. The
team uses a phone. Every return of the SOP is taken once: at steps 6, 7, 8 and 15.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.seats import PHONE, Seat
from tests.servers import Office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SUBJECT = "Pembentukan KIM Desa Puudongi"
INVITED = ("Camat Polinggona", "Kepala Desa Puudongi", "Kepala Desa Plasma Jaya")
LETTERS = ("Surat Undangan", "Surat Perintah Tugas", "Keputusan tentang Tim Pelaksana")


@pytest.fixture
def seats(take_seat: Callable[..., Seat], office: Office) -> dict[str, Seat]:
    """Everybody of the example office, logged in and looking at their desk; Tim on a phone."""
    people = ("kadis", "sekdis", "kabid", "kasi", "staf", "admin")
    everybody = {username: take_seat(office, username) for username in people}
    return everybody | {"tim": take_seat(office, "tim", viewport=PHONE, has_touch=True)}


@pytest.mark.timeout(300)
def test_one_case_runs_from_order_to_archive_by_clicking(
    seats: dict[str, Seat], tmp_path: Path
) -> None:
    prepare_letters(seats)
    approve_letters(seats)
    send_letters(seats)
    form_the_group(seats, photo(tmp_path))
    report(seats)
    file_the_case(seats)
    each_letter_lies_in_the_mailbox_once(seats["admin"])


def prepare_letters(seats: dict[str, Seat]) -> None:
    """Steps 1 to 5: the order, the direction, the concepts, the typing, the check."""
    kadis, kabid, kasi, staf = (seats[who] for who in ("kadis", "kabid", "kasi", "staf"))
    order(kadis)

    kabid.take_up(SUBJECT)
    kabid.page.get_by_label("Petunjuk teknis").fill("Siapkan undangan, surat tugas, dan SK tim.")
    kabid.hand_on("Teruskan ke Kepala Seksi")
    kabid.desk()

    kasi.take_up(SUBJECT)
    kasi.press("Siapkan konsep yang dipilih")
    choose_recipients(kasi)
    kasi.hand_on("Serahkan ke Staf")
    kasi.desk()

    staf.take_up(SUBJECT)
    for kind in LETTERS:
        type_letter(staf, kind)
    staf.hand_on("Bubuhkan stempel dan serahkan ke Kepala Seksi")
    staf.desk()

    paraf(kasi, "Kepala Bidang")


def approve_letters(seats: dict[str, Seat]) -> None:
    """Steps 6 to 9, each that decides returning the letters once before."""
    kadis, sekdis, kabid, kasi = (seats[who] for who in ("kadis", "sekdis", "kabid", "kasi"))
    send_back(kabid, "Kepala Seksi, langkah 5", "Tempat acara belum tepat.")
    correct_the_place(kasi)
    paraf(kasi, "Kepala Bidang")
    paraf(kabid, "Sekretaris Dinas")
    send_back(sekdis, "Kepala Bidang, langkah 6", "Periksa lagi tembusannya.")
    paraf(kabid, "Sekretaris Dinas")
    paraf(sekdis, "Kepala Dinas")
    send_back(kadis, "Sekretaris Dinas, langkah 7", "Mohon ditelaah sekali lagi.")
    paraf(sekdis, "Kepala Dinas")

    kadis.take_up(SUBJECT)
    pdfs_open(kadis, ["Balai Desa Puudongi"])
    kadis.page.get_by_label("Frasa sandi sertifikat").fill(kadis.account.passphrase)
    kadis.hand_on("Tandatangani dan serahkan ke Kepala Seksi")
    kadis.desk()

    kasi.take_up(SUBJECT)
    expect(kasi.page.locator("#letters .pdf-link")).to_have_count(len(LETTERS))
    pdfs_open(kasi, re.findall(r"Nomor (\S+)", kasi.page.locator("#letters").inner_text()))
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
    arrange_team(kasi)
    kasi.hand_on("Berangkatkan Tim Pelaksana")
    kasi.desk()

    tim.take_up(SUBJECT)
    record_activity(tim, picture)
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

    send_back(kabid, "Kepala Seksi, langkah 14", "Lengkapi hasil musyawarah.")
    kasi.take_up(SUBJECT)
    expect(kasi.page.locator("#stage")).to_contain_text("Lengkapi hasil musyawarah.")
    kasi.page.get_by_label("Hasil yang dicapai").fill("Pengurus KIM dipilih secara musyawarah.")
    kasi.hand_on("Serahkan ke Kepala Bidang")
    paraf(kabid, "Kepala Dinas")

    kadis.take_up(SUBJECT)
    expect(kadis.page.locator("#letters .pdf-link")).to_have_count(1)
    pdfs_open(kadis, ["dipilih secara musyawarah"])
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
    until_shown(staf, link.count)
    with staf.page.expect_download() as download:
        link.click()
    with zipfile.ZipFile(download.value.path()) as bundle:
        assert bundle.testzip() is None
        pdfs = [name for name in bundle.namelist() if name.endswith(".pdf")]
        assert len(pdfs) >= len(LETTERS) + 2  # With the lembar disposisi and the laporan.
        assert all(bundle.read(name).startswith(b"%PDF") for name in pdfs)


def each_letter_lies_in_the_mailbox_once(admin: Seat) -> None:
    for number in range(len(INVITED)):
        name = INVITED[number]
        admin.go(f"/mailbox?to={name.lower().replace(' ', '-')}@")
        letters = admin.page.locator("#mails .row-item")
        expect(letters).to_have_count(1)
        letters.get_by_role("link").click()
        attached = admin.page.get_by_role("link", name=re.compile(r"\.pdf$"))
        says(admin.fetch(attached.get_attribute("href") or ""), [name])
    admin.go("/mailbox?to=kasi@")
    reports = admin.page.locator("#mails .row-item").filter(has_text=re.compile("distribusi", re.I))
    expect(reports).to_have_count(1)


# ---- The single acts ------------------------------------------------------------------------


def order(kadis: Seat) -> None:
    kadis.page.get_by_role("link", name="Perintahkan kegiatan baru").click()
    kadis.page.get_by_label("Nama kegiatan").fill(SUBJECT)
    kadis.page.get_by_label("Desa atau kelurahan").select_option(label="Desa Puudongi")
    kadis.page.get_by_label("Tanggal rencana pelaksanaan").fill("2026-12-09")
    kadis.press("Perintahkan ke Kepala Bidang")
    expect(kadis.page.locator("#stage")).to_contain_text("Giliran Kepala Bidang")
    kadis.desk()


def choose_recipients(kasi: Seat) -> None:
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
    staf.press("Simpan dan kembali ke kegiatan")
    expect(letter).to_contain_text("Lengkap")


def correct_the_place(kasi: Seat) -> None:
    """Kasi mends the invitation by the reason that Kabid gave; the old paraf is void then."""
    kasi.take_up(SUBJECT)
    expect(kasi.page.locator("#stage")).to_contain_text("Tempat acara belum tepat.")
    letter = kasi.page.locator("#letters li").filter(has_text="Surat Undangan")
    letter.get_by_role("link", name="Perbaiki isi").click()
    kasi.page.get_by_label("Tempat", exact=True).fill("Balai Desa Puudongi")
    kasi.press("Simpan dan kembali ke kegiatan")
    expect(kasi.page.locator("#papers")).to_contain_text("gugur")
    kasi.desk()


def paraf(seat: Seat, to: str) -> None:
    seat.take_up(SUBJECT)
    seat.hand_on(f"Paraf dan teruskan ke {to}")
    seat.desk()


def send_back(seat: Seat, to: str, reason: str) -> None:
    seat.take_up(SUBJECT)
    seat.send_back(to, reason)
    seat.desk()


def arrange_team(kasi: Seat) -> None:
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


def record_activity(tim: Seat, picture: Path) -> None:
    page = tim.page
    for name, sex in (("Abdul Kadir", "Laki-laki"), ("Sitti Aminah", "Perempuan")):
        page.locator("#daftar-hadir").get_by_label("Nama", exact=True).fill(name)
        tim.press(sex)
        expect(page.locator("#daftar-hadir .present")).to_contain_text(name)
    page.get_by_label("Tempat", exact=True).fill("Balai Desa Puudongi")
    page.get_by_label("Notulen").fill("Kegiatan dibuka oleh kepala desa.")
    page.get_by_label("Keputusan", exact=True).fill("KIM Mekongga Bersatu dibentuk.")
    tim.press("Simpan catatan")
    expect(page.locator("#catatan .saved")).to_be_visible()
    page.get_by_label("Ambil foto").set_input_files(picture)
    expect(page.locator("#foto .photos img")).to_have_count(1)
    record_group(tim)


def record_group(tim: Seat) -> None:
    group = tim.page.locator("#kelompok")
    group.get_by_label("Nama kelompok").fill("KIM Mekongga Bersatu")
    officers = (("Ketua", "Abdul Kadir"), ("Sekretaris", "Sitti Aminah"), ("Bendahara", "Hasna"))
    for role, name in officers:
        group.get_by_label(f"Nama {role}", exact=True).fill(name)
        group.get_by_label(f"Jenis kelamin {role}").select_option("P" if role != "Ketua" else "L")
    group.get_by_label("Laki-laki").fill("6")
    group.get_by_label("Perempuan").fill("7")
    tim.press("Simpan kelompok")
    expect(group.locator(".saved")).to_be_visible()


def pdfs_open(seat: Seat, words: list[str]) -> None:
    """Every PDF of the open work is one; together they say `words`."""
    expect(seat.page.locator("#letters .pdf-state .tag")).to_have_count(0)
    links = seat.page.locator("#letters .pdf-link").all()
    files = [seat.fetch(link.get_attribute("href") or "") for link in links]
    assert files
    says(files[0], [])
    if shutil.which("pdftotext"):
        text = " ".join(map(text_of, files))
        assert words
        assert [word for word in words if word not in text] == []


def says(pdf: bytes, words: list[str]) -> None:
    assert pdf.startswith(b"%PDF")
    if words and shutil.which("pdftotext"):
        text = text_of(pdf)
        assert [word for word in words if word not in text] == []


def text_of(pdf: bytes) -> str:
    assert pdf.startswith(b"%PDF")
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
    file = folder / "musyawarah.jpg"
    picture = io.BytesIO()
    Image.new("RGB", (1280, 960), (90, 120, 110)).save(picture, "JPEG")
    file.write_bytes(picture.getvalue())
    return file
