"""One's due times in the calendar of one's phone: the file, and its private address."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.deadlines import feeds
from kimweb.deadlines.models import Feed
from kimweb.dispatch import sender
from kimweb.pages import htmx
from kimweb.pages.guard import me

bp = Blueprint("feeds", __name__)


@bp.get("/tenggat/<secret>.ics")
def file(secret: str) -> AnyResponse:
    """Send the calendar file to whoever knows its address; 304 while nothing has changed."""
    person = feeds.owner(db.session(), secret) or abort(404)
    content = feeds.body(db.session(), person)
    response = Response(content, mimetype="text/calendar")
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    response.cache_control.private = True
    response.cache_control.no_cache = True
    response.headers["Content-Disposition"] = 'inline; filename="tenggat.ics"'
    return response.make_conditional(request)


@bp.post("/account/feed")
def make() -> Response:
    """Give the person a new address, shown this once; an older one ends."""
    with db.writing() as session:
        secret = feeds.make(session, me(), clock.now())
    address = sender.link(url_for("feeds.file", secret=secret))
    return htmx.show("people/account.html", "people/_feed.html", errors={}, address=address)


@bp.post("/account/feed/end")
def end() -> AnyResponse:
    """Take the address back."""
    with db.writing() as session:
        feeds.end(session, me())
    flash("Alamat kalender dicabut. Ponsel yang memakainya tidak lagi menerima tenggat.", "calm")
    return htmx.go(url_for("people.account"))


def own() -> Feed | None:
    """Return the address that the person has given out, for their account page."""
    return feeds.of(db.session(), me())


bp.add_app_template_global(own, "own_feed")
