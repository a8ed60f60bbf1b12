"""The desk: what waits for whoever is logged in, and what waits on others."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, make_response, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.cases import desks
from kimweb.pages import guard, htmx, parts, queue, signing
from kimweb.pages.guard import me
from kimweb.people import access, roster
from kimweb.sop import shelf

bp = Blueprint("desk", __name__)

GREETINGS = (
    (4, "Selamat malam"),
    (11, "Selamat pagi"),
    (15, "Selamat siang"),
    (18, "Selamat sore"),
)


@bp.get("/")
def show() -> Response:
    """Show the whole desk."""
    person, now, today = me(), clock.now(), shelf.today()
    lanes, away = access.lanes_of(person, today), access.absence_of(person, today)
    drawn = queue.draw(person, now)
    page = render_template(
        "desk/show.html",
        queue=drawn,
        tag=queue.tag(guard.login().id, drawn.newest, now),
        parts=parts.of(person),
        leads=parts.lead(person),
        tour=parts.tour(person),
        may_sign=signing.may_sign(),
        may_order=shelf.sop().first.lane in lanes,
        greeting=greeting(now),
        today=today,
        away=away,
        is_lost=not (lanes or away or person.is_admin),
    )
    return make_response(page)


@bp.get("/desk/queue", endpoint="queue")
def renew() -> AnyResponse:
    """Send both halves of the queue, or 304 while the one on the screen still holds.

    Every open desk asks again and again: while nothing is new, one small query answers, of the
    login too (guard.ASKING_THEMSELVES); after a move one more, for all desks at the same time.
    """
    now = clock.now()
    with db.engine().connect() as connection:
        found = desks.newest_for(connection, guard.token(), now)
        tag = queue.tag(*found, now) if found else ""
        if found and (same := htmx.same(tag)):
            return same
        person = roster.behind(connection, guard.token(), now) if found else None
    if found is None or person is None:
        return guard.ask_for_login() or htmx.go(url_for("desk.show"))
    drawn = queue.shared(person, found[1], now)
    return make_response(queue.fragment(drawn, tag))


def greeting(at: datetime) -> str:
    """Return how one greets at this time of the office's day."""
    hour = shelf.local(at).hour
    return next((words for until, words in GREETINGS if hour < until), "Selamat malam")
