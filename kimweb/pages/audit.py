"""The chain of evidence as the administrator sees it: its head, checkpoints, examination."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, Response, flash, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from kimweb import bell, clock, db
from kimweb.audit.models import Checkpoint, Entry
from kimweb.documents import signatures
from kimweb.documents.signing import witness
from kimweb.evidence import examining
from kimweb.pages import htmx
from kimweb.pages.guard import admin_only, me
from kimweb.people.models import Person

bp = Blueprint("audit", __name__, url_prefix="/audit")

EXAMINE = "tasks.evidence.examine"
NEWEST = 20
TABLES = {
    "person": "Akun",
    "holding": "Jabatan",
    "absence": "Cuti",
    "certificate": "Sertifikat",
    "feed": "Langganan kalender",
    "number": "Nomor naskah",
    "number_book": "Buku agenda",
    "own_kind": "Jenis naskah",
    "calendar_change": "Kalender kerja",
    "pause": "Penghentian jam",
    "channel": "Saluran pos-el",
    "recipient": "Penerima",
    "distribution_list": "Daftar distribusi",
}
VERBS = {"added": "ditambah", "changed": "diubah", "removed": "dihapus"}
ACTIONS = {
    "chain.begun": "Jejak dimulai",
    "payload.erased": "Rincian catatan dihapus",
    "login.entered": "Masuk",
    "login.left": "Keluar",
    "login.ended": "Masuknya diakhiri",
    "login.refused": "Upaya masuk ditolak",
    "login.code_refused": "Kode verifikasi ditolak",
    "second_factor.enrolled": "Ponsel verifikasi didaftarkan",
    "second_factor.dropped": "Ponsel verifikasi dicabut",
    "identity.connected": "Akun SSO dihubungkan",
    "identity.disconnected": "Akun SSO dilepaskan",
    "message.decided": "Keputusan tentang surat",
    "case.opened": "Kegiatan dibuka",
    "case.forward": "Langkah diteruskan",
    "case.send_back": "Langkah dikembalikan",
    "case.dispatched": "Surat dikirim",
    "case.letter_returned": "Surat kembali",
    "case.closed": "Kegiatan ditutup",
    "case.vacant": "Jabatan kosong diberitahukan",
    "case.escalated": "Tenggat diingatkan",
    "case.paused": "Jam langkah dihentikan",
    "case.resumed": "Jam langkah dilanjutkan",
    "case.due_moved": "Tenggat dipindahkan",
}


class Line(NamedTuple):
    """One entry as it is shown."""

    seq: int
    at: datetime
    who: str
    words: str
    case_id: int | None


@bp.get("")
@admin_only
def show() -> Response:
    """Show how far the chain has come, what confirms it, and when it was last examined."""
    session = db.session()
    points = select(Checkpoint).order_by(Checkpoint.seq.desc()).limit(NEWEST)
    return htmx.show(
        "audit/show.html",
        "audit/_examination.html",
        head=session.scalar(select(Entry).order_by(Entry.seq.desc()).limit(1)),
        lines=_newest(),
        checkpoints=[(point, _instant(point.at)) for point in session.scalars(points)],
        key=witness.public_key(signatures.folder()),
        pending=examining.pending(session),
        last=examining.last(session),
    )


@bp.post("/examinations")
@admin_only
def examine() -> AnyResponse:
    """Let a worker check the whole chain now."""
    with db.writing() as session:
        examining.ask(session, me().id, clock.now())
        bell.after_commit(session, tasks=[EXAMINE])
    flash("Pemeriksaan jejak audit dimulai.", "calm")
    return htmx.go(url_for("audit.show"))


def in_words(action: str) -> str:
    """Return what an entry of the chain says was done."""
    if action in ACTIONS:
        return ACTIONS[action]
    table, _, verb = action.partition(".")
    return f"{TABLES[table]} {VERBS[verb]}" if table in TABLES and verb in VERBS else "Perubahan"


def _newest() -> Sequence[Line]:
    query = (
        select(Entry, Person.name)
        .outerjoin(Person, Person.id == Entry.actor)
        .order_by(Entry.seq.desc())
        .limit(NEWEST)
    )
    return [
        Line(e.seq, _instant(e.at), name or "Aplikasi", in_words(e.action), e.case_id)
        for e, name in db.session.execute(query)
    ]


def _instant(at: str) -> datetime:
    return datetime.fromisoformat(at)
