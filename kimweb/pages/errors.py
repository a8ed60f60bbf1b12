"""Pages that say in plain words what went wrong and what to do."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from flask import Flask, Response, g, make_response, render_template, request
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import (
    DataError,
    InterfaceError,
    InternalError,
    OperationalError,
    PendingRollbackError,
)
from werkzeug.exceptions import HTTPException, default_exceptions

from kimweb import db
from kimweb.pages import htmx

log = logging.getLogger(__name__)


class Trouble(NamedTuple):
    """What the page of one kind of error says."""

    title: str
    text: str


TROUBLES = {
    400: Trouble(
        "Permintaan tidak lengkap",
        "Muat ulang halaman sebelumnya, lalu coba sekali lagi.",
    ),
    403: Trouble(
        "Bukan wewenang Anda",
        "Halaman atau tindakan ini untuk jabatan lain. Jika Anda memang memegang jabatan itu, "
        "mintalah administrator mencatatnya.",
    ),
    404: Trouble(
        "Tidak ditemukan",
        "Alamat ini tidak ada, atau isinya bukan untuk Anda. Mulailah lagi dari meja kerja.",
    ),
    405: Trouble("Cara membuka tidak sesuai", "Mulailah lagi dari meja kerja."),
    409: Trouble(
        "Keadaan sudah berubah",
        "Orang lain sudah lebih dahulu mengubahnya. Muat ulang halaman untuk melihat keadaannya.",
    ),
    413: Trouble(
        "Kiriman terlalu besar",
        "Berkas paling besar 25 MB. Kecilkan berkasnya atau kirim satu per satu.",
    ),
    422: Trouble(
        "Belum dapat diproses", "Ada isian yang belum sesuai. Kembali, perbaiki, lalu kirim lagi."
    ),
    500: Trouble(
        "Terjadi kesalahan pada aplikasi",
        "Yang Anda kirim mungkin belum tersimpan. Coba sekali lagi; jika tetap gagal, sampaikan "
        "kode di bawah ini kepada administrator.",
    ),
    503: Trouble("Aplikasi sedang sibuk", "Tunggu beberapa detik, lalu muat ulang halaman ini."),
}
_NOT_SAVED = "Isian Anda belum tersimpan, tetapi masih ada. Tunggu beberapa detik, lalu kirim lagi."
_FILES_NOT_SAVED = (
    "Berkas dan isian Anda belum tersimpan. Tunggu beberapa detik, kembali ke halaman sebelumnya "
    "dengan tombol kembali peramban, lalu kirim lagi."
)
_DISK_FULL = (
    "Penyimpanan komputer kantor penuh: isian Anda belum tersimpan. Beri tahu administrator; "
    "setelah ada ruang, kirim lagi."
)
_READ_ONLY = (
    "Penyimpanan komputer kantor untuk sementara hanya dapat dibaca: isian Anda belum tersimpan. "
    "Beri tahu administrator; setelah dibuka kembali, kirim lagi."
)
# As SQLite, the system and PostgreSQL say it.
_NO_WAITING = {
    "disk is full": _DISK_FULL,
    "No space left on device": _DISK_FULL,
    "readonly database": _READ_ONLY,
    "Read-only file system": _READ_ONLY,
    "read-only transaction": _READ_ONLY,
}
# PostgreSQL's numeric_value_out_of_range; SQLite's driver raises OverflowError.
_TOO_LARGE = "22003"
# What is typed into a field for secrets is never written into a page.
SECRETS = frozenset({"password", "passphrase", "present", "new", "again", "code"})
_FORM_TOO_OLD = (
    "Formulir ini sudah terlalu lama terbuka. Muat ulang halaman, lalu kirim sekali lagi."
)


def register(app: Flask) -> None:
    """Answer every error with a page of ours."""
    app.register_error_handler(HTTPException, _refusal)
    app.register_error_handler(CSRFError, lambda _error: _page(400, _FORM_TOO_OLD))
    app.register_error_handler(500, _failure)
    for unkept in (OSError, InternalError):
        app.register_error_handler(unkept, _cannot_be_kept)
    for too_large in (OverflowError, DataError):
        app.register_error_handler(too_large, _no_such_number)
    for away in (OperationalError, InterfaceError, PendingRollbackError):
        app.register_error_handler(away, _away)


def _refusal(error: HTTPException) -> Response:
    code = error.code or 500
    standard = default_exceptions.get(code)
    said = error.description if standard and error.description != standard.description else None
    return _page(code, said)


def _failure(_error: Exception) -> Response:
    mark = g.request_id
    log.error("the failure above was shown to somebody as %s", mark)
    return _page(500, mark=mark)


def _no_such_number(error: Exception) -> Response:
    """Whoever asks for a number beyond all that the database can hold asks for nothing there is."""
    if getattr(getattr(error, "orig", None), "sqlstate", _TOO_LARGE) != _TOO_LARGE:
        raise error
    log.warning("a number was too large: %s", error)
    db.session.rollback()
    return _page(404)


def _away(error: Exception) -> Response:
    log.error("the database or the disk does not do its work: %s", error)
    # Every page asks who looks at it; that question would fail once more.
    g.setdefault("_login_user", AnonymousUserMixin())
    answer = _page(503, _unsaved(error) if request.method == "POST" else None, repeats=_typed())
    answer.headers["Retry-After"] = "5"
    return answer


def _cannot_be_kept(error: Exception) -> Response:
    if _why_not(error) is None:
        raise error
    return _away(error)


def _why_not(error: Exception) -> str | None:
    return next((why for words, why in _NO_WAITING.items() if words in str(error)), None)


def _unsaved(error: Exception) -> str:
    if why := _why_not(error):
        return why
    return _FILES_NOT_SAVED if request.files and not htmx.wanted() else _NOT_SAVED


def _typed() -> list[tuple[str, str]]:
    """Return what the form held, to be sent once more; a browser gives no file out of its hand."""
    if request.files:
        return []
    typed = request.form.items(multi=True)
    return [(name, value) for name, value in typed if name not in SECRETS]


def _page(
    code: int,
    said: str | None = None,
    mark: str | None = None,
    repeats: Sequence[tuple[str, str]] = (),
) -> Response:
    trouble = TROUBLES.get(code, TROUBLES[500] if code >= 500 else TROUBLES[400])
    text = said or trouble.text
    if htmx.wanted():
        # Not swapped in: shell.js shows the sentence and leaves the page as it is.
        sentence = f"{text} ({mark})" if mark else text
        return Response(sentence, code, content_type="text/plain; charset=utf-8")
    page = render_template(
        "errors/show.html", title=trouble.title, text=text, mark=mark, repeats=repeats
    )
    return make_response(page, code)
