"""The desk: what waits for whoever is logged in, and what waits on others."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache

from flask import Blueprint, Response, make_response, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.cases import desks, returns
from kimweb.cases.desks import DeskRow
from kimweb.deadlines import heartbeats
from kimweb.dispatch import outbox, states
from kimweb.dispatch.models import Message
from kimweb.documents import dates, office, regions
from kimweb.pages import filters, guard, htmx, outlooks, parts, signing
from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.people.models import Person
from kimweb.sop import shelf
from kimweb.sop.calendar import Calendar
from kimweb.sop.shelf import Calendars

bp = Blueprint("desk", __name__)

# How often an open desk asks by itself, in seconds.
EVERY = 60
# The tone of a row whose clock stands, beside those of filters.urgency.
PAUSED = "paused"
# Of the letters that wait for a decision, the newest so many.
TROUBLED_ROWS = 5
# What a row shows of a step's text.
LINE = 70
# Drawn rows that are kept: what fifty desks show, and the rows of the minute before.
ROWS_KEPT = 5_000

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
    page = render_template(
        "desk/show.html",
        parts=parts.of(person),
        leads=parts.lead(person),
        tour=parts.tour(person),
        may_sign=signing.may_sign(),
        **_desk(person, now),
    )
    return make_response(page)


@bp.get("/desk/queue")
def queue() -> AnyResponse:
    """Send the queue alone, or 304 while the one on the screen still holds.

    Every open desk asks again and again: while nothing is new, one small query answers, of the
    login too (guard.ASKING_THEMSELVES).
    """
    now = clock.now()
    with db.engine().connect() as connection:
        newest = desks.newest_for(connection, guard.token(), now)
    if newest is not None and (same := htmx.same(_tag(*newest, now))):
        return same
    return guard.ask_for_login() or make_response(
        render_template("desk/_queue.html", **_desk(me(), now))
    )


def greeting(at: datetime) -> str:
    """Return how one greets at this time of the office's day."""
    hour = shelf.local(at).hour
    return next((words for until, words in GREETINGS if hour < until), "Selamat malam")


def _desk(person: Person, now: datetime) -> dict[str, object]:
    lanes = access.lanes_of(person, shelf.today())
    away = access.absence_of(person, shelf.today())
    desk = desks.desk_of(db.session(), person, now)
    warnings = outlooks.warnings([*desk.todo, *desk.waiting])
    return {
        "desk": desk,
        "todo": _rows(desk.todo, now, warnings, "sebagai " if len(lanes) > 1 else None),
        "waiting": _rows(desk.waiting, now, warnings, ""),
        "counted": _counted,
        "most": desks.COUNTED,
        "tag": _tag(guard.login().id, desk.newest, now),
        "greeting": greeting(now),
        "today": shelf.local(now).date(),
        "lanes": lanes,
        "may_order": shelf.sop().first.lane in lanes,
        "away": away,
        **_watch(now),
        "troubled": _troubled(lanes),
        "letter_state": states.label,
        "letter_tone": states.tone,
        "is_lost": not (lanes or away or person.is_admin),
    }


def _troubled(lanes: Collection[str]) -> Sequence[Message]:
    """Return the letters that wait for a decision, for whoever distributes letters."""
    sop = shelf.sop()
    return (
        outbox.troubled(db.session(), TROUBLED_ROWS) if returns.lanes_of(sop) & set(lanes) else ()
    )


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


def _rows(
    rows: Sequence[DeskRow], now: datetime, warnings: Mapping[int, str], whose: str | None
) -> list[Markup]:
    """Draw rows; `whose` goes before the title of their lane, None: it goes without saying."""
    cases = url_for("cases.index")
    minute = now.replace(second=0, microsecond=0)
    return [
        # To the minute, except where one ends just now.
        _row(
            row,
            now if minute <= row.due_at < now else minute,
            warnings[row.case_id],
            cases,
            whose,
            shelf.calendars(),
        )
        for row in rows
    ]


@lru_cache(maxsize=ROWS_KEPT)
def _row(
    row: DeskRow,
    now: datetime,
    warning: str,
    cases: str,
    whose: str | None,
    calendars: Calendars,
) -> Markup:
    """Draw a row, once a minute for all desks: a nudge lets many of them ask at the same time."""
    sop, calendar = shelf.sop(row.sop), calendars.of(row.lane)
    tone = filters.urgency(row.opened_at, row.due_at, now, calendar)
    title = office.current().lane_title(row.lane)
    drawn = render_template(
        "desk/_row.html",
        row=row,
        cases=cases,
        tone=PAUSED if row.paused_until else tone,
        text=None if whose == "" else _first_words(sop.step(row.step).text),
        steps=len(sop.steps),
        place=_place(row.village, row.district),
        whose=None if whose is None else f"{whose}{title}",
        left=_left(row, now, calendar),
        due=_clock(row.due_at),
        warning=warning,
    )
    return Markup(drawn)  # noqa: S704 - made by a template, which escapes


def _left(row: DeskRow, now: datetime, calendar: Calendar) -> str:
    if row.paused_until:
        return f"dihentikan sampai {dates.short_date(shelf.local(row.paused_until).date())}"
    return filters.time_left(row.due_at, now, calendar)


def _clock(at: datetime) -> str:
    return f"{shelf.local(at):%d-%m %H.%M}"


def _counted(number: int) -> str:
    """What a count is shown as: nobody counts further than desks.COUNTED."""
    return str(number) if number <= desks.COUNTED else f"{desks.COUNTED}+"


@cache
def _first_words(text: str) -> str:
    """One line of what the SOP prints for a step; its page says the rest."""
    return textwrap.shorten(text, LINE, placeholder=" …")


@cache
def _place(village: str, district: str) -> str:
    return f"{regions.region(village).title}, Kecamatan {regions.region(district).name}"


def _tag(login: int, newest: int, now: datetime) -> str:
    """The queue changes with the work, and with the minutes in "sisa waktu"."""
    return f"{login}.{newest}.{int(now.timestamp()) // 60}"
