"""The report of a dispatch as PDF, for Kasi (SOP step 10)."""

from __future__ import annotations

from datetime import date

from kimweb.dispatch import states
from kimweb.dispatch.models import Message
from kimweb.dispatch.results import Results
from kimweb.documents import dates, kinds, rendering
from kimweb.documents.fields import Field
from kimweb.sop import shelf

_COLUMNS = ("No.", "Penerima", "Cara", "Hasil", "Waktu dan bukti")
_SHEET = kinds.sheet(
    "laporan_distribusi",
    "Laporan Distribusi Naskah Dinas",
    Field("tentang", "Kegiatan", "line"),
    Field("keterangan", "Keterangan", "line"),
    Field("angka", "Angka", "table", columns=("Uraian", "Jumlah")),
    Field("pengecualian", "Pengecualian", "table", columns=("Penerima", "Uraian")),
    Field("surat", "Surat", "table", columns=("Perihal", "Nomor", "Banyaknya")),
    Field("baris", "Baris", "table", columns=_COLUMNS),
)


def pdf(subject: str, became: Results, missing: str, today: date) -> bytes:
    """Return the report; `missing` says what is still open, empty in the final one."""
    counted = [
        [document.subject, document.number or "", str(len(messages))]
        for document, messages in became.letters
    ]
    everything = [message for _, messages in became.letters for message in messages]
    content = {
        "status": "signed_wet",
        "dated_on": today.isoformat(),
        "fields": {
            "tentang": subject,
            "keterangan": missing,
            "angka": [[words, str(count)] for words, count in became.numbers],
            "pengecualian": [[message.to_name, said] for message, said in became.exceptions],
            "surat": counted,
            "baris": [_row(n, message) for n, message in enumerate(everything, start=1)],
        },
    }
    return rendering.pdf(_SHEET, content)


def _row(n: int, message: Message) -> list[str]:
    settled = [moment(message)] if message.settled_at else []
    return [
        f"{n}.",
        message.to_name,
        states.CHANNELS[message.channel],
        states.label(message),
        " ".join([*settled, message.proof]),
    ]


def moment(message: Message) -> str:
    """Return when a letter was settled, "23-11-2026 10.15"; empty while it is not."""
    if message.settled_at is None:
        return ""
    local = shelf.local(message.settled_at)
    return f"{local:%d-%m-%Y} {dates.clock_time(local)}"
