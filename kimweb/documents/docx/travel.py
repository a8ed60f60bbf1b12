"""The travel letter in Word: its numbered rows, and the visum that is filled in on the way."""

from __future__ import annotations

from kimweb.documents.docx.letters import Data, close, numbered, settled
from kimweb.documents.docx.sheet import CENTER, RIGHT, Sheet

_DOTS = "." * 34
_CHECKED = (
    "Telah diperiksa dengan keterangan bahwa perjalanan tersebut di atas benar dilakukan atas "
    "perintahnya dan semata-mata untuk kepentingan jabatan dalam waktu yang sesingkat-singkatnya."
)
_CAUTION = (
    "VI. Perhatian: pejabat yang menerbitkan SPD, pegawai yang melakukan perjalanan dinas, para "
    "pejabat yang mengesahkan tanggal berangkat dan tiba, serta bendahara pengeluaran bertanggung "
    "jawab menurut peraturan keuangan negara apabila negara menderita kerugian akibat kesalahan, "
    "kelalaian, dan kealpaannya."
)


def travel(sheet: Sheet, data: Data) -> None:
    """Surat perjalanan dinas: the order on the front, the visum on a page of its own."""
    content, said = data["content"], data["content"]["fields"]
    sheet.line(f"Kode nomor: {said['klasifikasi']}\nNomor: {content['number']}", at=RIGHT)
    sheet.line("SURAT PERJALANAN DINAS (SPD)", at=CENTER, bold=True)
    who, *others = said["pelaksana"] or [dict.fromkeys(("name", "nip", "rank", "position"), "")]
    followers = "\n".join(f"{n}. {one['name']}" for n, one in enumerate(others, start=1))
    rows = (
        ("Pejabat yang memberi perintah", said["pejabat"]),
        (
            "Nama/NIP pegawai yang melaksanakan perjalanan dinas",
            f"{who['name']}\nNIP {who['nip']}",
        ),
        (
            "a. Pangkat dan golongan\nb. Jabatan\nc. Tingkat biaya perjalanan dinas",
            f"a. {who['rank']}\nb. {who['position']}\nc. {said['tingkat_biaya']}",
        ),
        ("Maksud perjalanan dinas", said["maksud"]),
        ("Alat angkutan yang dipergunakan", said["angkutan"]),
        ("a. Tempat berangkat\nb. Tempat tujuan", f"a. {said['asal']}\nb. {said['tujuan']}"),
        (
            "a. Lamanya perjalanan dinas\nb. Tanggal berangkat\nc. Tanggal harus kembali",
            f"a. {content['days'] or ''} hari\nb. {said['berangkat']['long']}\n"
            f"c. {said['kembali']['long']}",
        ),
        ("Pengikut", followers or "-"),
        (
            "Pembebanan anggaran:\na. Instansi\nb. Akun",
            f"\na. {said['instansi']}\nb. {said['akun']}",
        ),
        ("Keterangan lain-lain", said["keterangan"]),
    )
    sheet.table(("No.", "Uraian", "Isi"), numbered(rows), (1.0, 6.4, sheet.width - 7.4))
    close(sheet, data, settled(data, "Dikeluarkan"))
    _visum(sheet, data)


def _visum(sheet: Sheet, data: Data) -> None:
    content, said = data["content"], data["content"]["fields"]
    signer = content["signer"]
    signed = f"\n{signer['name']}\nNIP {signer['nip']}"
    leaves = (
        f"I. Berangkat dari: {said['asal']}\nKe: {said['tujuan']}\n"
        f"Pada tanggal: {said['berangkat']['long'] or _DOTS}\n{signer['title']},\n\n"
    )
    sheet.new_page()
    sheet.line("VISUM PERJALANAN DINAS", at=CENTER, bold=True)
    sheet.boxes(
        (
            ("", f"{leaves}{content['sign']}{signed}"),
            (_arrived("II", said["tujuan"]), _left(said["tujuan"])),
            (_arrived("III", _DOTS), _left(_DOTS)),
            (
                f"IV. Tiba kembali di: {said['asal']}\nPada tanggal: {_DOTS}",
                f"{_CHECKED}\n{signer['title']},\n\n\n{signed}",
            ),
            ("V. Catatan lain-lain:\n",),
            (_CAUTION,),
        )
    )


def _arrived(roman: str, place: str) -> str:
    return f"{roman}. Tiba di: {place}\nPada tanggal: {_DOTS}\nKepala: {_DOTS}\n{_room()}"


def _left(place: str) -> str:
    return f"Berangkat dari: {place}\nKe: {_DOTS}\nPada tanggal: {_DOTS}\nKepala: {_DOTS}{_room()}"


def _room() -> str:
    return f"\n\n\n({_DOTS})\nNIP {_DOTS}"
