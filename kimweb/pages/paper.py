"""Typing in what was written on paper in the village: a sheet of rows, saved together."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.cases import fieldwork, queries
from kimweb.cases.fieldwork import paper
from kimweb.documents import regions
from kimweb.pages import htmx
from kimweb.pages.fieldwork import form_rows, found, working_on
from kimweb.pages.guard import me
from kimweb.sop import shelf

bp = Blueprint("paper", __name__, url_prefix="/cases/<int:case_id>/paper")

# While the activity runs, and while its material is gathered.
WORKS = ("activity", "material")
FIELDS = ("row_key", *(f"row_{cell}" for cell in paper.CELLS))
Refused = Sequence[tuple[Mapping[str, str], str]]


@bp.get("")
def show(case_id: int) -> Response:
    """Show an empty sheet."""
    return _page(case_id, [])


@bp.post("")
def save(case_id: int) -> AnyResponse:
    """Write the rows down; those that are refused come back to be mended."""
    with working_on(case_id, *WORKS) as (session, case):
        written, refused = paper.type_in(session, case, form_rows(request.form, *FIELDS))
    if written:
        flash(f"{written} orang dicatat di daftar hadir.", "calm")
    if refused or not written:
        return _page(case_id, refused, 422)
    return htmx.go(url_for("paper.show", case_id=case_id))


def _page(case_id: int, refused: Refused, status: int = 200) -> Response:
    case = found(case_id)
    stage = queries.open_stage(db.session(), case.id)
    work = shelf.sop(case.sop).step(stage.step).work if stage else ""
    editable = work in WORKS and queries.may_work(me(), case, stage)
    blank = paper.ROWS - min(len(refused), paper.ROWS - 5)
    return htmx.show(
        "fieldwork/paper.html",
        status=status,
        case=case,
        editable=editable,
        refused=refused,
        blank=[secrets.token_urlsafe(12) for _ in range(blank)],
        origins=[area.title for area in regions.villages(case.district)],
        count=fieldwork.attendance(db.session(), case),
        twins=fieldwork.twins(db.session(), case),
        phones=editable,
        back="activity" if work == "activity" else "material",
        empty=status == 422 and not refused,
    )
