"""Buku ekspedisi: searched by words, channel, result and day; on the screen and printed."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, request

from kimweb import db
from kimweb.dispatch import expedition, states
from kimweb.dispatch.expedition import RESULTS, Wanted
from kimweb.documents import dates
from kimweb.groups.entry import one_line
from kimweb.pages import guard, htmx
from kimweb.sop import shelf

bp = Blueprint("expedition", __name__, url_prefix="/expedition")


@bp.before_request
def _readers_only() -> None:
    guard.in_office("Buku ekspedisi")


@bp.get("")
def index() -> Response:
    """Show the book, a page at a time."""
    wanted, n = _wanted(), max(1, request.args.get("page", 1, int))
    lines, count = expedition.page(db.session(), wanted, n)
    return htmx.show(
        "expedition/index.html",
        "expedition/_list.html",
        lines=lines,
        count=count,
        wanted=wanted,
        asked={name: value for name, value in request.args.items() if name != "page" and value},
        page=n,
        pages=-(-count // expedition.PAGE_ROWS),
        results=RESULTS,
        channels=states.CHANNELS,
        label=states.label,
        why_open=expedition.why_open,
        tone=states.tone,
    )


@bp.get("/print.pdf")
def printed() -> Response:
    """Send the book as PDF, as far as it is asked for."""
    made = expedition.pdf(db.session(), _wanted(), shelf.today())
    response = Response(made, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "inline", filename="buku-ekspedisi.pdf")
    return response


def _wanted() -> Wanted:
    """Return what is asked for; what is not known is as if it was not asked."""
    asked = request.args
    channel, result = asked.get("channel", ""), asked.get("result", "")
    return Wanted(
        words=one_line(asked.get("words", "")),
        channel=channel if channel in states.CHANNELS else "",
        result=result if result in RESULTS else "",
        first=_day(asked.get("first", "")),
        last=_day(asked.get("last", "")),
    )


def _day(text: str) -> date | None:
    try:
        day = dates.read_date(text) if text else None
    except ValueError:
        return None
    return day if day and day.year < date.max.year else None
