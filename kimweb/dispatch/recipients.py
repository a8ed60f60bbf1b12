"""The address book: who outside the office receives letters, and by which channel."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from kimweb.dispatch import addresses
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.models import Recipient
from kimweb.documents import regions

KINDS = {
    "camat": "Camat",
    "kepala_desa": "Kepala desa",
    "lurah": "Lurah",
    "narasumber": "Narasumber",
    "dinas": "Dinas atau instansi",
    "tokoh": "Tokoh masyarakat",
    "lainnya": "Lainnya",
}
# Heads of an area, and what their area must be.
AREAS = {"camat": "Kecamatan", "kepala_desa": "Desa", "lurah": "Kelurahan"}
CHANNELS = {
    "email": "Pos-el",
    "caraka": "Caraka (diantar langsung)",
    "wa": "WhatsApp (dikirim oleh petugas)",
    "srikandi": "SRIKANDI (dikirim oleh petugas)",
}
PAGE_ROWS = 50

_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{6,20}")
_LONGEST = 200


class EntryError(Exception):
    """An entry that cannot be used: one sentence per field name, all of them at once."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Entry:
    """What the office knows of a recipient, checked; `region` is a Kemendagri code or empty."""

    kind: str
    name: str
    title: str
    place: str
    region: str
    email: str
    phone: str
    channel: str


def read(form: Mapping[str, str]) -> Entry:
    """Check what was typed; raises EntryError naming everything that must be mended."""
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    for name, check in _CHECKS.items():
        try:
            values[name] = check(form.get(name, "").strip())
        except AddressError as wrong:
            errors[name] = str(wrong)
    errors |= {n: s for n, s in _together(form).items() if n not in errors}
    if errors:
        raise EntryError(errors)
    return Entry(**values)


def add(session: Session, entry: Entry) -> Recipient:
    """Add a recipient; EntryError when the same one is in the book already."""
    _refuse_double(session, entry, None)
    recipient = Recipient(**asdict(entry))
    session.add(recipient)
    session.flush()
    return recipient


def change(session: Session, recipient: Recipient, entry: Entry) -> None:
    """Change a recipient; letters that were addressed before keep what they said."""
    _refuse_double(session, entry, recipient)
    fill(recipient, entry)


def fill(recipient: Recipient, entry: Entry) -> None:
    """Write an entry down that is known to double nobody."""
    for name, value in asdict(entry).items():
        setattr(recipient, name, value)


def remove(recipient: Recipient, now: datetime) -> None:
    """Take a recipient out of the book; letters of the past still know it."""
    recipient.removed_at = now


def get(session: Session, recipient_id: int) -> Recipient | None:
    """Return a recipient that stands in the book."""
    recipient = session.get(Recipient, recipient_id)
    return recipient if recipient and recipient.removed_at is None else None


def standing(session: Session) -> Sequence[Recipient]:
    """Return everybody in the book, by area and kind."""
    query = select(Recipient).where(Recipient.removed_at.is_(None))
    return session.scalars(query.order_by(Recipient.region, Recipient.kind, Recipient.name)).all()


def search(
    session: Session, *, words: str = "", kind: str = "", district: str = "", page: int = 1
) -> tuple[Sequence[Recipient], int]:
    """Return a page of matching recipients by kind and area, and how many match altogether.

    An unknown kind or kecamatan is as if none was asked for.
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in words)
    known = {area.code for area in regions.districts()}
    query = _matching(
        printable, kind if kind in KINDS else "", district if district in known else ""
    )
    count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(Recipient.region, Recipient.kind, Recipient.name, Recipient.id)
    rows = session.scalars(ordered.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)).all()
    return rows, count


def _matching(words: str, kind: str, district: str) -> Select[Recipient]:
    query = select(Recipient).where(Recipient.removed_at.is_(None))
    for word in words.split():
        columns = (Recipient.name, Recipient.title, Recipient.place, Recipient.email)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    if kind:
        query = query.where(Recipient.kind == kind)
    if district:
        query = query.where(Recipient.region.startswith(district, autoescape=True))
    return query


def _refuse_double(session: Session, entry: Entry, own: Recipient | None) -> None:
    same = select(Recipient).where(
        Recipient.removed_at.is_(None),
        func.lower(Recipient.name) == entry.name.lower(),
        func.lower(Recipient.title) == entry.title.lower(),
        Recipient.region == entry.region,
    )
    if any(found is not own for found in session.scalars(same)):
        raise EntryError({"name": "Penerima dengan nama dan jabatan ini sudah ada di buku alamat."})


def _name(text: str) -> str:
    if not text:
        raise AddressError("Isi nama penerima, atau jabatannya bila namanya belum diketahui.")
    return _short(addresses.person_name(text))


def _title(text: str) -> str:
    return _short(addresses.office_title(text, "Jabatan"))


def _place(text: str) -> str:
    return _short(addresses.office_title(text, "Tempat"))


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise AddressError(f"Terlalu panjang; paling banyak {_LONGEST} huruf.")
    return text


def _email(text: str) -> str:
    return addresses.email(text) if text else ""


def _phone(text: str) -> str:
    if text and not _PHONE.fullmatch(text):
        raise AddressError("Tulis nomor telepon dengan angka, misalnya 0812 3456 7890.")
    return text


def _region(code: str) -> str:
    if code and regions.known(code) is None:
        raise AddressError("Pilih wilayah dari daftar.")
    return code


def _one_of(choices: Mapping[str, str], sentence: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in choices:
            raise AddressError(sentence)
        return text

    return check


_CHECKS: dict[str, Callable[[str], str]] = {
    "kind": _one_of(KINDS, "Pilih jenis penerima."),
    "name": _name,
    "title": _title,
    "place": _place,
    "region": _region,
    "email": _email,
    "phone": _phone,
    "channel": _one_of(CHANNELS, "Pilih cara pengiriman."),
}

FIELDS = tuple(_CHECKS)


def _together(form: Mapping[str, str]) -> dict[str, str]:
    """Say what does not fit together: the channel with its address, the office with its area."""
    errors = {}
    if form.get("channel") == "email" and not form.get("email", "").strip():
        errors["email"] = "Isi alamat pos-el, atau pilih cara pengiriman yang lain."
    if form.get("channel") == "wa" and not form.get("phone", "").strip():
        errors["phone"] = "Isi nomor telepon, atau pilih cara pengiriman yang lain."
    area = AREAS.get(form.get("kind", ""))
    if area and _area_of(form.get("region", "")) != area:
        errors["region"] = f"Pilih {area.lower()} tempat penerima ini menjabat."
    return errors


def _area_of(code: str) -> str:
    area = regions.known(code.strip())
    return area.kind if area else ""
