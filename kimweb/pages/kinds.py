"""The administrator's kinds of letters: the declared ones, and those put together here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.documents import kinds, own, rendering
from kimweb.documents.fields import clean
from kimweb.documents.models import OwnKind
from kimweb.documents.own import OwnKindError, Plan
from kimweb.documents.rendering import RenderingError
from kimweb.pages import htmx
from kimweb.pages.guard import admin_only, me

bp = Blueprint("kinds", __name__, url_prefix="/kinds")

BLANK_PARTS = 3
SHAPES = (
    ("korespondensi", "Surat beralamat", "Tanggal di kanan, Nomor/Sifat/Lampiran/Hal, Yth."),
    ("judul", "Naskah berjudul", "Judul di tengah, NOMOR, TENTANG; tanpa alamat."),
)
_BLANK = {"type": "", "label": "", "required": "", "text": "", "columns": ()}
_NEW = Plan("", "korespondensi", "surat_dinas", ())


@bp.get("")
@admin_only
def index() -> Response:
    """List every kind of letter."""
    return htmx.show(
        "kinds/index.html",
        declared=list(kinds.all_kinds().values()),
        mine=own.everything(db.session()),
        states=own.STATES,
    )


@bp.get("/new")
@admin_only
def new() -> Response:
    """Show an empty form, or one filled from another kind (`from`)."""
    source = db.session.get(OwnKind, request.args.get("from", 0, int))
    plan = own.shown(source) if source else _NEW
    return _form(None, plan, {})


@bp.post("")
@admin_only
def create() -> AnyResponse:
    """Begin a kind."""
    return _write(None)


@bp.get("/<int:kind_id>")
@admin_only
def show(kind_id: int) -> Response:
    """Show a kind: as a form while it is put together, else as it stands."""
    row = _row(kind_id)
    return _form(row, own.shown(row), {})


@bp.post("/<int:kind_id>")
@admin_only
def change(kind_id: int) -> AnyResponse:
    """Change a kind that is not in use yet."""
    return _write(kind_id)


@bp.get("/<int:kind_id>/sample.pdf")
@admin_only
def sample(kind_id: int) -> AnyResponse:
    """Send a sample letter of the kind as PDF."""
    kind = kinds.own(_row(kind_id))
    try:
        made = rendering.pdf(kind, own.samples(kind)[0])
    except RenderingError as refusal:
        abort(422, str(refusal))
    return Response(made, mimetype="application/pdf")


@bp.post("/<int:kind_id>/uses")
@admin_only
def put_to_use(kind_id: int) -> AnyResponse:
    """Set the samples; when all of them can be printed, letters of this kind may be written."""
    row = _row(kind_id)
    try:
        own.check(kinds.own(row))
    except RenderingError as refusal:
        return _form(row, own.shown(row), {"parts": str(refusal)}, status=422)
    with db.writing():
        row = _row(kind_id)
        own.put_to_use(row)
        title = row.title
    flash(f"{title} sudah dapat dipilih pada langkah konsep naskah.", "calm")
    return htmx.go(url_for(".index"))


@bp.post("/<int:kind_id>/retirements")
@admin_only
def retire(kind_id: int) -> AnyResponse:
    """Let no new letter of the kind be begun."""
    with db.writing():
        row = _row(kind_id)
        own.retire(row)
        title = row.title
    flash(f"{title} tidak dapat dipilih lagi. Naskah yang sudah ada tidak berubah.", "calm")
    return htmx.go(url_for(".index"))


def _write(kind_id: int | None) -> AnyResponse:
    plan = _typed()
    try:
        with db.writing() as session:
            row = _row(kind_id) if kind_id else None
            kept = own.write(session, row, plan, by=me().id, now=clock.now())
            goal = url_for(".show", kind_id=kept.id)
    except OwnKindError as wrong:
        present = _row(kind_id) if kind_id else None
        return _form(present, plan, wrong.errors, status=422)
    flash("Susunan tersimpan. Lihat contohnya, lalu pakai.", "calm")
    return htmx.go(goal)


def _typed() -> Plan:
    names = ("part.type", "part.label", "part.required", "part.text", "part.columns")
    rows = zip(*(request.form.getlist(name) for name in names), strict=False)
    parts = [
        {
            "type": kind,
            "label": " ".join(clean(label).split()),
            "required": required == "1",
            "text": clean(text).strip(),
            "columns": [name.strip() for name in clean(columns).split(",") if name.strip()],
        }
        for kind, label, required, text, columns in rows
        if kind or label.strip() or text.strip()
    ]
    title = " ".join(clean(request.form.get("title", "")).split())
    return Plan(title, request.form.get("shape", ""), request.form.get("numbered_as", ""), parts)


def _form(
    row: OwnKind | None, plan: Plan, errors: Mapping[str, str], status: int = 200
) -> Response:
    is_draft = row is None or row.state == kinds.DRAFT
    blanks: Sequence[Mapping[str, Any]] = [_BLANK] * BLANK_PARTS if is_draft else []
    return htmx.show(
        "kinds/show.html",
        status=status,
        row=row,
        plan=plan,
        parts=[*plan.parts, *blanks],
        is_draft=is_draft,
        errors=errors,
        types=list(own.TYPES.items()),
        shapes=SHAPES,
        models=[(kind.key, kind.title) for kind in own.models()],
        states=own.STATES,
        marks=list(own.MARKS),
    )


def _row(kind_id: int) -> OwnKind:
    return db.session.get(OwnKind, kind_id) or abort(404)
