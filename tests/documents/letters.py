"""Letters of one case for the tests: the forming of a KIM in Desa Rano Sangia."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from typing import Any

import pytest

from kimweb.documents import kinds, office

ANDI = {
    "name": "Andi Rahman, S.Sos., M.Si.",
    "nip": "197503122000031004",
    "rank": "Pembina (IV/a)",
    "position": "Kepala Bidang Informasi dan Komunikasi Publik",
}
NURHAYATI = {
    "name": "Hj. Nurhayati, S.Kom.",
    "nip": "198106152006042011",
    "rank": "Penata Tingkat I (III/d)",
    "position": "Kepala Seksi Kemitraan Informasi dan Komunikasi Publik",
}
SYAMSUDDIN = {
    "name": "Drs. Syamsuddin Tahir, M.Si.",
    "rank": "Pembina Utama Muda (IV/c)",
    "nip": "197001011995031002",
}
AMINAH = {"name": "Sitti Aminah", "nip": "", "rank": "", "position": "Ketua KIM terpilih"}
BAHARUDDIN = {"name": "Baharuddin", "nip": "", "rank": "", "position": "Kepala Desa Rano Sangia"}

FACTS: dict[str, Any] = {
    "subject": "Pembentukan KIM Desa Rano Sangia",
    "instruction": "Laksanakan sesuai SOP.",
    "opened_on": "2026-11-23",
    "opened_date": "23 November 2026",
    "village": "Rano Sangia",
    "village_title": "Desa Rano Sangia",
    "village_head": "Kepala Desa",
    "district": "Toari",
    "planned_on": "2026-12-02",
    "planned_day_date": "Rabu, 2 Desember 2026",
    "year": "2026",
    "sop_number": "17/DISKOMINFO-KLK/2018",
    "team": [ANDI, NURHAYATI],
    "team_roles": [
        [ANDI["name"], ANDI["position"], "Ketua"],
        [NURHAYATI["name"], NURHAYATI["position"], "Sekretaris"],
    ],
    "leaves_on": "2026-12-02",
    "returns_on": "2026-12-03",
    "gathering": "Halaman kantor, pukul 07.00",
    "equipment": ["Komputer/printer/ATK", "Dokumen"],
    "held_on": "2026-12-02",
    "held_day_date": "Rabu, 2 Desember 2026",
    "held_place": "Balai Desa Rano Sangia",
    "attendee_count": 27,
    "attendance": "15 orang laki-laki dan 12 orang perempuan",
    "attendees": [["Baharuddin", "L", "Kepala Desa", "0812 0000 0001"]],
    "minutes": "Musyawarah dibuka oleh Kepala Desa.\nPeserta memilih pengurus.",
    "decisions": ["Pengurus dilantik bulan depan."],
    "obstacles": "",
    "suggestions": "Pengurus perlu didampingi.",
    "group_formed": "Terbentuk KIM Rano Sangia Bersuara.",
    "documentation": [{"sha256": "a" * 64, "caption": "Musyawarah di balai desa"}],
    "photos": "Kegiatan didokumentasikan dalam 12 (dua belas) foto.",
    "kim_name": "Rano Sangia Bersuara",
    "officers": [["Ketua", "Sitti Aminah", "Dusun I"], ["Sekretaris", "Ketut Arsana", "Dusun II"]],
}

_WRITTEN: dict[str, dict[str, Any]] = {
    "lembar_disposisi": {"petunjuk": ["Siapkan undangan dan surat perintah tugas."]},
    "berita_acara": {"wakil": [AMINAH], "mengetahui": [BAHARUDDIN]},
    "notulen": {
        "pimpinan": "Baharuddin",
        "pencatat": "Muh. Ikbal",
        "pembukaan": ["Rapat dibuka dengan doa."],
    },
}


def content(key: str, **changes: Any) -> dict[str, Any]:
    """Return a complete concept of this kind; `changes` replace parts around the fields."""
    kind = kinds.kind(key)
    written = kinds.filled(kind, FACTS) | _WRITTEN.get(key, {})
    return {
        "fields": written,
        "number": None,
        "dated_on": None,
        "place": "Kolaka",
        "signer": {
            "title": office.current().position(kind.signer),
            "prefix": None,
            "lines": [],
            **SYAMSUDDIN,
        },
        "parafs": [],
        "show_parafs": False,
        "stamp": False,
        "recipients": [{"name": "", "title": "Kepala Desa Rano Sangia", "place": "Toari"}],
        "copies": written.get("tembusan") or [],
        "status": "concept",
        "qr": None,
        "signature_note": "",
    } | changes


def signed(key: str, **changes: Any) -> dict[str, Any]:
    """Return the same letter numbered, dated and signed with a pen on 24 November 2026."""
    draft = content(key)
    if kinds.kind(key).book:
        draft["number"] = office.current().number(key, 12, date(2026, 11, 24), draft["fields"])
    return draft | {"dated_on": "2026-11-24", "status": "signed_wet"} | changes


def read(pdf: bytes) -> str:
    """Return the words of a PDF in reading order, as one line (pdftotext of poppler)."""
    return re.sub(r"\s+", " ", layout(pdf))


def layout(pdf: bytes) -> str:
    """Return the words of a PDF where they stand on the page, pages parted by form feeds."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    done = subprocess.run(
        [program, "-layout", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout.decode()
