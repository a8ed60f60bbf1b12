"""Coming in and going out, and one's own account."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from math import ceil

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    request,
    session,
    url_for,
)
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from config.settings import Settings
from kimweb import clock, db
from kimweb.audit import chain
from kimweb.documents import office
from kimweb.pages import devices, htmx, second
from kimweb.pages.guard import enter, me, own_path
from kimweb.pages.guard import login as login_row
from kimweb.people import accounts, attempts, logins, passwords
from kimweb.people.models import AT_ONCE, DAILY, Login, Person

bp = Blueprint("people", __name__)

WISHES = {
    AT_ONCE: "Satu per satu, saat itu juga",
    DAILY: "Sekali sehari, dikumpulkan setiap pagi hari kerja",
}
bp.add_app_template_global(lambda: list(WISHES.items()), "notice_wishes")
bp.add_app_template_global(lambda: logins.of_person(db.session(), me(), clock.now()), "own_logins")
bp.add_app_template_global(login_row, "this_login")
REFUSED = (
    "Nama pengguna atau kata sandi tidak cocok. Periksa huruf besar dan kecilnya, lalu coba lagi."
)
RUN_OUT = (
    "Kata sandi pertama ini sudah tidak berlaku. Mintalah kata sandi baru kepada administrator."
)


@bp.route("/login", methods=["GET", "POST"])
def login() -> AnyResponse:
    """Ask for user name and password; a stranger is told the same whichever of the two is wrong."""
    goal = own_path(request.args.get("next")) or url_for("desk.show")
    if request.method == "GET":
        return redirect(goal) if current_user.is_authenticated else _login_page({})
    username = request.form.get("username", "")
    sources = _sources(username)
    with db.writing() as writing:
        wait = attempts.begin(writing, sources, clock.now())
    if wait:
        return _wait_page(username, wait)
    person = accounts.find(db.session(), username)
    is_known = person is not None and person.is_active
    fits = passwords.verify(
        person.password_hash if person and is_known else None, request.form.get("password", "")
    )
    if person and fits and person.password_until and person.password_until <= clock.now():
        return _login_page({"username": RUN_OUT}, username, status=422)
    if person is None or not fits:
        current_app.logger.warning("a login as %r was refused", username[:64])
        with db.writing() as writing:
            chain.note(writing, "login.refused", facts={"username": username[:64]})
        return _login_page({"username": REFUSED}, username, status=422)
    with db.writing() as writing:
        attempts.succeeded(writing, sources)
        if needed := second.needed(writing, person):
            return second.lead_on(person, needed, goal)
        chain.note(writing, "login.entered", actor=person.id, facts={})
        enter(writing, person)
    return devices.remember(redirect(goal, 303), person)


@bp.post("/logout")
def logout() -> AnyResponse:
    """End the login of this browser."""
    with db.writing() as writing:
        logins.end(writing, login_row().id, clock.now())
        chain.note(writing, "login.left", facts={})
    session.clear()
    return htmx.go(url_for("people.login"))


@bp.get("/account")
def account() -> Response:
    """Show one's own account."""
    return _account_page({})


@bp.post("/account/password")
def change_password() -> AnyResponse:
    """Change one's own password; other browsers of this person are logged out."""
    present, new, again = (request.form.get(name, "") for name in ("present", "new", "again"))
    with db.writing() as writing:
        person = me()
        wrong = _refusals(person, present, new, again)
        if wrong:
            return _account_page(wrong, status=422)
        accounts.set_password(writing, person, new)
        enter(writing, person)
    flash(
        "Kata sandi sudah diganti. Perangkat lain yang memakai akun ini sudah dikeluarkan.", "calm"
    )
    return htmx.go(url_for("people.account"))


@bp.post("/account/logins/<int:login_id>/end")
def end_login(login_id: int) -> AnyResponse:
    """End one of one's own logins: a browser that was left open, or is not one's own."""
    with db.writing() as writing:
        row = writing.get(Login, login_id)
        if row is None or row.person_id != me().id:
            abort(404)
        logins.end(writing, row.id, clock.now())
        chain.note(writing, "login.ended", facts={"login": row.id})
    flash("Perangkat itu sudah dikeluarkan.", "calm")
    return htmx.go(url_for("people.account"))


@bp.post("/account/logins/end")
def end_other_logins() -> AnyResponse:
    """End all of one's own logins but this one."""
    with db.writing() as writing:
        logins.end_all(writing, me(), besides=login_row().id)
        chain.note(writing, "login.ended", facts={"person": me().id})
    flash("Semua perangkat lain sudah dikeluarkan.", "calm")
    return htmx.go(url_for("people.account"))


@bp.post("/account/notices")
def change_notices() -> AnyResponse:
    """Choose when notices of ordinary work come: at once, or folded once a day."""
    wish = request.form.get("notices", "")
    if wish not in WISHES:
        abort(400)
    with db.writing():
        me().notices = wish
    flash("Pilihan pemberitahuan tersimpan.", "calm")
    return htmx.answer(
        url_for("people.account"), "people/account.html", "people/_notices.html", errors={}
    )


def _refusals(person: Person, present: str, new: str, again: str) -> dict[str, str]:
    wrong = {}
    if not passwords.verify(person.password_hash, present):
        wrong["present"] = "Kata sandi sekarang tidak cocok."
    words = person.username, person.name, office.current().name, office.current().regency
    if weak := passwords.weakness(new, *words):
        wrong["new"] = weak
    elif new == present:
        wrong["new"] = "Kata sandi baru harus berbeda dari yang sekarang."
    elif new != again:
        wrong["again"] = "Ulangan tidak sama dengan kata sandi baru. Ketik sekali lagi."
    return wrong


def _sources(username: str) -> list[attempts.Source]:
    """Whom an attempt counts against: the device or else the account, and the network address."""
    token = devices.known(username)
    whose = attempts.device(token) if token else attempts.account(username)
    ip = request.remote_addr or ""
    # Behind a proxy that is not declared everybody has the address of this machine.
    return [whose] if not ip or ip_address(ip).is_loopback else [whose, attempts.address(ip)]


def _wait_page(username: str, wait: timedelta) -> Response:
    seconds = ceil(wait.total_seconds())
    current_app.logger.warning("a login as %r has to wait %s s", username[:64], seconds)
    refusal = f"Terlalu banyak percobaan yang salah. Tunggu {seconds} detik, lalu coba lagi."
    page = _login_page({"username": refusal}, username, status=429)
    page.headers["Retry-After"] = str(seconds)
    return page


def _login_page(wrong: dict[str, str], username: str = "", status: int = 200) -> Response:
    office: Settings = current_app.config["OFFICE"]
    # Set by the commands that know the example office; shown nowhere else.
    examples = current_app.config.get("EXAMPLE_ACCOUNTS", ()) if office.example_office else ()
    return htmx.show(
        "people/login.html", errors=wrong, username=username, examples=examples, status=status
    )


def _account_page(wrong: dict[str, str], status: int = 200) -> Response:
    return htmx.show("people/account.html", "people/_password.html", errors=wrong, status=status)
