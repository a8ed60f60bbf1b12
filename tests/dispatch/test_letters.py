"""What the mails of the office say: the facts, in Indonesian, as text and as HTML alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from jinja2 import UndefinedError

from config.settings import ROOT
from kimweb.dispatch import letters
from kimweb.dispatch.letters import Letter
from kimweb.dispatch.models import BY_HAND, SENT, TRY_LATER, Message
from kimweb.documents.models import Addressee, Document
from kimweb.sop import shelf

DUE = datetime(2026, 11, 25, 15, 30, tzinfo=ZoneInfo("Asia/Makassar"))
LETTERS = (
    "titik_periksa",
    "sertifikat",
    "keberangkatan",
    "berkas_rusak",
    "ringkasan",
    "surat",
    "tugas_baru",
    "dikembalikan",
    "pengingat",
    "eskalasi",
    "laporan_ke_kasi",
    "kalender",
    "jabatan_kosong",
    "pengiriman_berhenti",
    "surat_ditahan",
    "surat_kembali",
    "surat_uji",
)
WORK = {
    "to_name": "Wa Ode Fitriani, S.I.Kom",
    "case_id": 41,
    "subject": "Pembentukan KIM Desa Rano Sangia",
    "due_at": DUE,
}


def undangan() -> Document:
    return Document(
        id=7,
        kind="surat_undangan",
        subject="Undangan pembentukan KIM",
        number="000.5/12/DISKOMINFO/XI/2026",
        dated_on=date(2026, 11, 23),
    )


def camat() -> Addressee:
    return Addressee(name="Nurdin, S.Sos", title="Camat Toari", place="Toari")


def message(name: str, state: str, proof: str = "") -> Message:
    settled = None if state == TRY_LATER else DUE
    return Message(
        document_id=7, to_name=name, state=state, channel="email", try_at=DUE, settled_at=settled,
        proof=proof,
    )  # fmt: skip


def every_letter() -> dict[str, Callable[[], Letter]]:
    step = shelf.sop().step(6)
    return {
        "surat": lambda: letters.surat(undangan(), camat()),
        "tugas_baru": lambda: letters.tugas_baru(
            **WORK, step=step, by_name="La Ode Hasan", note="Mohon dipercepat."
        ),
        "dikembalikan": lambda: letters.dikembalikan(
            **WORK, step=step, by_name="La Ode Hasan", note="Tanggal <salah> & belum sesuai."
        ),
        "pengingat": lambda: letters.pengingat(**WORK, step=step, now=DUE - timedelta(hours=1)),
        "eskalasi": lambda: letters.eskalasi(**WORK, step=step, holder="Kepala Bidang", now=DUE),
        "kalender": lambda: letters.kalender(
            to_name="Wa Ode Fitriani", gaps=["Cuti bersama tahun 2028 belum ada di kalender."]
        ),
        "jabatan_kosong": lambda: letters.jabatan_kosong(
            to_name="Wa Ode Fitriani", lanes=["Kepala Bidang"], waiting=2
        ),
        "pengiriman_berhenti": lambda: letters.pengiriman_berhenti(
            to_name="Administrator", reason="sambungan ditolak", now=DUE
        ),
        "surat_uji": lambda: letters.surat_uji(to_name="Administrator", now=DUE),
        "surat_kembali": lambda: letters.surat_kembali(
            to_name="Wa Ode Fitriani",
            message=Message(
                id=3,
                case_id=41,
                to_name="Nurdin",
                to_email="camat@toari.example",
                subject="Undangan",
                reply="Surat kembali: kotak surat penuh (5.2.2).",
            ),
        ),
        "surat_ditahan": lambda: letters.surat_ditahan(
            to_name="Administrator",
            message=Message(id=3, case_id=41, to_name="Nurdin", subject="Undangan"),
            reason="Isinya sudah diubah",
        ),
        "titik_periksa": lambda: letters.titik_periksa(
            to_name="La Ode Hasan", seq=1_204, at=DUE, words='{"seq":1204}'
        ),
        "berkas_rusak": lambda: letters.berkas_rusak(
            to_name="Administrator", damaged=["a" * 64], missing=[]
        ),
        "keberangkatan": lambda: letters.keberangkatan(
            to_name="Wa Ode Fitriani, S.I.Kom",
            case_id=41,
            subject="Pembentukan KIM",
            role="Ketua Tim",
            leaves_on=DUE.date(),
            told=[("Kendaraan", "Mobil dinas")],
        ),
        "sertifikat": lambda: letters.sertifikat(
            to_name="Administrator", holder="La Ode Hasan", valid_until=DUE, is_over=False
        ),
        "ringkasan": lambda: letters.ringkasan(
            to_name="Wa Ode Fitriani",
            messages=[
                Message(subject="Tugas baru, langkah 9", dated_at=DUE, case_id=41),
                Message(subject="Dikembalikan, langkah 5", dated_at=DUE, case_id=42),
            ],
        ),
        "laporan_ke_kasi": lambda: letters.laporan_ke_kasi(
            to_name="Wa Ode Fitriani",
            case_id=41,
            subject="Pembentukan KIM",
            by_name="Muhammad Ilham",
            documents=[undangan()],
            messages=[
                message("Nurdin", SENT),
                message("Hasanuddin", BY_HAND, "Diterima Hasanuddin, diantar Ilham."),
            ],
        ),
    }


def test_every_folder_of_words_belongs_to_a_letter(app: Flask) -> None:
    folders = {path.name for path in (ROOT / "templates" / "mail").iterdir() if path.is_dir()}
    assert folders == set(every_letter()) == set(LETTERS)


@pytest.mark.parametrize("name", [name for name in LETTERS if name != "laporan_ke_kasi"])
def test_text_and_html_say_the_same(app: Flask, name: str) -> None:
    letter = every_letter()[name]()
    shown = " ".join(unescape(re.sub(r"<[^>]+>", " ", letter.html)).split())
    for phrase in re.split(r"\n|: ", letter.text):
        words = " ".join(phrase.split())
        if words not in ("--", "Alasan", "Catatan"):
            assert words in shown


@pytest.mark.parametrize("name", LETTERS)
def test_the_html_is_for_mail_programs_of_any_age(app: Flask, name: str) -> None:
    html = every_letter()[name]().html
    assert not re.search(r"<(script|img|link|style|svg|form)\b|src=|class=|@import|url\(", html)
    assert "<!doctype html>" in html
    assert "{#" not in html


def test_the_covering_mail_greets_by_office_and_names_the_letter(app: Flask) -> None:
    letter = letters.surat(undangan(), camat())
    assert letter.subject == (
        "Surat Undangan Nomor 000.5/12/DISKOMINFO/XI/2026: Undangan pembentukan KIM"
    )
    assert letter.text.startswith("Yth. Camat Toari\n     Bapak/Ibu Nurdin, S.Sos\ndi Toari\n")
    assert "Tanggal : 23 November 2026" in letter.text
    assert "Surat-Undangan-000-5-12-DISKOMINFO-XI-2026.pdf" in letter.text


def test_somebody_known_only_by_office_is_named_once(app: Flask) -> None:
    to = Addressee(name="Camat Toari", title="Camat Toari", place="")
    assert letters.surat(undangan(), to).text.startswith("Yth. Camat Toari\n\nDengan hormat,")


def test_a_notice_leads_to_the_case_and_says_until_when(app: Flask) -> None:
    letter = every_letter()["tugas_baru"]()
    assert f"{app.config['OFFICE'].base_url}/cases/41" in letter.text
    assert "Rabu, 25 November 2026 pukul 15.30 WITA" in letter.text
    assert "Mohon dipercepat." in letter.text


def test_a_reason_cannot_bring_markup_of_its_own(app: Flask) -> None:
    letter = every_letter()["dikembalikan"]()
    assert "Tanggal <salah> & belum sesuai." in letter.text
    assert "Tanggal &lt;salah&gt; &amp; belum sesuai." in letter.html


def test_the_reminder_tells_before_from_after(app: Flask) -> None:
    step = shelf.sop().step(6)
    before = letters.pengingat(**WORK, step=step, now=DUE - timedelta(minutes=1))
    after = letters.pengingat(**WORK, step=step, now=DUE)
    assert before.subject.startswith("Mendekati tenggat")
    assert after.subject.startswith("Sudah lewat tenggat")


def test_the_report_to_kasi_has_numbers_table_and_proof(app: Flask) -> None:
    letter = every_letter()["laporan_ke_kasi"]()
    assert "Seluruh surat            : 2" in letter.text
    assert "Terkirim lewat pos-el    : 1" in letter.text
    assert "Diserahkan langsung      : 1" in letter.text
    assert "Belum sampai" not in letter.text
    assert "1. Nurdin: Terkirim, Rabu, 25 November 2026 pukul 15.30 WITA" in letter.text
    assert "Diterima Hasanuddin, diantar Ilham." in letter.html


def test_a_missing_fact_stops_the_letter_instead_of_leaving_a_gap() -> None:
    with pytest.raises(UndefinedError):
        letters._templates().from_string("{{ nobody }}").render()
