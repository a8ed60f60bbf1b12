"""Photos and files of a case: sent in, described, shown, taken out (steps 12 and 13)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.cases import attachments, pictures
from kimweb.cases.models import Attachment
from kimweb.documents import files
from kimweb.pages import htmx
from kimweb.pages.fieldwork import ALONGSIDE, found, sheet, working_on
from kimweb.pages.guard import me

bp = Blueprint("attachments", __name__, url_prefix="/cases/<int:case_id>/attachments")

YEAR = 365 * 24 * 3600
# Many photos come in one form; each of them may have pictures.MOST_BYTES.
MOST_TOGETHER = 6 * pictures.MOST_BYTES
# What a step's people may add, and the worksheet that shows it.
WORKS = {attachments.PHOTO: ("activity", "material"), attachments.MATERIAL: ("material",)}


@bp.url_value_preprocessor
def _allow_many(endpoint: str | None, _values: object) -> None:
    # Before anything reads the form, and so before the limit of every other form applies.
    if endpoint == "attachments.add":
        request.max_content_length = MOST_TOGETHER


@bp.post("")
def add(case_id: int) -> AnyResponse:
    """Take in the chosen files; those that are refused are named, the others are kept."""
    purpose = request.form.get("purpose", "")
    works = WORKS.get(purpose, WORKS[attachments.PHOTO])
    with working_on(case_id, *works):
        pass  # whoever may not add anything shall not make us decode pictures first
    if purpose not in WORKS:
        abort(400)
    chosen = [file for file in request.files.getlist("files") if file.filename]
    taken, refused = _taken_in(chosen, purpose)
    with working_on(case_id, *works) as (session, case):
        for file in taken:
            try:
                attachments.add(session, case, file, me())
            except pictures.Refused as refusal:
                refused.append(f"{file.name}: {refusal}")
    if not chosen:
        refused.append("Pilih dahulu foto atau berkas yang akan dikirim.")
    return _answer(case_id, refused)


@bp.get("/<int:attachment_id>")
def show(case_id: int, attachment_id: int) -> AnyResponse:
    """Send a file as it is kept: photos to look at, everything else to download."""
    file = _found(case_id, attachment_id)
    return _sent(file.sha256, file, inline=file.media_type == pictures.JPEG)


@bp.get("/<int:attachment_id>/thumbnail")
def thumbnail(case_id: int, attachment_id: int) -> AnyResponse:
    """Send the small picture of a photo."""
    file = _found(case_id, attachment_id)
    return _sent(file.thumbnail or abort(404), file, inline=True)


@bp.post("/<int:attachment_id>")
def describe(case_id: int, attachment_id: int) -> AnyResponse:
    """Save the caption of a photo or file."""
    with working_on(case_id, "activity", "material") as (session, case):
        file = attachments.get(session, case.id, attachment_id) or abort(404)
        wrong = attachments.describe(file, request.form.get("caption", ""))
    return _answer(case_id, [wrong] if wrong else [])


@bp.post("/<int:attachment_id>/delete")
def remove(case_id: int, attachment_id: int) -> AnyResponse:
    """Take a photo or file out of the case."""
    with working_on(case_id, "activity", "material") as (session, case):
        file = attachments.get(session, case.id, attachment_id)
        # The receipt of a letter is proof; it stays with its letter.
        if file and file.purpose != attachments.RECEIPT:
            attachments.remove(session, file)
    return _answer(case_id, [])


def _taken_in(
    chosen: Sequence[FileStorage], purpose: str
) -> tuple[list[attachments.Taken], list[str]]:
    taken, refused = [], []
    keep_place = "keep_place" in request.form
    for file in chosen:
        name = file.filename or ""
        try:
            taken.append(
                attachments.take_in(
                    files.store(), file.stream, name, purpose, keep_place=keep_place
                )
            )
        except pictures.Refused as refusal:
            refused.append(f"{name}: {refusal}")
    return taken, refused


def _found(case_id: int, attachment_id: int) -> Attachment:
    return attachments.get(db.session(), found(case_id).id, attachment_id) or abort(404)


def _sent(sha: str, file: Attachment, *, inline: bool) -> AnyResponse:
    response = Response(files.store().read(sha), mimetype=file.media_type)
    response.set_etag(sha)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    kind = "inline" if inline else "attachment"
    response.headers.set("Content-Disposition", kind, filename=file.name)
    # The content of an address never changes, but only who may see the case may keep it.
    response.cache_control.private = True
    response.cache_control.max_age = YEAR
    response.cache_control.immutable = True
    return response.make_conditional(request)


def _answer(case_id: int, refused: Sequence[str]) -> AnyResponse:
    work = "material" if request.form.get("sheet") == "material" else "activity"
    given = sheet(work, found(case_id), refused=refused)
    fragments = ["fieldwork/_photos.html", *ALONGSIDE]
    if work == "material":
        fragments.insert(1, "fieldwork/_files.html")
    page = f"fieldwork/{work}.html"
    if htmx.wanted() or refused:
        answer = htmx.show(page, *fragments, status=422 if refused else 200, **given)
        answer.headers["HX-Trigger"] = "work-saved"
        return answer
    flash("Tersimpan.", "calm")
    return htmx.go(url_for(f"fieldwork.{work}", case_id=case_id, _anchor="foto"))
