"""The kinds of letters, each put together as its page in templates/naskah is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from docx.shared import Cm

from kimweb.documents.docx.sheet import CENTER, RIGHT, Sheet

Data = dict[str, Any]
MOST_IN_LETTER = 4
_LABELS = 2.9


def _korespondensi(
    sheet: Sheet, data: Data, body: Callable[[Data], None], list_title: str = "Daftar Penerima"
) -> None:
    letter, said = data["content"], data["content"]["fields"]
    recipients = letter["recipients"]
    by_list = len(recipients) > MOST_IN_LETTER
    sheet.line(f"{letter['place']}, {letter['dated']}", at=RIGHT)
    attached = "1 (satu) berkas" if by_list and said["lampiran"] in ("", "-") else said["lampiran"]
    about = (
        ("Nomor", letter["number"]),
        ("Sifat", said["sifat"]),
        ("Lampiran", attached),
        ("Hal", said["hal"]),
    )
    sheet.labelled(about, label=2.0)
    _address(sheet, recipients, by_list=by_list)
    body(said)
    close(sheet, data)
    if by_list:
        sheet.new_page()
        sheet.line(f"Lampiran: {data['kind']['title']}\nNomor: {letter['number']}", at=RIGHT)
        sheet.line(list_title.upper(), at=CENTER, bold=True)
        rows = [(to["name"], to["title"], to["place"]) for to in recipients]
        heads = ("No.", "Nama", "Jabatan/Instansi", "Alamat")
        sheet.table(heads, numbered(rows), (1.1, 5.7, 5.7, sheet.width - 12.5))
        sheet.signature(letter["signer"], letter["sign"])


def _address(sheet: Sheet, recipients: Sequence[dict[str, str]], *, by_list: bool) -> None:
    names = [", ".join(part for part in (to["name"], to["title"]) if part) for to in recipients]
    if by_list:
        names = ["Daftar penerima terlampir"]
    if len(names) > 1:
        names = [f"{n}. {name}" for n, name in enumerate(names, start=1)]
    places = {to["place"] for to in recipients if to["place"]}
    place = places.pop() if len(places) == 1 and not by_list else "Tempat"
    sheet.line("Yth. " + "\n       ".join(names) + f"\ndi\n       {place}")
    sheet.gap()


def close(sheet: Sheet, data: Data, opening: Sequence[str] = ()) -> None:
    letter = data["content"]
    sheet.gap(10)
    sheet.signature(letter["signer"], letter["sign"], opening)
    sheet.copies(letter["copies"])


def _heading(sheet: Sheet, data: Data, title: str, about: str = "") -> None:
    number = data["content"]["number"]
    sheet.line(title.upper(), at=CENTER, bold=True)
    sheet.line(f"NOMOR {number}", at=CENTER)
    if about:
        sheet.line("TENTANG", at=CENTER)
        sheet.line(about.upper(), at=CENTER, bold=True)
    sheet.gap(8)


def settled(data: Data, word: str = "Ditetapkan") -> tuple[str, str]:
    letter = data["content"]
    return (f"{word} di {letter['place']}", f"pada tanggal {letter['dated']}")


def numbered(rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    return [(f"{n}.", *row) for n, row in enumerate(rows, start=1)]


def _leading(texts: Sequence[str]) -> list[str]:
    return [*texts[:-1], f"{texts[-1].rstrip(' .,;:')}:"] if texts else []


def invitation(sheet: Sheet, data: Data) -> None:
    """Surat undangan."""

    def body(said: Data) -> None:
        sheet.paragraphs(_leading(said["pembuka"]))
        until = f"sampai {said['sampai']}" if said["sampai"] else "sampai selesai"
        when = (
            ("hari/tanggal", said["tanggal"]["day_date"]),
            ("pukul", f"{said['pukul']} {until}" if said["pukul"] else ""),
            ("tempat", said["tempat"]),
            ("acara", said["acara"]),
            ("pakaian", said["pakaian"]),
            ("catatan", said["catatan"]),
        )
        sheet.labelled(when, label=2.6, indent=1.25)
        sheet.paragraphs(said["penutup"])

    _korespondensi(sheet, data, body, "Daftar Undangan")


def letter(sheet: Sheet, data: Data) -> None:
    """Surat dinas."""

    def body(said: Data) -> None:
        sheet.paragraphs(_leading(said["isi"]) if said["rincian"] else said["isi"])
        sheet.items(said["rincian"], letters=True)
        sheet.paragraphs(said["penutup"])

    _korespondensi(sheet, data, body)


def order(sheet: Sheet, data: Data) -> None:
    """Surat perintah tugas."""
    said = data["content"]["fields"]
    _heading(sheet, data, data["kind"]["title"])
    sheet.labelled([("Dasar", said["dasar"])], label=_LABELS)
    sheet.line("MEMERINTAHKAN:", at=CENTER, bold=True)
    sheet.line("Kepada:")
    people = [
        (f"{p['name']}\nNIP {p['nip']}" if p["nip"] else p["name"], p["rank"], p["position"])
        for p in said["pegawai"]
    ]
    heads = ("No.", "Nama/NIP", "Pangkat/Golongan", "Jabatan")
    sheet.table(heads, numbered(people), (1.0, sheet.width - 9.9, 3.3, 5.6))
    first, last = said["mulai"], said["selesai"]
    until = f" sampai dengan {last['day_date']}" if last["iso"] not in (None, first["iso"]) else ""
    rows = (
        ("Untuk", said["untuk"]),
        ("Waktu", f"{first['day_date']}{until}"),
        ("Tempat", said["tempat"]),
        ("Biaya", said["biaya"]),
    )
    sheet.labelled(rows, label=_LABELS)
    sheet.paragraphs([said["penutup"]], indent=0)
    close(sheet, data, settled(data))


def decision(sheet: Sheet, data: Data) -> None:
    """Keputusan tentang tim, with its list of members."""
    content, said = data["content"], data["content"]["fields"]
    title = f"Keputusan {content['signer']['title']}"
    _heading(sheet, data, title, said["tentang"])
    sheet.line(f"{content['signer']['title'].upper()},", at=CENTER)
    grounds = ("menimbang", "mengingat", "memperhatikan")
    sheet.labelled([(name.capitalize(), said[name]) for name in grounds], label=_LABELS)
    sheet.line("MEMUTUSKAN:", at=CENTER, bold=True)
    duties = ["Tim Pelaksana sebagaimana dimaksud dalam Diktum KESATU mempunyai tugas:"]
    duties += [f"{chr(ord('a') + n % 26)}. {duty}" for n, duty in enumerate(said["tugas"])]
    verdicts = [said["membentuk"], "\n".join(duties), *said["diktum"]]
    ordinals = ("SATU", "DUA", "TIGA", "EMPAT", "LIMA", "ENAM", "TUJUH", "DELAPAN", "SEMBILAN")
    named = [
        (f"KE{ordinals[n]}" if n < len(ordinals) else f"KE-{n + 1}", verdict)
        for n, verdict in enumerate(verdicts)
    ]
    sentence = f"{title} tentang {said['tentang']}.".upper()
    sheet.labelled([("Menetapkan", sentence), *named], label=_LABELS)
    close(sheet, data, settled(data))
    sheet.new_page()
    belongs_to = (
        "LAMPIRAN",
        title.upper(),
        f"NOMOR {content['number']}",
        "TENTANG",
        said["tentang"].upper(),
    )
    head = sheet.line("\n".join(belongs_to))
    head.paragraph_format.left_indent = Cm(sheet.width / 2)
    sheet.line("SUSUNAN TIM PELAKSANA", at=CENTER, bold=True)
    heads = ("No.", "Nama", "Jabatan", "Kedudukan dalam Tim")
    sheet.table(heads, numbered(said["tim"]), (1.0, 5.0, sheet.width - 9.5, 3.5))
    sheet.signature(content["signer"], content["sign"])


def own(sheet: Sheet, data: Data) -> None:
    """A kind that the office put together itself."""
    said, about = data["content"]["fields"], data["kind"]

    def body(_said: Data) -> None:
        for part in about["parts"]:
            _part(sheet, part, said.get(part.get("name", "")))

    if about["shape"] == "korespondensi":
        _korespondensi(sheet, data, body)
    else:
        _heading(sheet, data, about["title"], said["tentang"])
        body(said)
        close(sheet, data, settled(data))


def _part(sheet: Sheet, part: Data, value: Any) -> None:
    """One part of an own kind: a fixed text, prose, a list, rows, or a label with its value."""
    if part["type"] == "fixed":
        sheet.paragraphs(part["text"].splitlines())
    elif part["type"] == "paragraphs":
        sheet.paragraphs(value)
    elif part["type"] in ("list", "people", "table") and value:
        sheet.line(f"{part['label']}:")
        rows = value if part["type"] == "list" else [_row(one) for one in value]
        sheet.items(rows)
    elif value:
        text = value["long"] if isinstance(value, dict) else value
        sheet.labelled([(part["label"], text)], label=4.0, indent=1.25)


def _row(one: Any) -> str:
    cells = one.values() if isinstance(one, dict) else one
    return ", ".join(cell for cell in cells if cell)


WRITERS: dict[str, Callable[[Sheet, Data], None]] = {
    "surat_undangan": invitation,
    "surat_dinas": letter,
    "surat_perintah_tugas": order,
    "sk_tim": decision,
}
