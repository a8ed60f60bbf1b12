"""The field-work page without a network: its service worker, and what phones send later."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, jsonify, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.cases import attachments, fieldwork, pictures, queries
from kimweb.cases.fieldwork import differing, inbox
from kimweb.cases.models import Case
from kimweb.documents import files
from kimweb.pages import assets, htmx
from kimweb.pages.fieldwork import ALONGSIDE, NOT_YOUR_TURN, form_rows, found, sheet, working_on
from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.sop import shelf

bp = Blueprint("offline", __name__)

OFFICERS = ("officer_role", "officer_name", "officer_sex", "officer_phone")
WORKS = {inbox.PHOTO: ("activity", "material")}
BEGAN = "was."
# In this order: the worker runs them as one script.
SCRIPTS = ("field-store.js", "field-sender.js", "field-worker.js")
MOVED_ON = (
    "Langkah ini sudah diteruskan, jadi isian ini tidak dapat masuk lagi. Isinya tetap tersimpan "
    "di telepon ini: salin, lalu berikan kepada pelaksana langkah yang sedang berjalan."
)


@bp.get("/field-worker.js")
def worker() -> AnyResponse:
    """Send the service worker; from the root, so that it may look after the pages of cases."""
    parts = [assets.load(name).plain.decode() for name in SCRIPTS]
    response = Response("\n".join(parts), mimetype="text/javascript")
    response.cache_control.no_cache = True
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/cases/<int:case_id>/activity/entries")
def ready(case_id: int) -> Response:
    """Say who is logged in, and give the token that an entry has to carry now."""
    found(case_id)
    return jsonify(person=me().id, name=me().name, token=generate_csrf())


@bp.post("/cases/<int:case_id>/activity/entries")
def receive(case_id: int) -> AnyResponse:
    """Store one entry of a phone; sent again under its key, it is known and does nothing."""
    case = found(case_id)
    sent = _sent()
    works = WORKS.get(sent.kind, ("activity",))
    if not _carries_out(case, works):
        abort(403, NOT_YOUR_TURN)
    if inbox.is_known(db.session(), case, sent.key):
        return jsonify(stored=True)
    stage = queries.open_stage(db.session(), case.id)
    if not stage or shelf.sop(case.sop).step(stage.step).work not in works:
        abort(409, MOVED_ON)
    with working_on(case_id, *works):
        pass  # whoever may not add anything shall not make us decode pictures first
    try:
        sent = _with_photo(sent)
        with working_on(case_id, *works) as (session, open_case):
            problems = inbox.receive(session, open_case, me(), sent)
    except pictures.Refused as refusal:
        problems = {"file": str(refusal)}
    answer = jsonify(said=[*problems.values()], stored=not problems)
    answer.status_code = 422 if problems else 200
    return answer


@bp.post("/cases/<int:case_id>/activity/rivals/<int:rival_id>")
def decide(case_id: int, rival_id: int) -> AnyResponse:
    """Choose between two texts for one field."""
    with working_on(case_id, "activity") as (session, case):
        rival = differing.get(session, case, rival_id)
        verdict = request.form.get("verdict", "")
        problems = inbox.decide(session, case, rival, verdict) if rival else {}
    parts = ("fieldwork/_rivals.html", "fieldwork/_notes.html", "fieldwork/_group.html")
    return _answer(case_id, problems, *parts)


@bp.post("/cases/<int:case_id>/activity/attendees/<int:attendee_id>/twin")
def settle(case_id: int, attendee_id: int) -> AnyResponse:
    """Say whether somebody who is written down twice is one person."""
    same = request.form.get("verdict") == "same"
    with working_on(case_id, "activity", "material") as (session, case):
        fieldwork.settle(session, case, attendee_id, same=same)
    if request.form.get("back") == "paper":
        return htmx.go(url_for("paper.show", case_id=case_id))
    return _answer(case_id, {}, "fieldwork/_attendance.html")


def _carries_out(case: Case, works: Sequence[str]) -> bool:
    """Tell whether the person is one of those whose steps have these works, wherever it stands."""
    steps = (step for step in shelf.sop(case.sop).steps if step.work in works)
    lanes = access.lanes_of(me(), shelf.today())
    return any(lanes.intersection(step.lanes) for step in steps)


def _sent() -> inbox.Sent:
    typed = request.form
    began = MultiDict(
        (name.removeprefix(BEGAN), value)
        for name, value in typed.items(multi=True)
        if name.startswith(BEGAN)
    )
    return inbox.Sent(
        key=typed.get("key", ""),
        kind=typed.get("kind", ""),
        typed=typed,
        began=began,
        officers=form_rows(typed, *OFFICERS),
        officers_began=form_rows(began, *OFFICERS),
    )


def _with_photo(sent: inbox.Sent) -> inbox.Sent:
    file = request.files.get("file")
    if sent.kind != inbox.PHOTO or file is None:
        return sent
    name = file.filename or "foto.jpg"
    keep_place = "keep_place" in sent.typed
    taken = attachments.take_in(
        files.store(), file.stream, name, attachments.PHOTO, keep_place=keep_place
    )
    return inbox.Sent(sent.key, sent.kind, sent.typed, taken=taken)


def _answer(case_id: int, problems: dict[str, str], *parts: str) -> AnyResponse:
    given = sheet("activity", found(case_id), errors=problems)
    if problems or htmx.wanted():
        status = 422 if problems else 200
        return htmx.show("fieldwork/activity.html", *parts, *ALONGSIDE, status=status, **given)
    return htmx.go(url_for("fieldwork.activity", case_id=case_id))
