"""Handing the work of the open step on, or sending it back: one move, then the case page again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kimweb import clock, db
from kimweb.cases import moves, situations
from kimweb.cases.models import FORWARD, SEND_BACK
from kimweb.cases.situations import NotAllowed, NotPossible, NotSigned, Situation, Stale
from kimweb.documents import corrections, office, reading
from kimweb.documents.models import Document
from kimweb.pages import standing
from kimweb.pages.guard import me

BY_PEN = "pen"
bp = Blueprint("decisions", __name__, url_prefix="/cases/<int:case_id>/decisions")


@bp.post("")
def create(case_id: int) -> Response:
    """Forward or send back, as `verdict` says; `stage` names the stage that was on the screen."""
    standing.find(case_id)
    return decide(case_id, request.form.get("verdict", ""))


def decide(case_id: int, verdict: str) -> Response:
    """Make the move that the posted form asks for; a refusal keeps what was typed."""
    kept: dict[str, Any] = {"verdict": verdict, "typed": _note(), "target": _target()}
    try:
        with db.writing() as session:
            if verdict == FORWARD:
                there = moves.forward(
                    session, case_id, stage_id(), me(), _note(), passphrase=typed_passphrase()
                )
            else:
                read = situations.find_own(session, case_id, stage_id(), me()).papers
                if verdict != SEND_BACK:
                    abort(400)
                kept["typed"] = kept["typed"] or _by_notes(session, read)
                there = moves.send_back(
                    session, case_id, stage_id(), me(), _target(), kept["typed"]
                )
                _note_read(session, read)
            said = _sentence(verdict, there)
    except NotAllowed as refusal:
        abort(403, str(refusal))
    except Stale as late:
        return standing.page(case_id, 409, stale=str(late), **kept)
    except NotSigned as refusal:
        return standing.page(case_id, 422, not_signed=refusal.blockers, **kept)
    except NotPossible as refusal:
        if verdict == FORWARD:
            kept["blockers"] = refusal.blockers
        return standing.page(case_id, 422, refused=refusal.blockers, **kept)
    flash(said, "calm")
    return standing.answer(case_id)


def _by_notes(session: Session, papers: Sequence[Document]) -> str:
    """Return the reason for a return that the notes on the papers tell already."""
    notes = corrections.still_open(session, [paper.id for paper in papers])
    return f"Lihat {len(notes)} catatan koreksi pada naskah." if notes else ""


def _note_read(session: Session, papers: Sequence[Document]) -> None:
    """Who returned papers has read them: the next time only what changed is new."""
    ids = [paper.current_version_id for paper in papers if paper.current_version_id]
    reading.note(session, me().id, ids, clock.now())


def stage_id() -> int:
    """Return which stage was on the screen; 0 when the form does not say."""
    return request.form.get("stage", 0, int)


def _note() -> str:
    return request.form.get("note", "").strip()


def typed_passphrase() -> str | None:
    """Return what opens the signer's certificate; None when the person signs with a pen.

    It goes from here to the driver: it is in no context, no row and no log.
    """
    if request.form.get("means") == BY_PEN:
        return None
    return request.form.get("passphrase")


def _target() -> int:
    return request.form.get("to", 0, int)


def _sentence(verdict: str, there: Situation | None) -> str:
    if there is None:
        return "Kegiatan selesai dan ditutup."
    title = office.current().lane_title(there.step.lane)
    did = "Diteruskan ke" if verdict == FORWARD else "Dikembalikan ke"
    return f"{did} {title}, langkah {there.step.number}."
