"""Open to everybody: whether a letter is ours, by the code in its QR or by the PDF itself."""

from __future__ import annotations

import threading

from flask import Blueprint, Response, abort, request

from kimweb import db
from kimweb.documents import verification
from kimweb.documents.verification import Entry, Verdict
from kimweb.pages import htmx

bp = Blueprint("verify", __name__, url_prefix="/verify")

LARGEST_PDF = 10 * 1024 * 1024
# What a form carries beside its file.
ENVELOPE = 64 * 1024
# Looking into a foreign PDF takes a process of its own; strangers get two of them at a time.
_lookers = threading.BoundedSemaphore(2)
PATIENCE_SECONDS = 3
NOTHING_CHOSEN = Verdict("soon", "Belum ada berkas", "Pilih dahulu berkas PDF yang akan diperiksa.")
TOO_LARGE = Verdict(
    "soon",
    "Berkas terlalu besar",
    "Naskah kantor ini tidak pernah sebesar itu (paling besar 10 MB).",
)


@bp.url_value_preprocessor
def _limit(_endpoint: str | None, _values: object) -> None:
    request.max_content_length = LARGEST_PDF + ENVELOPE


@bp.get("")
def index() -> Response:
    """Ask for the PDF of a letter."""
    return htmx.show("verify/index.html", verdict=None, found=None)


@bp.post("")
def check() -> Response:
    """Say what a PDF is worth, and which letter it is."""
    verdict, found = _judged(None)
    return htmx.show("verify/index.html", verdict=verdict, found=found)


@bp.get("/<code>")
def show(code: str) -> Response:
    """Show the letter whose QR carries `code`: number, date, subject, signer, status, digest."""
    return _letter(_find(code), None, None)


@bp.post("/<code>")
def check_letter(code: str) -> Response:
    """Say whether a PDF is the letter whose QR carries `code`."""
    entry = _find(code)
    return _letter(entry, *_judged(entry))


def _find(code: str) -> Entry:
    return verification.find(db.session(), code) or abort(
        404, "Kode ini tidak ada di register kantor. Pindai kembali kode QR pada naskah."
    )


def _letter(entry: Entry, verdict: Verdict | None, found: Entry | None) -> Response:
    standing = verification.standing(entry)
    return htmx.show(
        "verify/show.html", entry=entry, standing=standing, verdict=verdict, found=found
    )


def _judged(claimed: Entry | None) -> tuple[Verdict, Entry | None]:
    file = request.files.get("pdf")
    if file is None or not file.filename:
        return NOTHING_CHOSEN, None
    data = file.stream.read(LARGEST_PDF + 1)
    if len(data) > LARGEST_PDF:
        return TOO_LARGE, None
    if not _lookers.acquire(timeout=PATIENCE_SECONDS):
        abort(503)
    try:
        return verification.judge(db.session(), data, claimed)
    finally:
        _lookers.release()
