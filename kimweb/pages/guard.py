"""Who may come in, and what every answer carries: deny by default, CSRF, cookies, headers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec, cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response as AnyResponse

from config.settings import Settings, SettingsError
from kimweb import clock, db
from kimweb.audit import chain
from kimweb.pages import htmx, uploads
from kimweb.people import access, logins, second_factor
from kimweb.people.models import Login, Person
from kimweb.sop import shelf

Given = ParamSpec("Given")

_WHO = (
    select(Login, Person)
    .join(Person, Person.id == Login.person_id)
    .where(logins.HOLDS)
    .options(joinedload(Person.holdings), joinedload(Person.absences))
)
_TOKEN = "_user_id"  # noqa: S105  the place in the cookie that flask-login reads

# What a stranger may fetch. Everything else needs a login.
OPEN = frozenset(
    {
        "people.login",
        # Between the password and the second factor nobody is logged in yet.
        "second.ask",
        "second.enrol",
        # Nor between here and the single sign-on.
        "sso.begin",
        "sso.back",
        "vendor",
        "static",
        # A script like those of "vendor"; a browser asks for it with or without a login.
        "offline.worker",
        # Whoever is in the hall and has scanned the code on its wall.
        "guests.show",
        "guests.enter",
        "health.healthz",
        "health.alive",
        # Asks for a token of its own.
        "metrics.show",
        # Phones fetch it at a secret address.
        "feeds.file",
        # Whoever holds a letter may ask whether it is ours.
        "verify.index",
        "verify.show",
        "verify.check",
        "verify.check_letter",
    }
)
# What asks for the login itself, because it has to answer often and cheaply that nothing is new.
ASKING_THEMSELVES = frozenset({"desk.queue"})
LARGEST_UPLOAD = 25 * 1024 * 1024
# What is open to whoever has to choose a password first.
TO_CHANGE_IT = frozenset({"people.account", "people.change_password", "people.logout"})
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "frame-src 'self'",
        "base-uri 'none'",
        "manifest-src 'self'",
        "worker-src 'self'",
    )
)
# A PDF is shown inside one of our own pages; the browser's viewer needs styles of its own.
PDF_POLICY = "frame-ancestors 'self'"


def register(app: Flask) -> None:
    """Put the guard before every page; raises SettingsError."""
    office: Settings = app.config["OFFICE"]
    if unknown := office.second_factor - second_factor.WHO:
        raise SettingsError(
            f"SECOND_FACTOR menyebut {', '.join(sorted(unknown))}. Pilih dari: "
            f"{', '.join(sorted(second_factor.WHO))}."
        )
    secure = office.base_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-kimweb" if secure else "kimweb",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A login lasts a working day. Desks that fetch by themselves do not prolong it.
        PERMANENT_SESSION_LIFETIME=logins.WORKING_DAY,
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
    )
    manager = LoginManager(app)
    # The row of the login decides; a phone that changes its network stays logged in.
    manager.session_protection = None
    manager.user_loader(_person_of)
    app.before_request(_close_the_door)
    app.before_request(_say_who_writes)
    uploads.register(app)
    CSRFProtect(app)
    app.after_request(_add_headers)
    app.after_request(_note_use)
    app.teardown_request(lambda _error: chain.comes_from(db.session(), None, ""))
    app.teardown_appcontext(lambda _error: db.leave())


def token() -> str:
    """Return the token that the browser's cookie carries; whether it still holds is to be asked."""
    return str(session.get(_TOKEN, ""))


def login() -> Login:
    """Return the row of the login that this request came with."""
    return cast(Login, g.login)


def enter(writing: Session, person: Person) -> None:
    """Log `person` in with a session of its own, so that nothing planted before remains."""
    device = logins.in_words(request.headers.get("User-Agent", ""))
    session.clear()
    session.permanent = True
    session[_TOKEN] = logins.begin(writing, person, device, clock.now())


def stay(writing: Session) -> None:
    """Let whoever has just changed their own password or posts in again, by a new login."""
    if not logins.holds(writing, token(), clock.now()):
        enter(writing, me())


def ask_for_login() -> AnyResponse | None:
    """Return None to whoever is logged in; lead anybody else to the login."""
    if current_user.is_authenticated:
        return _ask_for_a_password_of_ones_own()
    if htmx.wanted():
        seen = urlsplit(request.headers.get("HX-Current-URL", "")).path
        return Response(
            status=401, headers={"HX-Redirect": url_for("people.login", next=own_path(seen))}
        )
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("people.login", next=None if wanted == "/" else wanted))


def _ask_for_a_password_of_ones_own() -> AnyResponse | None:
    """Lead to the own account who still has the password that an administrator knows too."""
    if me().password_until is None or request.endpoint in TO_CHANGE_IT:
        return None
    goal = url_for("people.account")
    return Response(status=403, headers={"HX-Redirect": goal}) if htmx.wanted() else redirect(goal)


def me() -> Person:
    """Return the person who is logged in."""
    return cast(Person, current_user._get_current_object())


def admin_only(page: Callable[Given, AnyResponse]) -> Callable[Given, AnyResponse]:
    """Let only administrators reach `page`; others get 403."""

    @wraps(page)
    def guarded(*args: Given.args, **kwargs: Given.kwargs) -> AnyResponse:
        if not me().is_admin:
            abort(403, "Halaman ini hanya untuk administrator.")
        return page(*args, **kwargs)

    return guarded


def in_office(what: str) -> None:
    """Refuse with 403 who does not see every case; `what` is what they do not read."""
    if not access.sees_all_cases(me(), shelf.today()):
        abort(403, f"{what} dibaca oleh pegawai di kantor dan administrator.")


def own_path(address: str | None) -> str | None:
    """Return `address` when it is a path of this site, for use after a login; else None."""
    if not address or not address.startswith("/") or address.startswith("//"):
        return None
    if any(character in address for character in "\\\r\n\t"):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address


def _person_of(token: str) -> Person | None:
    """Find whose login carries this token; nobody's once it has ended or the account is closed."""
    found = db.session.execute(_WHO, logins.given(token, clock.now())).unique().one_or_none()
    if found is None or not found.Person.is_active:
        return None
    g.login = found.Login
    if _is_own_doing() and logins.is_due(found.Login, clock.now()):
        g.used_login = found.Login.id
    person: Person = found.Person
    return person


def _is_own_doing() -> bool:
    """Tell a click from what an open page asks by itself, which must not keep a login alive."""
    return request.method == "POST" or not (htmx.wanted() or request.endpoint == "live.stream")


def _note_use(response: Response) -> Response:
    """Note now and then that the login is in use; a database that is away stops no answer."""
    if (login_id := g.pop("used_login", None)) and response.status_code < 500:
        try:
            with db.writing() as writing:
                logins.see(writing, login_id, clock.now())
        except OperationalError as failure:
            current_app.logger.warning("the use of a login is not noted: %s", failure)
    return response


def _close_the_door() -> AnyResponse | None:
    if request.endpoint is None or request.endpoint in OPEN | ASKING_THEMSELVES:
        return None
    return ask_for_login()


def _say_who_writes() -> None:
    """Whatever this request changes is written down under its person and address."""
    if request.method == "POST":
        by = me().id if current_user.is_authenticated else None
        chain.comes_from(db.session(), by, request.remote_addr or "")


def _add_headers(response: Response) -> Response:
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        return response  # nothing comes with it
    headers = response.headers
    is_pdf = response.mimetype == "application/pdf"
    headers.setdefault("Content-Security-Policy", PDF_POLICY if is_pdf else POLICY)
    # For browsers that do not know frame-ancestors.
    headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    response.vary.add("HX-Request")
    return response
