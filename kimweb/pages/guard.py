"""Who may come in, and what every answer carries: deny by default, CSRF, cookies, headers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec, cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, redirect, request, session, url_for
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as AnyResponse

from config.settings import Settings
from kimweb import db
from kimweb.audit import chain
from kimweb.pages import htmx
from kimweb.people.models import Person

Given = ParamSpec("Given")

_PERSON = (
    select(Person)
    .where(Person.id == bindparam("person_id"))
    .options(joinedload(Person.holdings), joinedload(Person.absences))
)

# What a stranger may fetch. Everything else needs a login.
OPEN = frozenset(
    {
        "people.login",
        "vendor",
        "static",
        # A script like those of "vendor"; a browser asks for it with or without a login.
        "offline.worker",
        "health.healthz",
        "health.alive",
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
WORKING_DAY = timedelta(hours=12)
LARGEST_UPLOAD = 25 * 1024 * 1024
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
    """Put the guard before every page."""
    office: Settings = app.config["OFFICE"]
    secure = office.base_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-kimweb" if secure else "kimweb",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A login lasts a working day. Desks that fetch by themselves do not prolong it.
        PERMANENT_SESSION_LIFETIME=WORKING_DAY,
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
    )
    logins = LoginManager(app)
    # The loader decides by account and epoch; a phone that changes its network stays logged in.
    logins.session_protection = None
    logins.user_loader(_person_of)
    app.before_request(_close_the_door)
    app.before_request(_say_who_writes)
    CSRFProtect(app)
    app.after_request(_add_headers)
    app.teardown_request(lambda _error: chain.comes_from(db.session(), None, ""))
    app.teardown_appcontext(lambda _error: db.session.remove())


def login() -> str:
    """Return the login that the browser's cookie carries; whether it still holds is to be asked."""
    return str(session.get("_user_id", ""))


def ask_for_login() -> AnyResponse | None:
    """Return None to whoever is logged in; lead anybody else to the login."""
    if current_user.is_authenticated:
        return None
    if htmx.wanted():
        seen = urlsplit(request.headers.get("HX-Current-URL", "")).path
        return Response(
            status=401, headers={"HX-Redirect": url_for("people.login", next=own_path(seen))}
        )
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("people.login", next=None if wanted == "/" else wanted))


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


def own_path(address: str | None) -> str | None:
    """Return `address` when it is a path of this site, for use after a login; else None."""
    if not address or not address.startswith("/") or address.startswith("//"):
        return None
    if any(character in address for character in "\\\r\n\t"):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address


def _person_of(login: str) -> Person | None:
    """Find who carries this login; nobody once the account is disabled or was changed since."""
    number, _, epoch = login.partition(".")
    given = {"person_id": int(number) if number.isdecimal() else 0}
    person = db.session.scalars(_PERSON, given).unique().one_or_none()
    if person is None or not person.is_active or str(person.login_epoch) != epoch:
        return None
    return person


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
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "Cache-Control" not in headers:
        response.cache_control.no_store = True
    response.vary.add("HX-Request")
    return response
