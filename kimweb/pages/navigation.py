"""The ways through the house that stand on every page."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from flask import current_app, request, url_for


class Entry(NamedTuple):
    """One way: `thumb` puts it on the bar at the bottom of a small screen."""

    endpoint: str
    words: str
    icon: str
    thumb: bool = False
    admin: bool = False

    @property
    def url(self) -> str:
        return _address(self.endpoint, request.script_root)

    @property
    def here(self) -> bool:
        """Tell whether the present page belongs to this entry: its pages module, or below it."""
        own = request.blueprint == self.endpoint.partition(".")[0]
        return own or (self.url != "/" and request.path.startswith(f"{self.url.rstrip('/')}/"))


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
)


@cache
def _address(endpoint: str, _root: str) -> str:
    return url_for(endpoint)


def navigation() -> list[Entry]:
    """Return the entries whose pages are there."""
    return [entry for entry in ENTRIES if entry.endpoint in current_app.view_functions]
