"""The queue of a desk: what waits for a person and what on others, drawn once for all who see it.

A move nudges every open desk at the same time, and an office has few views of its work: those of
its lanes. The first who asks draws, the others of the same view get the same.
"""

from __future__ import annotations

import textwrap
import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

from flask import current_app, render_template, url_for
from markupsafe import Markup

from kimweb import db
from kimweb.cases import desks, returns
from kimweb.cases.desks import DeskRow
from kimweb.deadlines import heartbeats
from kimweb.dispatch import outbox, states
from kimweb.dispatch.models import Message
from kimweb.documents import dates, office, regions
from kimweb.pages import filters, outlooks
from kimweb.people import access
from kimweb.people.access import Official
from kimweb.people.models import Person
from kimweb.sop import shelf
from kimweb.sop.calendar import Calendar
from kimweb.sop.shelf import Calendars

# How often an open desk asks by itself, in seconds.
EVERY = 60
# The tone of a row whose clock stands, beside those of filters.urgency.
PAUSED = "paused"
# Of the letters that wait for a decision, the newest so many.
TROUBLED_ROWS = 5
# What a row shows of a step's text.
LINE = 64
# Drawn rows that are kept: what fifty desks show, and the rows of the minute before.
ROWS_KEPT = 5_000
# Queues whose words are kept: of each view the newest, and some of those before.
VIEWS_KEPT = 64
# Where the tag stands; it comes before anything that people have written.
_TAG = "{tag}"

_drawing = threading.Lock()


class View(NamedTuple):
    """All that the queue of a person depends on, beside the work and the time."""

    lanes: frozenset[str]
    posts: frozenset[str]
    is_admin: bool
    # Only for who does not see every case.
    person_id: int | None


class Queue(NamedTuple):
    """A queue as it was drawn, when to ask again (seconds), and the newest event it knows of.

    `waiting`, what lies with others, stands below the parts that only some desks have.
    """

    body: Markup
    waiting: Markup
    poll: int
    newest: int


def draw(person: Person | Official, now: datetime) -> Queue:
    """Draw the queue of `person` as it is now."""
    lanes = access.lanes_of(person, shelf.today())
    desk = desks.desk_of(db.session(), person, now)
    warnings = outlooks.warnings([*desk.todo, *desk.waiting])
    unwatched_since, poll = _watch(now)
    told = {"desk": desk, "most": desks.COUNTED}
    body = render_template(
        "desk/_work.html",
        **told,
        todo=_rows(desk.todo, now, warnings, "sebagai " if len(lanes) > 1 else None),
        counted=_counted,
        unwatched_since=unwatched_since,
        troubled=_troubled(lanes),
        letter_state=states.label,
        letter_tone=states.tone,
    )
    waiting = render_template(
        "desk/_waiting.html", **told, waiting=_rows(desk.waiting, now, warnings, "")
    )
    # Both were made by templates, which escape.
    return Queue(Markup(body), Markup(waiting), poll, desk.newest)  # noqa: S704


def shared(person: Person | Official, newest: int, now: datetime) -> Queue:
    """Return the queue of `person` at the `newest` event, drawn at most once a minute for a view.

    One that would have asked again by itself meanwhile is drawn anew.
    """
    kept: dict[View, tuple[tuple[int, int], datetime, Queue]]
    kept = current_app.extensions.setdefault("kimweb_queues", {})
    view, mark = _view(person), (newest, _minute(now))
    with _drawing:
        if view not in kept or kept[view][0] != mark or now >= kept[view][1]:
            fresh = draw(person, now)
            kept[view] = (mark, now + timedelta(seconds=fresh.poll), fresh)
        return kept[view][2]


def fragment(drawn: Queue, tag: str) -> str:
    """Return both halves as a page includes them; whoever has the same queue gets the same words,
    but for the tag.
    """
    return _mould(drawn).replace(_TAG, tag, 1)


@lru_cache(maxsize=VIEWS_KEPT)
def _mould(drawn: Queue) -> str:
    # Bare, for the context of a page would cost as much as the rest.
    templates = current_app.jinja_env
    queue = templates.get_template("desk/_queue.html").render(queue=drawn, tag=_TAG)
    return queue + templates.get_template("desk/_beside.html").render(queue=drawn, oob=True)


def tag(login_id: int, newest: int, now: datetime) -> str:
    """The queue changes with the work, and with the minutes in "sisa waktu"."""
    return f"{login_id}.{newest}.{_minute(now)}"


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60


def _view(person: Person | Official) -> View:
    today = shelf.today()
    sees_all = access.sees_all_cases(person, today)
    return View(
        access.lanes_of(person, today),
        access.posts_of(person, today),
        person.is_admin,
        None if sees_all else person.id,
    )


def _troubled(lanes: Collection[str]) -> Sequence[Message]:
    """Return the letters that wait for a decision, for whoever distributes letters."""
    sop = shelf.sop()
    return (
        outbox.troubled(db.session(), TROUBLED_ROWS) if returns.lanes_of(sop) & set(lanes) else ()
    )


def _watch(now: datetime) -> tuple[datetime | None, int]:
    """Whether nobody minds the deadlines, since when, and when to ask again.

    The next question comes just when patience would run out, so a desk says so within two minutes.
    """
    age = heartbeats.watch_age(db.session(), now)
    if age is None:
        return None, EVERY
    left = (heartbeats.WATCH_PATIENCE - age).total_seconds()
    since = now - age if left <= 0 else None
    return since, min(EVERY, int(left) + 5) if left > 0 else EVERY


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
