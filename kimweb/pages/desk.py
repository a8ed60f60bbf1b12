"""The desk: what waits for whoever is logged in, and what waits on others."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, make_response, render_template

from kimweb import clock, db
from kimweb.cases import queries
from kimweb.deadlines import heartbeats
from kimweb.pages import htmx, outlooks
from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.people.models import Person
from kimweb.sop import shelf

bp = Blueprint("desk", __name__)

# How often an open desk asks by itself, in seconds.
EVERY = 60

GREETINGS = (
    (4, "Selamat malam"),
    (11, "Selamat pagi"),
    (15, "Selamat siang"),
    (18, "Selamat sore"),
)


@bp.get("/")
def show() -> Response:
    """Show the whole desk."""
    person, now = me(), clock.now()
    return make_response(render_template("desk/show.html", **_desk(person, now)))


@bp.get("/desk/queue")
def queue() -> Response:
    """Send the queue alone, or 304 while the one on the screen still holds."""
    person, now = me(), clock.now()
    return htmx.same(_tag(person, now)) or make_response(
        render_template("desk/_queue.html", **_desk(person, now))
    )


def greeting(at: datetime) -> str:
    """Return how one greets at this time of the office's day."""
    hour = shelf.local(at).hour
    return next((words for until, words in GREETINGS if hour < until), "Selamat malam")


def _desk(person: Person, now: datetime) -> dict[str, object]:
    lanes = access.lanes_of(person, shelf.today())
    away = access.absence_of(person, shelf.today())
    desk = queries.desk_of(db.session(), person, now)
    return {
        "desk": desk,
        "outlooks": outlooks.of_rows([*desk.todo, *desk.waiting]),
        "tag": _tag(person, now),
        "greeting": greeting(now),
        "today": shelf.local(now).date(),
        "lanes": lanes,
        "may_order": shelf.sop().first.lane in lanes,
        "away": away,
        **_watch(now),
        "is_lost": not (lanes or away or person.is_admin),
    }


def _watch(now: datetime) -> dict[str, object]:
    """Whether nobody minds the deadlines, since when, and when to ask again.

    The next question comes just when patience would run out, so a desk says so within two minutes.
    """
    age = heartbeats.watch_age(db.session(), now)
    if age is None:
        return {"unwatched_since": None, "poll": EVERY}
    left = (heartbeats.WATCH_PATIENCE - age).total_seconds()
    since = now - age if left <= 0 else None
    return {"unwatched_since": since, "poll": min(EVERY, int(left) + 5) if left > 0 else EVERY}


def _tag(person: Person, now: datetime) -> str:
    """The queue changes with the work, and with the minutes in "sisa waktu"."""
    return f"{queries.version_tag(db.session(), person)}.{int(now.timestamp()) // 60}"
