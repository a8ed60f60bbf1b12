"""One letter by clicking: from Kasi's concept to the signed PDF that a stranger finds genuine.

Two returns lie in between, Kasi to Staf and Kadis to Kasi, each with a note on a field. Everybody
sees what changed since they read. The QR is read from the printed page as a phone reads it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from kimweb.documents import regions
from tests.browser import acts, busy
from tests.browser.acts import SUBJECT
from tests.browser.seats import Seat
from tests.documents import qr
from tests.servers import Office, running_office

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed"),
]

KIND = "Surat Undangan"
NAME_THE_HALL = "Sebutkan nama balai desanya."
CHANGE_THE_DRESS = "Pakai batik saja."


@pytest.fixture(scope="module")
def office_at_concept(chromium_path: str, house: Path) -> Iterator[Office]:
    """A running office with one case, which Kabid has just given to Kasi."""
    with busy.before_opening(house) as player:
        village = regions.villages(busy.DISTRICT)[1]
        player.play(player.open(SUBJECT, village.code), until=3)
    with running_office(house) as office:
        yield office


@pytest.mark.timeout(600)
def test_a_letter_goes_from_concept_to_a_signed_pdf_that_a_stranger_finds_genuine(
    office_at_concept: Office, take_seat: Callable[..., Seat], tmp_path: Path
) -> None:
    people = ("kasi", "staf", "kabid", "sekdis", "kadis")
    seats = {who: take_seat(office_at_concept, who) for who in people}
    for seat in seats.values():
        seat.desk()
    kasi, staf, kabid, sekdis, kadis = seats.values()
    write_concept(kasi)
    type_it(staf)
    return_to_typing(kasi)
    mend_typing(staf)
    check_what_changed(kasi, "Balai Desa Puudongi, Dusun II")
    for seat, to in ((kabid, "Sekretaris Dinas"), (sekdis, "Kepala Dinas")):
        acts.paraf(seat, to)
    return_to_kasi(kadis)
    mend_as_kasi(kasi)
    for seat, to in ((kabid, "Sekretaris Dinas"), (sekdis, "Kepala Dinas")):
        check_what_changed(seat, "Batik", to)
    pdf = sign(kadis)
    letter = tmp_path / "undangan.pdf"
    letter.write_bytes(pdf)
    a_stranger_finds_it_genuine(kadis, letter)


# ---- Writing ---------------------------------------------------------------------------------


def write_concept(kasi: Seat) -> None:
    """Kasi makes the invitation alone; the page beside it follows what is typed."""
    page = kasi.page
    kasi.take_up(SUBJECT)
    for other in set(acts.LETTERS) - {KIND}:
        page.get_by_label(other).uncheck()
    kasi.press("Siapkan konsep yang dipilih")
    acts.choose_recipients(kasi)
    open_letter(kasi, "Tulis konsep")
    expect(page.get_by_label("Acara")).to_have_value(SUBJECT)
    type_slowly(page, "Catatan", "Membawa daftar calon pengurus.")
    page.get_by_role("link", name="Kembali ke kegiatan").click()
    kasi.hand_on("Serahkan ke Staf")
    kasi.desk()


def type_it(staf: Seat) -> None:
    staf.take_up(SUBJECT)
    open_letter(staf, "Ketik")
    expect(staf.page.get_by_label("Catatan")).to_have_value("Membawa daftar calon pengurus.")
    type_slowly(staf.page, "Pakaian", "Pakaian dinas harian")
    staf.press("Simpan dan kembali")
    staf.hand_on("Bubuhkan stempel dan serahkan ke Kepala Seksi")
    staf.desk()


def type_slowly(page: Page, label: str, text: str) -> None:
    """Type into a blank and wait: it is saved by itself, and the picture of the page is new."""
    picture = page.locator("#page img")
    expect(picture).to_be_visible()
    before = picture.get_attribute("src") or ""
    page.get_by_label(label).fill("")
    page.get_by_label(label).press_sequentially(text)
    expect(page.locator("#save-sign")).to_contain_text("Tersimpan")
    expect(picture).not_to_have_attribute("src", before)


def open_letter(seat: Seat, words: str) -> None:
    seat.page.locator("#letters").get_by_role("link", name=words).click()
    expect(seat.page.locator("#editor")).to_be_visible()


# ---- Two returns -----------------------------------------------------------------------------


def return_to_typing(kasi: Seat) -> None:
    """The first return: Kasi sees what Staf typed, writes a note and sends the letter back."""
    kasi.take_up(SUBJECT)
    expect(news(kasi)).to_contain_text("Pakaian dinas harian")
    write_note(kasi, "Tempat", NAME_THE_HALL)
    kasi.send_back("Staf, langkah 4", "")
    kasi.desk()


def mend_typing(staf: Seat) -> None:
    mend(staf, "Ketik", NAME_THE_HALL, {"Tempat": "Balai Desa Puudongi, Dusun II"})
    staf.hand_on("Bubuhkan stempel dan serahkan ke Kepala Seksi")
    staf.desk()


def return_to_kasi(kadis: Seat) -> None:
    """The second return: Kadis does not sign, and says what has to be different."""
    kadis.take_up(SUBJECT)
    write_note(kadis, "Pakaian", CHANGE_THE_DRESS)
    kadis.send_back("Kepala Seksi, langkah 5", "Satu hal saja.")
    kadis.desk()


def mend_as_kasi(kasi: Seat) -> None:
    mend(kasi, "Perbaiki isi", CHANGE_THE_DRESS, {"Pakaian": "Batik"})
    expect(kasi.page.locator("#letters")).to_contain_text("gugur")
    kasi.hand_on("Paraf dan teruskan ke Kepala Bidang")
    kasi.desk()


def mend(seat: Seat, words: str, note: str, blanks: dict[str, str]) -> None:
    """Work through the one note on the letter, and tick it off."""
    seat.take_up(SUBJECT)
    open_letter(seat, words)
    for label, text in blanks.items():
        seat.page.get_by_label(re.compile(rf"^{label}\b")).fill(text)
    line = seat.page.locator("#editor .correction").filter(has_text=note)
    line.get_by_role("button", name="Sudah dikerjakan").click()
    expect(seat.page.locator("#editor .correction.is-done").filter(has_text=note)).to_be_visible()
    seat.press("Simpan dan kembali")
    expect(seat.page.locator("#letters")).to_contain_text("0 terbuka, ")


def write_note(seat: Seat, field: str, text: str) -> None:
    papers = seat.page.locator("#letters")
    papers.locator("summary", has_text="Tulis catatan koreksi").click()
    papers.get_by_label("Isian yang dikoreksi").select_option(label=field)
    papers.get_by_label("Yang harus diperbaiki").fill(text)
    seat.press("Tambahkan catatan")
    expect(papers.locator(".corrections")).to_contain_text(text)


def check_what_changed(seat: Seat, added: str, to: str = "Kepala Bidang") -> None:
    """See the new words marked, and the notes ticked off; then put a paraf."""
    seat.take_up(SUBJECT)
    for word in re.findall(r"\w+", added)[-1:]:
        expect(news(seat).locator("ins").filter(has_text=word)).to_be_visible()
    expect(seat.page.locator("#letters")).to_contain_text("0 terbuka, ")
    seat.hand_on(f"Paraf dan teruskan ke {to}")
    seat.desk()


def news(seat: Seat) -> Locator:
    return seat.page.locator("#letters .news")


# ---- Signed and verified ---------------------------------------------------------------------


def sign(kadis: Seat) -> bytes:
    """Kadis sees what is new since the return, signs, and opens the signed letter."""
    page = kadis.page
    kadis.take_up(SUBJECT)
    expect(news(kadis).locator("dd ins")).to_have_text("Batik")
    expect(news(kadis).locator("dd del")).to_have_text("Pakaian dinas harian")
    page.get_by_label("Frasa sandi sertifikat").fill(kadis.account.passphrase)
    kadis.hand_on("Tandatangani dan serahkan ke Kepala Seksi")
    link = page.locator("#papers .pdf-link", has_text="bertanda tangan elektronik")
    return kadis.fetch(link.get_attribute("href") or "")


def a_stranger_finds_it_genuine(kadis: Seat, letter: Path) -> None:
    """Whoever holds the letter reads its QR, sees who signed what, and drops their file there."""
    pdf = letter.read_bytes()
    acts.says([pdf], ["Balai Desa Puudongi, Dusun II", "Batik", "(sertifikat uji)"])
    address = qr.on_page(pdf)
    assert address.startswith(f"{kadis.office.url}/verify/")
    kadis.context.clear_cookies()
    page = kadis.page
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Keaslian naskah dinas")
    for fact in (SUBJECT, kadis.account.name, "Berlaku"):
        expect(page.get_by_role("main")).to_contain_text(fact)
    hand_in(page, letter)
    expect(page.locator("#hasil")).to_contain_text("Asli, utuh, dan berlaku")
    changed = letter.with_name("diubah.pdf")
    changed.write_bytes(pdf + b"%")
    hand_in(page, changed)
    expect(page.locator("#hasil")).to_contain_text("Ada yang ditambahkan")


def hand_in(page: Page, letter: Path) -> None:
    page.get_by_label("Berkas PDF").set_input_files(letter)
    page.get_by_role("button", name="Periksa berkas").click()
