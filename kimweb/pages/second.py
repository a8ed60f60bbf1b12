"""The second factor at login, and taking a phone into use for it.

Between the password and the code somebody is known by a cookie that opens nothing else and is
good for HALF_WAY only.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil

import segno
from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from config.settings import Settings
from kimweb import clock, db
from kimweb.audit import chain
from kimweb.documents import office
from kimweb.pages import devices
from kimweb.pages.guard import enter, me, own_path
from kimweb.people import attempts, passwords, second_factor
from kimweb.people.models import Person
from kimweb.people.vault import NotOurs, Vault
from kimweb.sop import shelf

bp = Blueprint("second", __name__)

HALF_WAY = timedelta(minutes=10)
_HALF = "half"
_WRONG = "Kode tidak cocok atau sudah pernah dipakai. Tunggu kode berikutnya di ponsel, lalu ketik."
_WRONG_NEW = "Kode tidak cocok. Periksa jam ponsel Anda, lalu ketik kode yang sedang tampil."
_OTHER_KEY = "Kode tidak dapat diperiksa: kunci kantor sudah diganti. Hubungi administrator."
_TOO_LATE = "Kode gambar ini sudah terlalu lama terbuka. Pindai yang baru di bawah ini."

bp.add_app_template_global(lambda: second_factor.of(db.session(), me()), "own_second_factor")
bp.add_app_template_global(second_factor.in_groups, "in_groups")


def needed(writing: Session, person: Person) -> str | None:
    """Return the endpoint at which `person` goes on after the password; None: comes in at once."""
    if second_factor.of(writing, person):
        return "second.ask"
    settings: Settings = current_app.config["OFFICE"]
    is_wanted = second_factor.is_wanted(person, settings.second_factor, shelf.today())
    return "second.enrol" if is_wanted else None


def lead_on(person: Person, endpoint: str, goal: str) -> AnyResponse:
    """Remember whose password was right, and lead on to the second factor."""
    session.clear()
    session[_HALF] = [person.id, int(clock.now().timestamp())]
    return redirect(url_for(endpoint, next=None if goal == "/" else goal), 303)


@bp.route("/login/code", methods=["GET", "POST"])
def ask() -> AnyResponse:
    """Ask for the code that the phone shows, or one of the recovery codes."""
    person = _half_way("second.ask")
    if person is None:
        return redirect(url_for("people.login"))
    if request.method == "GET":
        return _ask_page({})
    source = attempts.code(person.id)
    with db.writing() as writing:
        wait = attempts.begin(writing, [source], clock.now())
    if wait:
        return later(_ask_page(must_wait(wait, "code"), 429), wait)
    with db.writing() as writing:
        wrong = _against(writing, person, request.form.get("code", ""))
        if wrong:
            chain.note(writing, "login.code_refused", actor=person.id, facts={})
            return _ask_page(wrong, 422)
        attempts.succeeded(writing, [source])
        return _let_in(writing, person)


@bp.route("/login/enrol", methods=["GET", "POST"])
def enrol() -> AnyResponse:
    """Take a phone into use before coming in: this person has to have one."""
    person = _half_way("second.enrol")
    if person is None:
        return redirect(url_for("people.login"))
    if request.method == "GET":
        return _enrol_page(person, second_factor.invent(), {})
    return _enrolled(person, is_half_way=True)


@bp.route("/account/second-factor", methods=["GET", "POST"])
def renew() -> AnyResponse:
    """Take a phone into use, or another one, while logged in; the password is asked again."""
    if request.method == "GET":
        return _enrol_page(me(), second_factor.invent(), {})
    source = attempts.account(me().username)
    with db.writing() as writing:
        wait = attempts.begin(writing, [source], clock.now())
    if wait:
        return later(_enrol_again(must_wait(wait, "code"), 429), wait)
    if not passwords.verify(me().password_hash, request.form.get("password", "")):
        said = "Kata sandi tidak cocok. Periksa huruf besar dan kecilnya."
        return _enrol_again({"password": said}, 422)
    with db.writing() as writing:
        attempts.succeeded(writing, [source])
    return _enrolled(me(), is_half_way=False)


def _enrolled(person: Person, *, is_half_way: bool) -> AnyResponse:
    secret = _secret(person)
    if secret is None:
        return _enrol_page(person, second_factor.invent(), {"code": _TOO_LATE}, 422)
    with db.writing() as writing:
        code = request.form.get("code", "")
        shown = second_factor.enrol(writing, person, secret, code, _vault(), clock.now())
        if not shown:
            return _enrol_page(person, secret, {"code": _WRONG_NEW}, 422)
        chain.note(writing, "second_factor.enrolled", actor=person.id, facts={})
        goal = _goal() if is_half_way else url_for("people.account")
        if is_half_way:
            _let_in(writing, person)
    page = render_template("second/recovery.html", codes=shown, goal=goal)
    return devices.remember(make_response(page), person)


def _against(writing: Session, person: Person, code: str) -> dict[str, str]:
    try:
        fits = second_factor.check(writing, person, code, _vault(), clock.now())
    except NotOurs:
        current_app.logger.error("the second factor of %s was sealed with another key", person.id)
        return {"code": _OTHER_KEY}
    return {} if fits else {"code": _WRONG}


def _let_in(writing: Session, person: Person) -> AnyResponse:
    chain.note(writing, "login.entered", actor=person.id, facts={"second_factor": True})
    enter(writing, person)
    return devices.remember(redirect(_goal(), 303), person)


def _half_way(endpoint: str) -> Person | None:
    """Return whose password was right a moment ago, if this is where they have to go on."""
    person_id, at = session.get(_HALF, (0, 0))
    if clock.now().timestamp() - at > HALF_WAY.total_seconds():
        return None
    person = db.session.get(Person, person_id)
    is_right = person is not None and person.is_active and needed(db.session(), person) == endpoint
    return person if is_right else None


def _goal() -> str:
    return own_path(request.args.get("next")) or url_for("desk.show")


def _vault(purpose: str = second_factor.PURPOSE) -> Vault:
    return Vault(current_app.config["SECRET_KEY"], purpose)


def _new(person: Person) -> Vault:
    """The vault for a secret that is still on its way to the phone of `person`."""
    return _vault(f"{second_factor.PURPOSE}, new for {person.id}")


def _secret(person: Person) -> str | None:
    """Return the secret that the form shows as a picture; None for one of long ago, or not ours."""
    at, ttl = int(clock.now().timestamp()), int(HALF_WAY.total_seconds())
    try:
        return _new(person).open_fresh(request.form.get("sealed", ""), at, ttl)
    except NotOurs:
        return None


def _ask_page(wrong: dict[str, str], status: int = 200) -> Response:
    return make_response(render_template("second/ask.html", errors=wrong), status)


def must_wait(wait: timedelta, field: str) -> dict[str, str]:
    """Return what is said at `field` to whoever has tried too often."""
    seconds = ceil(wait.total_seconds())
    return {field: f"Terlalu banyak percobaan yang salah. Tunggu {seconds} detik, lalu coba lagi."}


def later(answer: Response, wait: timedelta) -> Response:
    """Say on an answer when to try again."""
    answer.headers["Retry-After"] = str(ceil(wait.total_seconds()))
    return answer


def _enrol_again(wrong: dict[str, str], status: int) -> Response:
    return _enrol_page(me(), _secret(me()) or second_factor.invent(), wrong, status)


def _enrol_page(person: Person, secret: str, wrong: dict[str, str], status: int = 200) -> Response:
    address = second_factor.address(secret, person, f"KIM {office.current().regency}")
    picture = segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=2)
    page = render_template(
        "second/enrol.html",
        sealed=_new(person).seal(secret, int(clock.now().timestamp())),
        secret=secret,
        picture=picture,
        errors=wrong,
        is_logged_in=request.endpoint == "second.renew",
    )
    return make_response(page, status)
