"""Kinds of letters without code: an administrator puts one together from a base shape.

What is typed stays data: it is printed by two fixed templates and never read as markup. A kind
can be used only after every sample letter of it was set; from then on it never changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.documents import fields, kinds, rendering
from kimweb.documents.fields import Field, FieldError
from kimweb.documents.kinds import DRAFT, FIXED, READY, RETIRED, SHAPES, Kind
from kimweb.documents.models import OwnKind
from kimweb.documents.rendering import RenderingError

TYPES = {
    FIXED: "Kalimat tetap",
    "line": "Isian satu baris",
    "date": "Isian tanggal",
    "time": "Isian jam",
    "paragraphs": "Isian paragraf",
    "list": "Isian butir bernomor",
    "people": "Isian daftar pegawai",
    "table": "Isian tabel",
}
STATES = {DRAFT: "Disusun", READY: "Dipakai", RETIRED: "Tidak dipakai lagi"}
MOST_PARTS = 20
MOST_COLUMNS = 6
_LONGEST_TITLE, _LONGEST_LABEL, _LONGEST_TEXT = 100, 60, 4_000
# What an administrator may write in a first text, and the fact of the case that takes its place.
MARKS = {
    "kegiatan": "subject",
    "desa": "village_title",
    "kecamatan": "district",
    "hari_tanggal": "planned_day_date",
    "tahun": "year",
    "nomor_sop": "sop_number",
    "kantor": "office",
    "kabupaten": "regency",
}
_MARK = re.compile(r"\{(\w+)\}")
_AWKWARD = (
    "\"kutip\" 'tunggal' # $ * _ ` @ <label> \\\\ // /* */ [a] {b} $x^2$ #panic() 😀 السلام عليكم "
    + "Nama" * 50
)
_SENTENCE = "Kegiatan ini melibatkan perangkat desa, tokoh masyarakat, dan pelaku usaha setempat. "


class OwnKindError(Exception):
    """What was typed does not make a kind: one sentence per field of the form, in `errors`."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Plan:
    """A kind as typed; a part has `type`, `label`, `required`, `text` and `columns`."""

    title: str
    shape: str
    numbered_as: str
    parts: Sequence[Mapping[str, Any]]


def everything(session: Session) -> Sequence[OwnKind]:
    """Return every kind that the office put together, newest first."""
    return session.scalars(select(OwnKind).order_by(OwnKind.id.desc())).all()


def models() -> list[Kind]:
    """Return the declared letters whose book and number pattern an own kind may share."""
    return [kind for kind in kinds.letters() if kind.book]


def write(session: Session, row: OwnKind | None, plan: Plan, *, by: int, now: datetime) -> OwnKind:
    """Begin a kind, or change one that is not in use yet; OwnKindError names what is wrong."""
    if row is not None and row.state != DRAFT:
        raise OwnKindError({"title": "Jenis yang sudah dipakai tidak dapat diubah. Salinlah."})
    errors = dict(_wrong(plan))
    if errors:
        raise OwnKindError(errors)
    if row is None:
        row = OwnKind(state=DRAFT)
        session.add(row)
    row.title, row.shape, row.numbered_as = plan.title, plan.shape, plan.numbered_as
    row.parts, row.by, row.at = [_kept(part) for part in plan.parts], by, now
    session.flush()
    return row


def put_to_use(row: OwnKind) -> None:
    """Let letters of this kind be written; RenderingError when a sample of it cannot be set."""
    if row.state == DRAFT:
        check(kinds.own(row))
        row.state = READY


def retire(row: OwnKind) -> None:
    """Let no new letter of this kind be begun; those that were stay what they are."""
    row.state = RETIRED


def check(kind: Kind) -> None:
    """Set a short, a long and an awkward letter of `kind`; RenderingError when one is refused."""
    for content in samples(kind):
        try:
            rendering.pdf(kind, content)
        except (ValueError, KeyError) as wrong:
            raise RenderingError(f"{kind.title} tidak dapat disusun: {wrong}") from wrong


def samples(kind: Kind) -> list[dict[str, Any]]:
    """Return three letters of `kind`: as it is begun, of several pages, and with odd characters."""
    long = [_SENTENCE * 4] * 12
    return [
        {"fields": kinds.filled(kind, _SAMPLE_FACTS), "number": "000/CONTOH/2026"},
        {"fields": _written(kind, "Andi Rahman", long, 40), "recipients": _recipients(40)},
        {"fields": _written(kind, _AWKWARD, [_AWKWARD] * 2, 2), "copies": [_AWKWARD]},
    ]


def _written(kind: Kind, line: str, prose: list[str], rows: int) -> dict[str, Any]:
    person = dict.fromkeys(("name", "nip", "rank", "position"), line)
    by_type: dict[str, Any] = {"line": line, "text": line, "list": prose, "paragraphs": prose}
    by_type |= {"people": [person] * rows, "date": "2026-11-23", "time": "09:00"}
    return {
        field.name: [[line] * len(field.columns)] * rows
        if field.type == "table"
        else by_type.get(field.type, line)
        for field in kind.fields
    }


def _recipients(count: int) -> list[dict[str, str]]:
    return [
        {"name": f"Ibu {n}", "title": f"Kepala Desa {n}", "place": f"Kecamatan {n}"}
        for n in range(1, count + 1)
    ]


_SAMPLE_FACTS = {
    "subject": "Pembentukan KIM Desa Contoh",
    "village_title": "Desa Contoh",
    "district": "Contoh",
    "planned_day_date": "Rabu, 2 Desember 2026",
    "year": "2026",
    "sop_number": "1/CONTOH/2026",
}


def _kept(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part as it is stored: first texts with the facts' own names."""
    text = str(part["text"])
    if part["type"] != FIXED:
        text = _MARK.sub(lambda mark: f"{{{MARKS[mark[1]]}}}", text)
    return {**part, "text": text}


def shown(row: OwnKind) -> Plan:
    """Return a kind as its form shows it."""
    back = {fact: mark for mark, fact in MARKS.items()}

    def text(part: Mapping[str, Any]) -> str:
        if part["type"] == FIXED:
            return str(part["text"])
        return _MARK.sub(lambda mark: f"{{{back[mark[1]]}}}", str(part["text"]))

    parts = [{**part, "text": text(part)} for part in row.parts]
    return Plan(row.title, row.shape, row.numbered_as, parts)


def _wrong(plan: Plan) -> list[tuple[str, str]]:
    wrong = []
    if not 3 <= len(plan.title) <= _LONGEST_TITLE:
        wrong.append(("title", f"Nama jenis naskah 3 sampai {_LONGEST_TITLE} huruf."))
    if plan.shape not in SHAPES[:2]:
        wrong.append(("shape", "Pilih bentuk naskah."))
    if plan.numbered_as not in {kind.key for kind in models()}:
        wrong.append(("numbered_as", "Pilih jenis yang nomornya diikuti."))
    if not 1 <= len(plan.parts) <= MOST_PARTS:
        wrong.append(("parts", f"Isi paling sedikit satu bagian, paling banyak {MOST_PARTS}."))
    for n, part in enumerate(plan.parts, start=1):
        if sentence := _wrong_part(part):
            wrong.append(("parts", f"Bagian {n}: {sentence}"))
            break
    return wrong


def _wrong_part(part: Mapping[str, Any]) -> str | None:
    text, label, columns = str(part["text"]), str(part["label"]), part["columns"]
    if part["type"] not in TYPES:
        return "pilih jenisnya."
    if len(text) > _LONGEST_TEXT:
        return f"kalimatnya paling banyak {_LONGEST_TEXT} huruf."
    if part["type"] == FIXED:
        return None if text.strip() else "tulis kalimat tetapnya."
    if not 1 <= len(label) <= _LONGEST_LABEL:
        return f"beri nama isian, paling banyak {_LONGEST_LABEL} huruf."
    if part["type"] == "table" and not 1 <= len(columns) <= MOST_COLUMNS:
        return f"tulis judul 1 sampai {MOST_COLUMNS} kolom, dipisahkan koma."
    return _wrong_text(part, text)


def _wrong_text(part: Mapping[str, Any], text: str) -> str | None:
    """Return why the first text of a field cannot be taken."""
    unknown = set(_MARK.findall(text)) - MARKS.keys()
    if unknown or set("{}") & set(_MARK.sub("", text)):
        known = " ".join(f"{{{mark}}}" for mark in MARKS)
        return f"kurung kurawal hanya untuk penanda. Yang dikenal: {known}."
    field = Field("isian", str(part["label"]), part["type"], columns=tuple(part["columns"]))
    try:
        fields.parse(field, text)
    except FieldError as wrong:
        return str(wrong)
    return None
