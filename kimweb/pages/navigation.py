"""The ways through the house that stand on every page."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from flask import current_app, g, request, url_for


class Entry(NamedTuple):
    """One way: `thumb` puts it on the bar at the bottom of a small screen."""

    endpoint: str
    words: str
    icon: str
    thumb: bool = False
    admin: bool = False


class Way(NamedTuple):
    """An entry as a page shows it."""

    url: str
    words: str
    icon: str
    thumb: bool
    admin: bool
    here: bool


ENTRIES = (
    Entry("desk.show", "Meja kerja", "inbox", thumb=True),
    Entry("cases.index", "Kegiatan", "folders", thumb=True),
    Entry("sop.show", "SOP", "list-numbers"),
    Entry("agenda.index", "Agenda", "notebook"),
    Entry("expedition.index", "Ekspedisi", "send"),
    Entry("groups.index", "KIM", "users-group", thumb=True),
    Entry("recipients.index", "Alamat", "address-book", thumb=True),
    Entry("delegation.show", "Pejabat", "user-check"),
    Entry("staff.index", "Pengguna", "user-cog", admin=True),
    Entry("calendar.show", "Kalender kerja", "calendar", admin=True),
    Entry("kinds.index", "Jenis naskah", "template", admin=True),
    Entry("certificates.index", "Sertifikat", "certificate", admin=True),
    Entry("mailbox.index", "Kotak surat", "mailbox", admin=True),
    Entry("health.show", "Kesehatan", "heartbeat", admin=True),
    Entry("audit.show", "Jejak audit", "shield-check", admin=True),
)


@cache
def _address(endpoint: str, _root: str) -> str:
    return url_for(endpoint)


def navigation() -> list[Way]:
    """Return the ways whose pages are there, and which of them the present page belongs to."""
    if "ways" not in g:
        g.ways = [_way(entry) for entry in ENTRIES if entry.endpoint in current_app.view_functions]
    ways: list[Way] = g.ways
    return ways


def _way(entry: Entry) -> Way:
    url = _address(entry.endpoint, request.script_root)
    # Its own module of pages, or a page below it.
    own = request.blueprint == entry.endpoint.partition(".")[0]
    below = url != "/" and request.path.startswith(f"{url.rstrip('/')}/")
    return Way(url, entry.words, entry.icon, entry.thumb, entry.admin, own or below)
