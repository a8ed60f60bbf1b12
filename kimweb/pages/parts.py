"""The parts of a desk that only some people need, fetched by themselves once the desk is there."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, url_for

from kimweb import claims, clock, db
from kimweb.cases import archive, board, overview, queries, turns
from kimweb.cases.desks import DeskRow
from kimweb.cases.models import Departure
from kimweb.deadlines import measuring
from kimweb.dispatch import channels, outbox
from kimweb.documents import drafts, kinds, reading
from kimweb.documents.models import Document
from kimweb.documents.reading import Reading
from kimweb.evidence import checkpoints, examining
from kimweb.groups import coverage
from kimweb.pages import guard, health, htmx
from kimweb.pages.guard import admin_only, me
from kimweb.people import access, roster
from kimweb.people.access import CHAIN, FIELD_LANE
from kimweb.people.models import Person
from kimweb.sop import shelf
from kimweb.sop.steps import LANES

bp = Blueprint("parts", __name__, url_prefix="/desk/parts")

REVIEWS = 8
RETURNED = 10
OUTINGS = 5
# Which parts lie on whose desk, the most useful first.
OF_LANE = {
    "kadis": ("overview",),
    "sekdis": ("reviews", "cases"),
    "kabid": ("reviews", "cases"),
    "kasi": ("cases",),
    "staf": ("typing", "results", "filing", "cases"),
    FIELD_LANE: ("outings",),
}
OF_ADMIN = ("upkeep", "overview")
# Which cards greet whom on their first day.
TOURS = {"sekdis": "reviewer", "kabid": "reviewer"}


def of(person: Person) -> list[str]:
    """Return the addresses of the parts that lie on the desk of `person`, each once."""
    lanes = access.lanes_of(person, shelf.today())
    names = [name for lane in reversed(CHAIN) if lane in lanes for name in OF_LANE[lane]]
    names += OF_LANE[FIELD_LANE] if FIELD_LANE in lanes else ()
    names += OF_ADMIN if person.is_admin else ()
    return [url_for(f"parts.{name}") for name in dict.fromkeys(names)]


def lead(person: Person) -> bool:
    """Tell whether the parts stand above the queue: for who is in the field, for administrators."""
    return not access.lanes_of(person, shelf.today()).intersection(CHAIN)


def tour(person: Person) -> str | None:
    """Return which cards greet `person` on the first day: those of their highest lane."""
    lanes = access.lanes_of(person, shelf.today())
    highest = next((lane for lane in (*reversed(CHAIN), FIELD_LANE) if lane in lanes), None)
    if highest is None:
        return "admin" if person.is_admin else None
    return TOURS.get(highest, highest)


@bp.get("/tour", endpoint="tour")
def cards() -> Response:
    """Show the cards of the first day."""
    whose = tour(me())
    if whose is None:
        abort(404)
    return _show("desk/_tour.html", tour=whose)


@bp.get("/overview", endpoint="overview")
def glance() -> Response:
    """Show the office at a glance: cases by step, who is late, punctuality, coverage of KIM."""
    _of_office()
    session, now, today = db.session(), clock.now(), shelf.today()
    found = overview.of(session, shelf.sop(), now)
    in_time, ended = measuring.punctuality(session)
    return _show(
        "desk/_overview.html",
        found=found,
        holders={lane: roster.holders(session, lane, today) for lane, _ in found.late_with},
        in_time=in_time,
        ended=ended,
        coverage=coverage.table(session),
    )


@bp.get("/reviews")
def reviews() -> Response:
    """Show what waits to be reviewed, with what changed in it, and what was sent back."""
    session, person = db.session(), me()
    rows = turns.of(session, person, turns.to_review, REVIEWS)
    return _show(
        "desk/_reviews.html",
        rows=[(row, *_papers(row, person)) for row in rows],
        returned=turns.returned_by(session, person, RETURNED),
    )


@bp.get("/cases")
def cases() -> Response:
    """Show the cases by step: all of them to Kasi, what lies below them to those above."""
    lanes = _lanes_shown(me())
    columns = board.of(db.session(), shelf.sop(), lanes, clock.now())
    return _show("desk/_cases.html", columns=columns, is_whole=lanes >= set(LANES))


@bp.get("/results")
def results() -> Response:
    """Show which letters of the running dispatches still need a hand."""
    session, person = db.session(), me()
    rows = turns.of(session, person, turns.to_dispatch, REVIEWS)
    counted = outbox.needing_a_hand(session, [row.case_id for row in rows])
    return _show("desk/_results.html", rows=rows, counted=counted)


@bp.get("/typing")
def typing() -> Response:
    """Show the letters that wait to be typed, with what each still lacks."""
    session = db.session()
    rows = turns.of(session, me(), turns.to_type, REVIEWS)
    return _show("desk/_typing.html", rows=[(row, _letters(row)) for row in rows])


@bp.get("/filing")
def filing() -> Response:
    """Show the cases that wait to be filed, with what is missing, and bundles not made yet."""
    session = db.session()
    rows = turns.of(session, me(), turns.to_file, REVIEWS)
    cases = {row: queries.get(session, me(), row.case_id) for row in rows}
    return _show(
        "desk/_filing.html",
        rows=[(row, archive.gaps(session, case)) for row, case in cases.items() if case],
        unmade=archive.unmade(session),
        failed=claims.QUARANTINED,
    )


@bp.get("/outings")
def outings() -> Response:
    """Show the activities that the person records, for one thumb in the field."""
    session, person = db.session(), me()
    rows = turns.of(session, person, turns.to_record, OUTINGS)
    return _show(
        "desk/_outings.html",
        rows=[(row, session.get(Departure, row.case_id)) for row in rows],
        today=shelf.today(),
    )


@bp.get("/upkeep")
@admin_only
def upkeep() -> Response:
    """Show the administrator what keeps the office going, and what fails."""
    return _show(
        "desk/_upkeep.html",
        vacant=health.vacant_titles(),
        silent=[part.name for part in health.parts(clock.now()).values() if not part.lives],
        queues=health.queues(),
        is_mail_paused=channels.current(db.session()).paused_at is not None,
        people=len(roster.active(db.session())),
        examined=examining.last(db.session()),
        checkpoint=checkpoints.last_at(db.session()),
    )


def _show(fragment: str, **context: Any) -> Response:
    return htmx.show("desk/part.html", fragment, part=fragment, **context)


def _of_office() -> None:
    guard.in_office("Ringkasan ini")


def _papers(row: DeskRow, person: Person) -> tuple[int, list[tuple[str, Reading]]]:
    """Return how many papers a case shows its reviewer, and those that are new or changed."""
    session, step = db.session(), shelf.sop(row.sop).step(row.step)
    papers = drafts.of_case(session, row.case_id, step.papers)
    news = reading.since(session, papers, person.id, row.opened_at)
    told = [(paper.subject, news[paper.id]) for paper in papers if paper.id in news]
    return len(papers), [(subject, one) for subject, one in told if one.n is None or one.changes]


def _letters(row: DeskRow) -> list[tuple[Document, int]]:
    """Return the letters that a case types, each with how many of its blanks are still open."""
    papers = drafts.of_case(db.session(), row.case_id, shelf.sop(row.sop).step(row.step).papers)
    return [(paper, len(kinds.missing(kinds.kind(paper.kind), paper.fields))) for paper in papers]


def _lanes_shown(person: Person) -> frozenset[str]:
    _of_office()
    held = access.lanes_of(person, shelf.today())
    if person.is_admin or held & {"kasi", "kadis"}:
        return frozenset(LANES)
    below = {lane for own in held & set(CHAIN) for lane in CHAIN[: CHAIN.index(own) + 1]}
    if held - {CHAIN[0]}:
        return frozenset({*below, FIELD_LANE})
    return held
