"""The mails of the office, composed: facts in; subject, text and HTML out.

One short function a letter; its words are in templates/mail/<letter>/. What is composed here is
frozen in the outbox, so what was previewed is what leaves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import escape

from config.settings import ROOT
from kimweb.dispatch import results, sender, states
from kimweb.dispatch.models import Message
from kimweb.documents import dates, kinds, office
from kimweb.documents.models import Addressee, Document
from kimweb.sop import shelf
from kimweb.sop.steps import Step

# A place in a mould is its name between private characters, which nothing that is written contains.
_PLACE = "\ue000{}\ue001"
_PLACES = re.compile(_PLACE.format(r"(\w+)"))
_NOT_IN_FILE_NAMES = re.compile(r"[^0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A composed mail: subject in one line, text, and the same words as HTML."""

    subject: str
    text: str
    html: str


def surat(document: Document, to: Addressee) -> Letter:
    """The covering mail of a signed letter to its recipient (SOP step 10); the PDF is attached."""
    return _compose(
        "surat",
        document=document,
        kind=kinds.kind(document.kind).title,
        to=to,
        file_name=file_name(document),
    )


def whatsapp(document: Document, to: Addressee) -> str:
    """The words that accompany a letter by WhatsApp; a person sends them together with the PDF."""
    facts = {
        "document": document,
        "kind": kinds.kind(document.kind).title,
        "to": to,
        "office": office.current(),
    }
    return _templates().get_template("_whatsapp.txt").render(facts).strip()


def file_name(document: Document) -> str:
    """Return the name of a letter's PDF as its recipient sees it, in plain ASCII."""
    words = f"{kinds.kind(document.kind).title} {document.number or ''}"
    return f"{_NOT_IN_FILE_NAMES.sub('-', words).strip('-')}.pdf"


def tugas_baru(
    *,
    to_name: str,
    case_id: int,
    subject: str,
    step: Step,
    by_name: str,
    due_at: datetime,
    note: str = "",
) -> Letter:
    """Work has arrived for the holder of the next step."""
    work = _work(to_name, case_id, subject, due_at)
    return _cast("tugas_baru", {"step": step}, work | {"by": by_name, "note": note})


def dikembalikan(
    *,
    to_name: str,
    case_id: int,
    subject: str,
    step: Step,
    by_name: str,
    due_at: datetime,
    note: str,
) -> Letter:
    """Work has come back to an earlier step; `note` is the reason why."""
    work = _work(to_name, case_id, subject, due_at)
    return _cast("dikembalikan", {"step": step}, work | {"by": by_name, "reason": note})


def pengingat(
    *, to_name: str, case_id: int, subject: str, step: Step, due_at: datetime, now: datetime
) -> Letter:
    """A reminder to the holder of a step, before its due time or after it."""
    work = _work(to_name, case_id, subject, due_at)
    return _cast("pengingat", {"step": step, "is_late": now >= due_at}, work)


def eskalasi(
    *,
    to_name: str,
    case_id: int,
    subject: str,
    step: Step,
    holder: str,
    due_at: datetime,
    now: datetime,
) -> Letter:
    """A superior is told that a step stays undone; `holder` is who should have done it."""
    work = _work(to_name, case_id, subject, due_at)
    return _cast("eskalasi", {"step": step, "is_late": now >= due_at}, work | {"holder": holder})


def kalender(*, to_name: str, gaps: Sequence[str]) -> Letter:
    """The administrator is told each day what the working calendar does not know yet."""
    return _compose("kalender", to_name=to_name, gaps=gaps, url=sender.link("/calendar/"))


def sertifikat(*, to_name: str, holder: str, valid_until: datetime, is_over: bool) -> Letter:
    """A certificate comes to its end, or has; the holder and the administrators are told."""
    return _compose(
        "sertifikat",
        to_name=to_name,
        holder=holder,
        valid_until=valid_until,
        is_over=is_over,
        url=sender.link("/certificates"),
    )


def titik_periksa(*, to_name: str, seq: int, at: datetime, words: str) -> Letter:
    """A checkpoint of the chain of evidence, to be kept in a mailbox outside the program."""
    return _compose("titik_periksa", to_name=to_name, seq=seq, at=at, words=words)


def berkas_rusak(*, to_name: str, damaged: Sequence[str], missing: Sequence[str]) -> Letter:
    """Stored files, by their SHA-256, are not what they were or not there."""
    return _compose("berkas_rusak", to_name=to_name, damaged=damaged, missing=missing)


def keberangkatan(
    *,
    to_name: str,
    case_id: int,
    subject: str,
    role: str,
    leaves_on: date,
    told: Sequence[tuple[str, str]],
) -> Letter:
    """Somebody leaves with a team (SOP step 11); a file for their calendar is attached."""
    return _compose(
        "keberangkatan",
        to_name=to_name,
        subject=subject,
        role=role,
        leaves_on=leaves_on,
        facts=[("Kegiatan", subject), *told],
        url=sender.link(f"/cases/{case_id}"),
    )


def jabatan_kosong(
    *, to_name: str, lanes: Sequence[str], subject: str = "", waiting: int = 0
) -> Letter:
    """Nobody acts in `lanes` (titles); `subject` came there, or `waiting` cases stand there."""
    url = sender.link("/delegation")
    return _compose(
        "jabatan_kosong", to_name=to_name, lanes=lanes, subject=subject, waiting=waiting, url=url
    )


def laporan_ke_kasi(
    *,
    to_name: str,
    case_id: int,
    subject: str,
    by_name: str,
    documents: Sequence[Document],
    messages: Sequence[Message],
) -> Letter:
    """The report of the dispatch to the Kepala Seksi (SOP step 10): numbers, table, exceptions."""
    became = results.of(documents, messages)
    return _compose(
        "laporan_ke_kasi",
        to_name=to_name,
        subject=subject,
        by=by_name,
        numbers=became.numbers,
        exceptions=became.exceptions,
        letters=became.letters,
        url=sender.link(f"/cases/{case_id}/dispatches/report"),
    )


def pengiriman_berhenti(*, to_name: str, reason: str, now: datetime) -> Letter:
    """Mail does not leave the house: to the administrators."""
    url = sender.link("/health")
    return _compose("pengiriman_berhenti", to_name=to_name, reason=reason, at=now, url=url)


def surat_kembali(*, to_name: str, message: Message) -> Letter:
    """A letter came back after it had left; who distributes letters decides what to do."""
    path = f"/cases/{message.case_id}/dispatches/{message.id}"
    return _compose("surat_kembali", to_name=to_name, message=message, url=sender.link(path))


def surat_uji(*, to_name: str, now: datetime) -> Letter:
    """A mail that an administrator sends to themselves to see it arrive."""
    return _compose("surat_uji", to_name=to_name, at=now, url=sender.link("/health"))


def surat_ditahan(*, to_name: str, message: Message, reason: str) -> Letter:
    """A letter was kept in the house because its file is not what was signed."""
    url = sender.link(f"/cases/{message.case_id}/dispatches/{message.id}")
    return _compose("surat_ditahan", to_name=to_name, message=message, reason=reason, url=url)


def ringkasan(*, to_name: str, messages: Sequence[Message]) -> Letter:
    """Several notices folded into one mail: once a day, or when many came at once."""
    return _compose(
        "ringkasan",
        to_name=to_name,
        messages=[
            (one, sender.link(f"/cases/{one.case_id}" if one.case_id else "/")) for one in messages
        ],
        account=sender.link("/account"),
    )


def _work(to_name: str, case_id: int, subject: str, due_at: datetime) -> dict[str, str]:
    return {
        "to_name": to_name,
        "subject": subject,
        "due_at": _moment(due_at),
        "url": sender.link(f"/cases/{case_id}"),
    }


def _cast(letter: str, facts: dict[str, Any], told: dict[str, str]) -> Letter:
    """Compose by a mould: the mails of moves and sweeps differ in the words `told` alone."""
    mould = _mould(letter, tuple(facts.items()), tuple((name, told[name] != "") for name in told))
    return Letter(
        " ".join((mould.subject % told).split()),
        mould.text % told,
        mould.html % {name: escape(words) for name, words in told.items()},
    )


@lru_cache(maxsize=500)
def _mould(
    letter: str, facts: tuple[tuple[str, Any], ...], told: tuple[tuple[str, bool], ...]
) -> Letter:
    """The mail of a letter with a place, to be filled by `%`, for everything that is told."""
    places = {name: _PLACE.format(name) if there else "" for name, there in told}
    mail = _compose(letter, **dict(facts), **places)
    return Letter(*map(_with_places, (mail.subject, mail.text, mail.html)))


def _with_places(text: str) -> str:
    return _PLACES.sub(r"%(\1)s", text.replace("%", "%%"))


def _compose(letter: str, **facts: Any) -> Letter:
    templates = _templates()
    facts["office"] = office.current()
    subject, text, html = (
        templates.get_template(f"{letter}/{part}").render(facts).strip()
        for part in ("subject.txt", "body.txt", "body.html")
    )
    return Letter(" ".join(subject.split()), f"{text}\n", f"{html}\n")


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(ROOT / "templates" / "mail"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["moment"] = _moment
    templates.filters["day"] = dates.long_date
    templates.filters["state"] = states.label
    return templates


def _moment(at: datetime | str) -> str:
    if isinstance(at, str):  # the place of a due time in a mould
        return at
    local = shelf.local(at)
    return f"{dates.day_date(local.date())} pukul {dates.clock_time(local)}"
