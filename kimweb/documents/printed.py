"""What the templates read: a content with its dates in words, beside the office it comes from."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import segno

from kimweb.documents import dates, fields, office
from kimweb.documents.fields import Field
from kimweb.documents.kinds import Kind
from kimweb.people.models import DEFINITIVE
from kimweb.sop import shelf

MAX_BLANK_ROWS = 200
_NOTES = {"concept": "concept", "signed_wet": "unsigned", "signed_electronic": "electronic"}
_NO_DAY = {"iso": None, "long": "", "day_date": "", "words": "", "numeric": ""}
_EMPTY: dict[str, Any] = {"paragraphs": [], "list": [], "people": [], "table": [], "photos": []}
# Numbers and addresses break by themselves at these marks.
_UNBROKEN = re.compile(r"[^\s/.@_-]{30,}")
_PIECE = 10
# Pictures and an address are no words.
_AS_IT_IS = frozenset({"emblem", "qr", "verify_url", "pictures", "sha256"})
# Any day will do to find the name of the zone: Indonesia has no summer time.
_ANY_DAY = dt.date(2000, 1, 1)


def data(kind: Kind, content: Mapping[str, Any], *, several_pages: bool) -> str:
    """Return everything the templates read, as one JSON text.

    `several_pages` asks for a catch-word (kata penyambung) at the foot of each page.
    """
    values = {f.name: _printed(f, content["fields"].get(f.name)) for f in kind.fields}
    whole = {
        "several_pages": several_pages,
        "title": _title(kind, content["fields"]),
        "office": _office(),
        "kind": {
            "key": kind.key,
            "title": kind.title,
            "shape": kind.shape,
            "parts": [dict(part) for part in kind.parts],
        },
        "options": {f.name: [value for value, _ in f.options] for f in kind.fields},
        "columns": {f.name: list(f.columns) for f in kind.fields if f.columns},
        "content": _around(kind, content) | {"fields": values},
    }
    return json.dumps(_breakable(whole), ensure_ascii=False)


def _around(kind: Kind, content: Mapping[str, Any]) -> dict[str, Any]:
    """Everything beside the fields, with what was not given left open."""
    house = office.current()
    status = content.get("status") or "concept"
    return {
        "number": content.get("number"),
        "dated_on": _day(content["dated_on"]) if content.get("dated_on") else None,
        "place": content.get("place") or house.town,
        "signer": _signer(kind, content.get("signer") or {}),
        "paraf_rows": _paraf_rows(kind, content.get("parafs") or []),
        "show_parafs": bool(content.get("show_parafs")),
        "recipients": content.get("recipients") or [],
        "copies": content.get("copies") or [],
        "status": status,
        "qr": _qr(content["verify_url"]) if content.get("verify_url") else content.get("qr"),
        "verify_url": content.get("verify_url"),
        "is_test": bool(content.get("is_test")),
        "signature_note": content.get("signature_note") or house.notes[_NOTES[status]],
        "stamp": bool(content.get("stamp")),
        "file_copy": bool(content.get("file_copy")),
        "days": _days(content["fields"]),
        "blank_rows": _blank_rows(content["fields"]),
        "pictures": content.get("pictures") or {},
    }


def _signer(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    blank: dict[str, Any] = {"name": "", "rank": "", "nip": "", "prefix": None, "lines": []}
    return blank | {"title": office.current().position(kind.signer)} | dict(given)


def _paraf_rows(kind: Kind, given: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per lane of the kind, highest first; given parafs fill theirs, others follow."""
    by_title = {paraf["title"]: paraf for paraf in given}
    titles = [office.current().lane_title(lane) for lane in kind.parafs]
    titles += [title for title in by_title if title not in titles]
    return [_paraf(title, by_title.get(title)) for title in titles]


def _paraf(title: str, paraf: Mapping[str, Any] | None) -> dict[str, Any]:
    if paraf is None or not paraf.get("at"):
        return {"title": title, "name": "", "at": None}
    at = dt.datetime.fromisoformat(paraf["at"])
    capacity = paraf.get("capacity", DEFINITIVE)
    return {
        "title": title if capacity == DEFINITIVE else f"{capacity} {title}",
        "name": paraf["name"],
        "at": f"{dates.short_date(at)} {at:%H.%M}",
    }


def _printed(field: Field, value: Any) -> Any:
    """Bring one value into the words that are printed."""
    if field.type == "date":
        return _day(value) if value else _NO_DAY
    if field.type == "time" and value:
        at = dt.datetime.combine(_ANY_DAY, dt.time.fromisoformat(value), shelf.zone())
        return dates.clock_time(at)
    return value or _EMPTY.get(field.type, "")


def _day(iso: str) -> dict[str, Any]:
    day = dt.date.fromisoformat(iso)
    return {
        "iso": iso,
        "long": dates.long_date(day),
        "day_date": dates.day_date(day),
        "words": dates.date_in_words(day),
        "numeric": f"{day:%d-%m-%Y}",
    }


def _days(values: Mapping[str, Any]) -> str | None:
    """The length of a journey, "3 (tiga)", when it has both its days."""
    if not values.get("berangkat") or not values.get("kembali"):
        return None
    gone = dt.date.fromisoformat(values["kembali"]) - dt.date.fromisoformat(values["berangkat"])
    return f"{gone.days + 1} ({dates.in_words(gone.days + 1)})" if gone.days >= 0 else None


def _blank_rows(values: Mapping[str, Any]) -> int:
    wanted = str(values.get("baris") or "")
    return min(int(wanted), MAX_BLANK_ROWS) if wanted.isdecimal() else 0


def _title(kind: Kind, values: Mapping[str, Any]) -> str:
    about = values.get("hal") or values.get("tentang")
    return f"{kind.title}: {about}" if about else kind.title


def _breakable(value: Any) -> Any:
    """Clean every text and let a run without spaces break, so that nothing leaves the page."""
    if isinstance(value, str):
        return _UNBROKEN.sub(_with_breaks, fields.clean(value))
    if isinstance(value, dict):
        return {k: v if k in _AS_IT_IS else _breakable(v) for k, v in value.items()}
    return [_breakable(item) for item in value] if isinstance(value, list) else value


def _with_breaks(run: re.Match[str]) -> str:
    text = run[0]
    return "\u200b".join(text[start : start + _PIECE] for start in range(0, len(text), _PIECE))


def _qr(address: str) -> str:
    """Return the QR of `address` as SVG; a seventh of it may be worn off."""
    picture = io.BytesIO()
    # Readers take any mask; weighing all eight would cost a fifth of the whole letter.
    segno.make(address, error="m", micro=False, mask=0).save(
        picture, kind="svg", border=0, xmldecl=False
    )
    return picture.getvalue().decode()


def _office() -> dict[str, Any]:
    house = office.current()
    return {
        "name": house.name,
        "emblem": _emblem(house),
        "letterhead": [asdict(line) for line in house.letterhead],
        "page": asdict(house.page),
        "derajat": list(house.derajat),
    }


def _emblem(house: office.Office) -> str | None:
    """Return the emblem as SVG text; a PNG travels inside one."""
    if house.emblem is None:
        return None
    if house.emblem.suffix.lower() == ".svg":
        return house.emblem.read_text(encoding="utf-8")
    picture = base64.b64encode(house.emblem.read_bytes()).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100" viewBox="0 0 100 100">'
        f'<image width="100" height="100" href="data:image/png;base64,{picture}"/></svg>'
    )
