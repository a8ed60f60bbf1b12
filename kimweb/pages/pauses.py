"""Stopping the clock of a step that waits for the outside, and letting it run again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, request
from werkzeug.wrappers import Response

from kimweb import db
from kimweb.cases import situations
from kimweb.cases.situations import Blocker, NotAllowed, NotPossible, Stale
from kimweb.deadlines import pauses
from kimweb.documents import dates
from kimweb.groups.entry import Entry
from kimweb.pages import standing
from kimweb.pages.decisions import stage_id
from kimweb.pages.guard import me
from kimweb.sop import shelf

bp = Blueprint("pauses", __name__, url_prefix="/cases/<int:case_id>/pause")
bp.add_app_template_global(pauses.longest_day, "longest_pause")


@bp.post("")
def create(case_id: int) -> Response:
    """Stop the clock of the open step; a refusal keeps what was typed."""
    entry = Entry(request.form)
    reason = entry.paragraphs("reason", "Yang ditunggu", 2_000)
    day = entry.day("until", "Tanggal melanjutkan")

    def stop() -> str:
        situations.find_own(db.session(), case_id, stage_id(), me())
        if entry.problems:
            raise NotPossible([Blocker(sentence) for sentence in entry.problems.values()])
        until = pauses.pause(db.session(), case_id, stage_id(), me(), reason, day)
        on = dates.long_date(shelf.local(until).date())
        return f"Jam langkah ini dihentikan sampai {on}."

    return _do(case_id, stop)


@bp.post("/end")
def end(case_id: int) -> Response:
    """Let the clock of the open step run again."""

    def go_on() -> str:
        pauses.resume(db.session(), case_id, stage_id(), me())
        return "Jam langkah ini berjalan lagi."

    return _do(case_id, go_on)


def _do(case_id: int, act: Callable[[], str]) -> Response:
    standing.find(case_id)
    try:
        with db.writing():
            said = act()
    except NotAllowed as refusal:
        abort(403, str(refusal))
    except Stale as late:
        return standing.page(case_id, 409, stale=str(late), typed=request.form.get("reason", ""))
    except NotPossible as refusal:
        sentences = [blocker.text for blocker in refusal.blockers]
        kept: dict[str, Any] = {"pause_refused": sentences, "pause_typed": request.form}
        return standing.page(case_id, 422, **kept)
    flash(said, "calm")
    return standing.answer(case_id)
