"""What the states of a message are called on screen and on paper."""

from __future__ import annotations

from datetime import datetime

from kimweb.dispatch.models import (
    BOUNCED,
    BY_HAND,
    FOLDED,
    GATHERED,
    HELD,
    QUEUED,
    REFUSED,
    SENDING,
    SENT,
    TRY_LATER,
    UNDELIVERED,
    UNKNOWN,
    Message,
)
from kimweb.documents import dates
from kimweb.sop import shelf

LABELS = {
    QUEUED: "Dalam antrean",
    SENDING: "Sedang dikirim",
    SENT: "Terkirim",
    TRY_LATER: "Dicoba lagi",
    REFUSED: "Ditolak",
    UNKNOWN: "Belum diketahui",
    BOUNCED: "Kembali",
    BY_HAND: "Diserahkan langsung",
    HELD: "Ditahan",
    UNDELIVERED: "Tidak tersampaikan",
    GATHERED: "Dikumpulkan",
    FOLDED: "Digabung",
}
CHANNELS = {"email": "Pos-el", "caraka": "Caraka", "wa": "WhatsApp", "srikandi": "SRIKANDI"}
# What leaves the house by each channel, above its preview.
HEADINGS = {
    "email": "Surat elektronik",
    "caraka": "Diantar caraka",
    "wa": "Pesan WhatsApp",
    "srikandi": "Dikirim lewat SRIKANDI",
}
# What a person does where no mail leaves: before it, and once it is done.
_WAITS_FOR = {
    "caraka": "Menunggu diantar caraka",
    "wa": "Menunggu dikirim lewat WhatsApp",
    "srikandi": "Menunggu dikirim lewat SRIKANDI",
}
_DONE = {
    "caraka": "Diantar caraka",
    "wa": "Terkirim lewat WhatsApp",
    "srikandi": "Terkirim lewat SRIKANDI",
}

# Tones of the page shell: calm is done, accent is under way, soon asks a person, late has failed.
TONES = {
    QUEUED: "accent",
    SENDING: "accent",
    SENT: "calm",
    TRY_LATER: "soon",
    REFUSED: "late",
    UNKNOWN: "soon",
    BOUNCED: "late",
    BY_HAND: "calm",
    HELD: "soon",
    UNDELIVERED: "",
    GATHERED: "accent",
    FOLDED: "calm",
}


def label(message: Message) -> str:
    """Return the state of `message` in the office's words, with the hour where one is set."""
    if message.state == TRY_LATER:
        return f"{LABELS[TRY_LATER]} {_moment(message.try_at)}"
    by_channel = {HELD: _WAITS_FOR, BY_HAND: _DONE}.get(message.state, {})
    if message.channel in by_channel:
        return by_channel[message.channel]
    return LABELS[message.state]


def tone(message: Message) -> str:
    """Return how the state is coloured; the words always stand beside it."""
    return TONES[message.state]


def instant(written: str) -> datetime:
    """Return the instant that a line of a message's history carries."""
    return datetime.fromisoformat(written)


def _moment(at: datetime) -> str:
    local = shelf.local(at)
    day = "" if local.date() == shelf.today() else f"{dates.long_date(local.date())} "
    return f"{day}pukul {dates.clock_time(local)}"
