"""The administrator's list of people: accounts, and who holds which lane from when to when."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.audit import chain
from kimweb.documents import office
from kimweb.pages import delegation, htmx
from kimweb.pages.guard import admin_only, me, stay
from kimweb.people import accounts, logins, passwords, roster, second_factor
from kimweb.people.delegation import against_holding
from kimweb.people.delegation import hold as hold_lane
from kimweb.people.models import CAPACITIES, DEFINITIVE, Holding, Person
from kimweb.sop import shelf

ONCE = "hanya tampil sekali ini, berlaku tiga hari, dan diganti saat pertama masuk"
bp = Blueprint("staff", __name__, url_prefix="/people")


@bp.get("/")
@admin_only
def index() -> Response:
    """List every account."""
    people = accounts.everybody(db.session())
    vacant = roster.vacant(db.session(), shelf.today())
    titles = [office.current().lane_title(lane) for lane in vacant]
    return htmx.show("people/index.html", people=people, vacant=titles)


@bp.get("/new")
@admin_only
def new() -> Response:
    """Show an empty form."""
    return _form(None, dict.fromkeys(accounts.FIELDS, ""), {})


@bp.post("/")
@admin_only
def create() -> AnyResponse:
    """Add an account with a first password, which is shown once."""
    given, is_admin = _given()
    password = passwords.invent()
    with db.writing() as session:
        if wrong := accounts.refusals(session, given, None):
            return _form(None, given, wrong, status=422)
        person = accounts.create(session, given, password, is_admin=is_admin)
        person.password_until = clock.now() + passwords.FIRST_LASTS
        goal = url_for(".show", person_id=person.id)
    flash(f"Akun sudah dibuat. Kata sandi pertama: {password} ({ONCE}).", "calm")
    return htmx.go(goal)


@bp.get("/<int:person_id>")
@admin_only
def show(person_id: int) -> Response:
    """Show one account with its holdings."""
    person = _person(person_id)
    return _form(person, {name: getattr(person, name) for name in accounts.FIELDS}, {})


@bp.post("/<int:person_id>")
@admin_only
def change(person_id: int) -> AnyResponse:
    """Change what is written about a person."""
    given, is_admin = _given()
    with db.writing() as session:
        person = _person(person_id)
        wrong = accounts.refusals(session, given, person)
        if person == me() and not is_admin:
            wrong["is_admin"] = "Anda tidak dapat mencabut hak administrator Anda sendiri."
        if wrong:
            return _form(person, given, wrong, status=422)
        accounts.change(person, given, is_admin=is_admin)
    flash("Perubahan sudah disimpan.", "calm")
    return htmx.go(url_for(".show", person_id=person_id))


@bp.post("/<int:person_id>/password")
@admin_only
def reset_password(person_id: int) -> AnyResponse:
    """Give a person a new password, shown once."""
    password = passwords.invent()
    with db.writing() as session:
        person = _person(person_id)
        until = clock.now() + passwords.FIRST_LASTS
        accounts.set_password(session, person, password, until)
        stay(session)
    flash(f"Kata sandi baru untuk {person.name}: {password} ({ONCE}).", "calm")
    return htmx.go(url_for(".show", person_id=person_id))


@bp.post("/<int:person_id>/logins/end")
@admin_only
def end_logins(person_id: int) -> AnyResponse:
    """Log a person out wherever they are logged in."""
    with db.writing() as session:
        person = _person(person_id)
        logins.end_all(session, person)
        chain.note(session, "login.ended", facts={"person": person.id})
        stay(session)
    flash(f"{person.name} dikeluarkan dari semua perangkat.", "calm")
    return htmx.go(url_for(".show", person_id=person_id))


@bp.post("/<int:person_id>/second-factor/drop")
@admin_only
def drop_second_factor(person_id: int) -> AnyResponse:
    """Forget a person's phone, which is lost; who has to have one takes another at the login."""
    with db.writing() as session:
        person = _person(person_id)
        second_factor.drop(session, person)
        logins.end_all(session, person)
        chain.note(session, "second_factor.dropped", facts={"person": person.id})
        stay(session)
    flash(f"Ponsel verifikasi {person.name} dicabut. Ia diminta masuk kembali.", "calm")
    return htmx.go(url_for(".show", person_id=person_id))


@bp.post("/<int:person_id>/disabled")
@admin_only
def disable(person_id: int) -> AnyResponse:
    """Close an account."""
    with db.writing() as session:
        person = _person(person_id)
        if person == me():
            abort(409, "Anda tidak dapat menonaktifkan akun Anda sendiri.")
        accounts.disable(session, person, clock.now())
    flash(f"Akun {person.name} dinonaktifkan dan langsung keluar.", "calm")
    return htmx.go(url_for(".show", person_id=person_id))


@bp.post("/<int:person_id>/enabled")
@admin_only
def enable(person_id: int) -> AnyResponse:
    """Open an account again."""
    with db.writing():
        person = _person(person_id)
        accounts.enable(person)
    flash(f"Akun {person.name} aktif kembali.", "calm")
    return htmx.go(url_for(".show", person_id=person_id))


@bp.post("/<int:person_id>/holdings")
@admin_only
def hold(person_id: int) -> AnyResponse:
    """Let a person hold a lane for a period."""
    with db.writing() as session:
        person = _person(person_id)
        holding, wrong = delegation.read_holding(request.form)
        if holding:
            wrong = against_holding(session, person, holding)
        if wrong or holding is None:
            given = {name: getattr(person, name) for name in accounts.FIELDS}
            return _form(person, given, wrong, status=422)
        hold_lane(session, person, holding, me(), clock.now())
        stay(session)
    return _held(person, "Jabatan sudah dicatat.")


@bp.post("/<int:person_id>/holdings/<int:holding_id>/end")
@admin_only
def end_holding(person_id: int, holding_id: int) -> AnyResponse:
    """Let a holding end today."""
    with db.writing() as session:
        holding = _holding(person_id, holding_id)
        accounts.end_holding(session, holding, max(shelf.today(), holding.starts_on))
        person = holding.person
        stay(session)
    return _held(person, "Jabatan berakhir hari ini.")


@bp.post("/<int:person_id>/holdings/<int:holding_id>/remove")
@admin_only
def remove_holding(person_id: int, holding_id: int) -> AnyResponse:
    """Take out a holding that was written down by mistake."""
    with db.writing() as session:
        holding = _holding(person_id, holding_id)
        person = holding.person
        accounts.remove_holding(session, holding)
        stay(session)
    return _held(person, "Catatan jabatan dihapus.")


def _held(person: Person, said: str) -> AnyResponse:
    flash(f"{said} {person.name} diminta masuk kembali.", "calm")
    return htmx.go(url_for(".show", person_id=person.id))


def _given() -> tuple[dict[str, str], bool]:
    given = {name: request.form.get(name, "").strip() for name in accounts.FIELDS}
    given["username"] = given["username"].lower()
    return given, request.form.get("is_admin") == "1"


def _person(person_id: int) -> Person:
    return db.session.get(Person, person_id) or abort(404)


def _holding(person_id: int, holding_id: int) -> Holding:
    holding = db.session.get(Holding, holding_id)
    return holding if holding and holding.person_id == person_id else abort(404)


def _form(
    person: Person | None, given: dict[str, str], wrong: dict[str, str], status: int = 200
) -> Response:
    is_admin = request.form.get("is_admin") == "1" if wrong else bool(person and person.is_admin)
    return htmx.show(
        "people/show.html",
        status=status,
        person=person,
        given=given,
        is_admin=is_admin,
        errors=wrong,
        lane_options=[(lane, names.title) for lane, names in office.current().lanes.items()],
        capacities=[(capacity, capacity) for capacity in CAPACITIES],
        usual_capacity=DEFINITIVE,
        today=shelf.today(),
        typed=request.form,
        second=second_factor.of(db.session(), person) if person else None,
    )
