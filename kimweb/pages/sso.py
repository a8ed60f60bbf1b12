"""Coming in by a single sign-on (OpenID Connect), where the office has one.

Whoever comes from there is known by issuer and subject alone, and only after they have tied these
to their account themselves, with its password: a name or an address of mail that the other side
lets people choose opens nothing here. The second factor is asked for as after a password.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from config.settings import Settings
from kimweb import clock, db
from kimweb.audit import chain
from kimweb.pages import devices, htmx, second
from kimweb.pages.guard import enter, me, own_path
from kimweb.people import attempts, identities, passwords

bp = Blueprint("sso", __name__)

PATIENCE_SECONDS = 10
_GOAL, _FOUND = "sso_goal", "sso_found"
_AWAY = "{name} tidak menjawab. Coba lagi sebentar, atau masuklah dengan kata sandi."
_BROKEN = "Masuk lewat {name} tidak selesai. Mulailah sekali lagi dari halaman masuk."
_UNKNOWN = (
    "Akun {name} itu belum dihubungkan dengan akun di kantor ini. Masuklah dengan kata sandi, lalu "
    "hubungkan pada halaman Akun saya."
)
_TAKEN = "Akun {name} itu sudah dihubungkan dengan akun orang lain. Hubungi administrator."
_STALE = "Sudah terlalu lama. Mulailah sekali lagi dari halaman Akun saya."
_WRONG = "Kata sandi tidak cocok. Periksa huruf besar dan kecilnya."


@dataclass(frozen=True, slots=True)
class Found:
    """Who has come back from the single sign-on, and what they are called there."""

    subject: str
    label: str


class Refused(Exception):
    """The single sign-on did not say who it is; `sentence` says what to do, with `status`."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.sentence, self.status = sentence, status


@bp.get("/login/sso")
def begin() -> AnyResponse:
    """Lead to the single sign-on; who is logged in ties it to their account."""
    client = _client()
    session[_GOAL] = own_path(request.args.get("next")) or url_for("desk.show")
    back = f"{_settings().base_url}{url_for('.back')}"
    try:
        led: AnyResponse = _asking(lambda: client.authorize_redirect(back))
    except Refused as refusal:
        return _refusal_page(refusal)
    return led


@bp.get("/login/sso/return")
def back() -> AnyResponse:
    """Let in whoever has come back from the single sign-on, or ask them whether to tie it."""
    try:
        found = _who_came_back()
    except Refused as refusal:
        return _refusal_page(refusal)
    if current_user.is_authenticated:
        session[_FOUND] = asdict(found)
        return _connect_page(found, {})
    goal = session.pop(_GOAL, url_for("desk.show"))
    person = identities.find(db.session(), _settings().oidc_issuer, found.subject)
    if person is None or not person.is_active:
        current_app.logger.warning("a login by single sign-on was refused")
        with db.writing() as writing:
            chain.note(writing, "login.refused", facts={"sso": True})
        return _refusal_page(Refused(_said(_UNKNOWN), 403))
    with db.writing() as writing:
        if needed := second.needed(writing, person):
            return second.lead_on(person, needed, goal)
        chain.note(writing, "login.entered", actor=person.id, facts={"sso": True})
        enter(writing, person)
    return devices.remember(htmx.go(goal), person)


@bp.post("/account/sso")
def connect() -> AnyResponse:
    """Tie who has come back to the own account, after the password."""
    _client()
    if _FOUND not in session:
        flash(_STALE, "late")
        return htmx.go(url_for("people.account"))
    found = Found(**session[_FOUND])
    source = attempts.account(me().username)
    with db.writing() as writing:
        wait = attempts.begin(writing, [source], clock.now())
    if wait:
        return second.later(_connect_page(found, second.must_wait(wait, "password"), 429), wait)
    if not passwords.verify(me().password_hash, request.form.get("password", "")):
        return _connect_page(found, {"password": _WRONG}, 422)
    with db.writing() as writing:
        attempts.succeeded(writing, [source])
        known = {"issuer": _settings().oidc_issuer, **asdict(found)}
        if not identities.connect(writing, me(), **known, now=clock.now()):
            return _connect_page(found, {"password": _said(_TAKEN)}, 409)
        chain.note(writing, "identity.connected", facts={})
    session.pop(_FOUND)
    flash(_said("Akun {name} sudah dihubungkan. Anda dapat masuk dengannya."), "calm")
    return htmx.go(url_for("people.account"))


@bp.post("/account/sso/end")
def disconnect() -> AnyResponse:
    """Untie the own account: from now on it opens by its password only."""
    _client()
    with db.writing() as writing:
        identities.disconnect(writing, me())
        chain.note(writing, "identity.disconnected", facts={})
    flash(_said("Akun {name} sudah dilepaskan."), "calm")
    return htmx.go(url_for("people.account"))


def name() -> str:
    """Return what people call the single sign-on; empty where the office has none."""
    return _settings().oidc_name


bp.add_app_template_global(name, "single_sign_on")
bp.add_app_template_global(lambda: identities.of(db.session(), me()), "own_identity")


def _client() -> Any:
    """Return this app's client of the single sign-on; 404 where the office has none."""
    settings = _settings()
    if not settings.oidc_issuer:
        abort(404)
    if "sso" not in current_app.extensions:
        # Three megabytes and a tenth of a second, for offices that have one only.
        from authlib.integrations.flask_client import OAuth

        current_app.extensions["sso"] = OAuth(current_app).register(
            "sso",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile",
                "code_challenge_method": "S256",
                "default_timeout": PATIENCE_SECONDS,
                "max_redirects": 0,
            },
        )
    return current_app.extensions["sso"]


def _who_came_back() -> Found:
    client, settings = _client(), _settings()
    # Whoever answers must be who was asked (OpenID Connect Core, 3.1.3.7), whatever they call
    # themselves in what they publish.
    wanted = {
        "iss": {"essential": True, "values": [settings.oidc_issuer]},
        "aud": {"essential": True, "values": [settings.oidc_client_id]},
    }
    told = _asking(lambda: client.authorize_access_token(claims_options=wanted)).get("userinfo")
    if not told:
        raise Refused(_said(_BROKEN), 422)
    label = told.get("preferred_username") or told.get("name") or told["sub"]
    return Found(told["sub"], str(label)[:254])


def _asking(ask: Any) -> Any:
    """Return what `ask` gets from the single sign-on; Refused when it gets nothing to go by."""
    from authlib.integrations.base_client import OAuthError
    from joserfc.errors import JoseError
    from requests import RequestException

    try:
        return ask()
    except RequestException as failure:
        current_app.logger.error("the single sign-on does not answer: %s", failure)
        raise Refused(_said(_AWAY), 503) from failure
    except (OAuthError, JoseError, KeyError, ValueError) as failure:
        current_app.logger.warning("the single sign-on ended without a login: %r", failure)
        raise Refused(_said(_BROKEN), 422) from failure


def _settings() -> Settings:
    settings: Settings = current_app.config["OFFICE"]
    return settings


def _said(sentence: str) -> str:
    return sentence.format(name=name())


def _refusal_page(refusal: Refused) -> Response:
    return htmx.show("sso/refused.html", status=refusal.status, sentence=refusal.sentence)


def _connect_page(found: Found, wrong: dict[str, str], status: int = 200) -> Response:
    return htmx.show("sso/connect.html", status=status, found=found, errors=wrong)
