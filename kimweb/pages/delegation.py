"""Who acts today in which post; entering leave and acting officials (Plt., Plh., a.n., u.b.)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import ParamSpec

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.documents import office
from kimweb.groups.entry import Entry
from kimweb.pages import htmx
from kimweb.pages.guard import me, stay
from kimweb.people import access, accounts, delegation, roster
from kimweb.people.delegation import NOBODY, Leave
from kimweb.people.models import DEFINITIVE, Absence, Holding, Person
from kimweb.sop import shelf

bp = Blueprint("delegation", __name__, url_prefix="/delegation")
Given = ParamSpec("Given")

LEFT_EMPTY = (NOBODY, "Dibiarkan kosong: atasan dan administrator diberi tahu")
CAPACITIES = (
    ("Plt.", "Plt. (jabatan kosong)"),
    ("Plh.", "Plh. (pejabatnya berhalangan)"),
    ("a.n.", "a.n. (satu tingkat di bawah, atas nama pejabatnya)"),
    ("u.b.", "u.b. (dua tingkat di bawah, untuk beliau)"),
)


def _delegators_only(page: Callable[Given, AnyResponse]) -> Callable[Given, AnyResponse]:
    @wraps(page)
    def guarded(*args: Given.args, **kwargs: Given.kwargs) -> AnyResponse:
        if not access.may_delegate(me(), shelf.today()):
            abort(403, "Cuti dan penugasan pejabat dicatat Kepala Dinas atau administrator.")
        return page(*args, **kwargs)

    return guarded


@bp.get("")
def show() -> Response:
    """Show who acts in each post today, who is away, and who stands in for whom."""
    session, today = db.session(), shelf.today()
    absences, acting = delegation.current_and_coming(session, today)
    return htmx.show(
        "delegation/show.html",
        posts=[(lane, _in_post(lane)) for lane in office.current().lanes],
        absences=absences,
        acting=acting,
        today=today,
        may_delegate=access.may_delegate(me(), today),
    )


@bp.get("/leave")
@_delegators_only
def leave() -> Response:
    """Ask who is away, then from when to when and who stands in."""
    return _leave_form(_chosen(request.args), {}, {})


@bp.post("/leave")
@_delegators_only
def record_leave() -> AnyResponse:
    """Write down an absence with the substitutes for each post of whoever is away."""
    person = _chosen(request.form)
    if person is None:
        return _leave_form(None, request.form, {"person": "Pilih siapa yang tidak masuk."}, 422)
    entry = Entry(request.form)
    starts_on, ends_on = entry.day("starts_on", "Hari pertama"), entry.day("ends_on", "Hari akhir")
    if starts_on is None:
        entry.refuse("starts_on", "Isi hari pertama tidak masuk.")
    if ends_on is None:
        entry.refuse("ends_on", "Isi hari terakhir tidak masuk.")
    with db.writing() as session:
        if starts_on and ends_on:
            asked = Leave(
                person=person,
                kind=entry.line("kind", "Alasan", 40),
                starts_on=starts_on,
                ends_on=ends_on,
                decree=entry.line("decree", "Nomor surat izin"),
                substitutes={
                    lane: request.form.get(f"substitute-{lane}", "") for lane in _posts_of(person)
                },
                order=entry.line("order", "Nomor surat perintah"),
                ordered_on=entry.day("ordered_on", "Tanggal surat perintah"),
            )
            for field, sentence in delegation.against_leave(session, asked).items():
                entry.refuse(
                    {"decree": "order", "decree_on": "ordered_on"}.get(field, field), sentence
                )
        if entry.problems:
            return _leave_form(person, request.form, entry.problems, status=422)
        delegation.record_leave(session, asked, me(), clock.now())
        stay(session)
    flash(f"Sudah dicatat: {asked.kind.lower()} {person.name}. Penggantinya masuk kembali.", "calm")
    return htmx.go(url_for(".show"))


@bp.post("/leave/<int:absence_id>/end")
@_delegators_only
def end_leave(absence_id: int) -> AnyResponse:
    """Somebody is back: the absence and its substitutes end with yesterday."""
    with db.writing() as session:
        absence = session.get(Absence, absence_id) or abort(404)
        name = absence.person.name
        delegation.end_leave(session, absence, shelf.today() - timedelta(days=1))
    flash(f"{name} kembali memegang jabatannya mulai hari ini.", "calm")
    return htmx.go(url_for(".show"))


@bp.get("/acting")
@_delegators_only
def acting() -> Response:
    """Ask who acts for whom, from when to when, by which order."""
    return _acting_form({}, {})


@bp.post("/acting")
@_delegators_only
def appoint() -> AnyResponse:
    """Let somebody act in a post for a period."""
    with db.writing() as session:
        person = _chosen(request.form)
        holding, wrong = read_holding(request.form)
        if person is None:
            wrong["person"] = "Pilih pejabatnya."
        elif holding and holding.capacity != DEFINITIVE:
            wrong = delegation.against_holding(session, person, holding)
        if wrong or person is None or holding is None or holding.capacity == DEFINITIVE:
            wrong = wrong or {"capacity": "Pilih Plt., Plh., a.n., atau u.b."}
            return _acting_form(request.form, wrong, status=422)
        delegation.hold(session, person, holding, me(), clock.now())
        said = f"{person.name} bertindak sebagai {holding.capacity} "
        said += (
            f"{office.current().lane_title(holding.lane)} pada masanya, dan diminta masuk kembali."
        )
        stay(session)
    flash(said, "calm")
    return htmx.go(url_for(".show"))


@bp.post("/acting/<int:holding_id>/end")
@_delegators_only
def end_acting(holding_id: int) -> AnyResponse:
    """Let an acting official's period end today; one that has not begun is taken out."""
    with db.writing() as session:
        holding = session.get(Holding, holding_id)
        if holding is None or holding.capacity == DEFINITIVE:
            abort(404)
        name = holding.person.name
        if holding.starts_on > shelf.today():
            accounts.remove_holding(session, holding)
        else:
            accounts.end_holding(session, holding, shelf.today())
        stay(session)
    flash(f"Penugasan {name} berakhir.", "calm")
    return htmx.go(url_for(".show"))


def read_holding(form: Mapping[str, str]) -> tuple[Holding | None, dict[str, str]]:
    """Return the holding as typed, or None and a sentence for every field that is not right."""
    entry = Entry(form)
    starts_on = entry.day("starts_on", "Tanggal mulai")
    ends_on = entry.day("ends_on", "Tanggal berakhir")
    decree = entry.line("decree", "Nomor surat perintah")
    decree_on = entry.day("decree_on", "Tanggal surat perintah")
    lane, capacity = form.get("lane", ""), form.get("capacity", "")
    for field, sentence in accounts.holding_refusals(lane, capacity, starts_on, ends_on).items():
        entry.refuse(field, sentence)
    if entry.problems or starts_on is None:
        return None, entry.problems
    made = Holding(
        lane=lane,
        capacity=capacity,
        starts_on=starts_on,
        ends_on=ends_on,
        decree=decree,
        decree_on=decree_on,
    )
    return made, {}


def _chosen(given: Mapping[str, str]) -> Person | None:
    number = given.get("person", "")
    person = db.session.get(Person, int(number)) if number.isdecimal() and len(number) < 9 else None
    return person if person and person.is_active else None


def _posts_of(person: Person) -> list[str]:
    """Return the lanes that `person` holds now or later, highest first."""
    today = shelf.today()
    held = {h.lane for h in person.holdings if h.ends_on is None or h.ends_on >= today}
    return [lane for lane in office.current().lanes if lane in held]


def _in_post(lane: str) -> list[tuple[Person, Holding]]:
    """Return who acts in `lane` today, each with the holding that says so."""
    today = shelf.today()
    found = []
    for person in roster.holders(db.session(), lane, today):
        capacity = access.capacity_in(person, lane, today)
        held = (h for h in person.holdings if (h.lane, h.capacity) == (lane, capacity))
        found.append((person, next(h for h in held if access.covers(h, today))))
    return found


def _people(besides: Person | None = None) -> list[tuple[int, str]]:
    today = shelf.today()
    return [
        (person.id, f"{person.name} ({person.title})" if person.title else person.name)
        for person in roster.active(db.session())
        if person is not besides and (access.posts_of(person, today) or not person.is_admin)
    ]


def _leave_form(
    person: Person | None, typed: Mapping[str, str], wrong: dict[str, str], status: int = 200
) -> Response:
    return htmx.show(
        "delegation/leave.html",
        status=status,
        person=person,
        people=_people(),
        substitutes=[LEFT_EMPTY, *_people(besides=person)],
        lanes=_posts_of(person) if person else [],
        kinds=[(kind, kind) for kind in delegation.KINDS],
        typed=typed,
        errors=wrong,
        today=shelf.today(),
    )


def _acting_form(typed: Mapping[str, str], wrong: dict[str, str], status: int = 200) -> Response:
    return htmx.show(
        "delegation/acting.html",
        status=status,
        people=_people(),
        lanes=[(lane, names.title) for lane, names in office.current().lanes.items()],
        capacities=CAPACITIES,
        typed=typed,
        errors=wrong,
        today=shelf.today(),
    )
