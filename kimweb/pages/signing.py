"""Signing the letters of several cases in one go: one passphrase, all or none of each case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.cases import blockers, moves, turns
from kimweb.cases.desks import DeskRow
from kimweb.cases.situations import (
    Blocker,
    NotAllowed,
    NotOpened,
    NotPossible,
    Situation,
    Stale,
)
from kimweb.documents import drafts, reading, versions
from kimweb.documents.models import Document, Version
from kimweb.documents.reading import Reading
from kimweb.pages import decisions, htmx, standing
from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.sop import shelf

# What one request signs: each letter is typeset, signed and checked before the answer comes.
MOST = 10
_UNTRIED = Blocker("Belum dicoba: frasa sandi tidak cocok.", "Ketik frasa sandi yang benar.")
bp = Blueprint("signing", __name__, url_prefix="/signing")


class Letter(NamedTuple):
    """One letter to sign: its current version, what changed, and whether the signer opened it."""

    document: Document
    version: Version | None
    reading: Reading | None
    is_read: bool


class Bundle(NamedTuple):
    """The letters of one case, signed all or none; `reasons` stand against it."""

    row: DeskRow
    letters: Sequence[Letter]
    reasons: Sequence[Blocker]


@bp.before_request
def _signers_only() -> None:
    if not may_sign():
        abort(403, "Naskah ditandatangani oleh pejabat penanda tangan menurut SOP.")


def may_sign() -> bool:
    """Tell whether the person acts today in a lane that signs."""
    lanes = access.lanes_of(me(), shelf.today())
    steps = (step for sop in shelf.editions().values() for step in sop.steps)
    return any(turns.to_sign(step) and lanes.intersection(step.lanes) for step in steps)


@bp.get("")
def show() -> Response:
    """Show what waits to be signed, the most pressing MOST cases."""
    return _page({}, frozenset())


@bp.post("")
def create() -> AnyResponse:
    """Sign the chosen cases one after the other; each stands or falls alone."""
    chosen = _chosen()
    if not chosen:
        return _page({0: [Blocker("Pilih dahulu kegiatan yang naskahnya ditandatangani.")]}, chosen)
    refused = _sign_all(sorted(chosen))
    if signed := len(chosen) - len(refused):
        flash(f"Naskah {signed} kegiatan sudah ditandatangani dan diteruskan.", "calm")
    return _page(refused, chosen) if refused else redirect(url_for("signing.show"), 303)


def _sign_all(chosen: Sequence[tuple[int, int]]) -> dict[int, Sequence[Blocker]]:
    """Return why a stage was not signed, by its id; a wrong passphrase is tried only once."""
    refused: dict[int, Sequence[Blocker]] = {}
    for at, (case_id, stage_id) in enumerate(chosen):
        try:
            with db.writing() as session:
                moves.forward(
                    session, case_id, stage_id, me(), passphrase=decisions.typed_passphrase()
                )
        except NotOpened as refusal:
            rest = {later: [_UNTRIED] for _, later in chosen[at + 1 :]}
            return refused | {stage_id: refusal.blockers} | rest
        except NotPossible as refusal:
            refused[stage_id] = refusal.blockers
        except (NotAllowed, Stale) as refusal:
            refused[stage_id] = [Blocker(str(refusal))]
    return refused


def _chosen() -> frozenset[tuple[int, int]]:
    """Return the ticked cases as (case, stage), at most MOST."""
    pairs = (value.partition("-") for value in request.form.getlist("chosen")[:MOST])
    return frozenset(
        (int(case), int(stage))
        for case, _, stage in pairs
        if case.isdecimal() and stage.isdecimal()
    )


def _page(refused: dict[int, Sequence[Blocker]], chosen: frozenset[tuple[int, int]]) -> Response:
    session, person = db.session(), me()
    found = turns.of(session, person, turns.to_sign, MOST + 1)
    shown = {row.stage_id for row in found[:MOST]}
    return htmx.show(
        "signing/show.html",
        status=422 if refused else 200,
        bundles=[_bundle(row) for row in found[:MOST]],
        has_more=len(found) > MOST,
        refused=refused,
        elsewhere=[reasons for stage, reasons in refused.items() if stage not in shown],
        chosen={stage for _, stage in chosen},
        **standing.certificate(session, person),
    )


def _bundle(row: DeskRow) -> Bundle:
    session, person, sop = db.session(), me(), shelf.sop(row.sop)
    step = sop.step(row.step)
    here = Situation(
        session,
        row.case_id,
        row.subject,
        row.stage_id,
        row.due_at,
        sop,
        step,
        person,
        clock.now(),
        row.paused_until,
    )
    papers = drafts.of_case(session, row.case_id, step.papers)
    return Bundle(row, _letters(papers, row), blockers.against_forward(here))


def _letters(papers: Sequence[Document], row: DeskRow) -> list[Letter]:
    session, person = db.session(), me()
    current = versions.current(session, papers)
    news: dict[int, Any] = reading.since(session, papers, person.id, row.opened_at)
    return [
        Letter(
            paper,
            version := current.get(paper.id),
            news.get(paper.id),
            version is not None and reading.has_seen(session, person.id, version.id),
        )
        for paper in papers
    ]
