"""The office's working calendar: the year as a picture, and the administrator's changes to it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.deadlines import gaps, revisions
from kimweb.deadlines.revisions import Review
from kimweb.documents import dates
from kimweb.groups.entry import EARLIEST_YEAR, LATEST_YEAR, Entry, one_line
from kimweb.pages import hours, htmx, pictures
from kimweb.pages.guard import admin_only, me
from kimweb.people import access
from kimweb.sop import revising, shelf
from kimweb.sop.calendar import Calendar
from kimweb.sop.office_hours import NORMAL, Period, SpecialDay, Unit, Windows

bp = Blueprint("calendar", __name__, url_prefix="/calendar")

FOLLOW = "follow"
CHOICES = (
    (FOLLOW, "Menurut ketetapan", "Seperti SKB 3 Menteri dan berkas kalender, tanpa perubahan."),
    ("local", "Libur setempat", "Misalnya hari pemilihan yang ditetapkan Bupati."),
    ("public_holiday", "Libur nasional", "Libur yang belum ada pada kalender."),
    ("collective_leave", "Cuti bersama", "Cuti bersama yang belum ada pada kalender."),
    ("working", "Hari kerja", "Tetap masuk; jam kerja boleh ditulis sendiri."),
)
# A name stands in the address of its page, where "new" stands for one that is yet to come.
NAME = re.compile(r"(?!new$)\w[\w .'-]*")
LOG_ROWS = 50
SHOWN_SHIFTS = 200


@bp.get("/")
def show() -> Response:
    """Show a year, this one unless `tahun` asks for another, as the office keeps it or `bagian`."""
    year = request.args.get("tahun", shelf.today().year, int)
    if not EARLIEST_YEAR <= year < LATEST_YEAR:
        abort(404)
    unit = request.args.get("bagian", "")
    calendar = _calendar_of(unit)
    cells = pictures.cells(calendar, year)
    return htmx.show(
        "calendar/show.html",
        year=year,
        months=pictures.months(cells),
        special=[cell for cell in cells if cell.is_special],
        periods=[p for p in calendar.hours.periods if year in (p.first.year, p.last.year)],
        working=sum(bool(cell.day.windows) for cell in cells),
        gaps=calendar.gaps([year]),
        unit=unit,
        own_lanes=access.posts_of(me(), shelf.today()),
        hours=calendar.hours,
        weeks=[
            (name, [hours.stretches(w) for w in week])
            for name, week in shelf.office_calendar().hours.weeks.items()
        ],
        kinds=hours.KINDS,
        today=shelf.today(),
        log=revisions.log_of(db.session(), LOG_ROWS),
        told=hours.told,
        differs=me().is_admin and _any_differs(),
    )


@bp.get("/differences")
@admin_only
def differences() -> Response:
    """Show the due times that are not what the calendar gives."""
    return _differences_page(revisions.differences(db.session(), clock.now()))


@bp.post("/differences")
@admin_only
def align() -> AnyResponse:
    """Move them, if they are still those that were shown."""
    now = clock.now()
    with db.writing() as session:
        looked = revisions.differences(session, now)
        if looked.seen != request.form.get("seen"):
            return _differences_page(looked, 409)
        moved = revisions.align(session, me(), now).moved
    flash(f"{moved} tenggat dipindahkan menurut kalender.", "calm")
    return htmx.go(url_for(".show"))


@bp.get("/days")
@admin_only
def find_day() -> AnyResponse:
    """Lead to the date that was typed, for those who do not point at the picture."""
    try:
        on = dates.read_date(request.args.get("tanggal", ""))
    except ValueError:
        flash("Tanggal tidak terbaca. Contoh: 24-12-2026.", "late")
        return htmx.go(url_for(".show"))
    return htmx.go(url_for(".day", date=on.isoformat()))


@bp.get("/days/<date>")
@admin_only
def day(date: str) -> Response:
    """Show one date with the form that changes it."""
    return _day_page(_date(date), _typed_day(_date(date)), {})


@bp.post("/days/<date>")
@admin_only
def change_day(date: str) -> AnyResponse:
    """Show what changing this date would move; with a confirmation, change it."""
    on = _date(date)
    facts, wrong = read_day(on, request.form)
    if wrong:
        return _day_page(on, request.form, wrong, 422)
    return decide(revising.day_subject(on), facts, url_for(".day", date=date), on.year)


@bp.get("/periods/new")
@admin_only
def new_period() -> Response:
    """Show an empty period."""
    return _period_page("", {}, {})


@bp.get("/periods/<name>")
@admin_only
def period(name: str) -> Response:
    """Show one period with the form that changes it."""
    found = _period(name) or abort(404)
    typed = {
        "name": name,
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "hours": found.hours,
        "estimated": "1" if found.estimated else "",
        "source": found.source,
    }
    return _period_page(name, typed, {})


@bp.post("/periods/new")
@admin_only
def add_period() -> AnyResponse:
    """Show what a new period would move; with a confirmation, add it."""
    name = one_line(request.form.get("name", ""))[:80]
    facts, wrong = read_period(name, request.form)
    if name and _period(name):
        wrong["name"] = "Masa dengan nama ini sudah ada. Beri nama yang lain."
    if wrong:
        return _period_page("", request.form, wrong, 422)
    subject = revising.period_subject(name)
    return decide(subject, facts, url_for(".new_period"), int(facts["first"][:4]))


@bp.post("/periods/<name>")
@admin_only
def change_period(name: str) -> AnyResponse:
    """Show what changing or removing a period would move; with a confirmation, do it."""
    found, subject = _period(name) or abort(404), revising.period_subject(name)
    if request.form.get("off"):
        after = {"off": True} if revisions.written(subject) else {}
        return decide(subject, after, url_for(".period", name=name), found.first.year)
    facts, wrong = read_period(name, request.form)
    if wrong:
        return _period_page(name, request.form, wrong, 422)
    return decide(subject, facts, url_for(".period", name=name), int(facts["first"][:4]))


def read_day(on: dt.date, form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the facts of one date as typed, and a sentence for every field that is not right."""
    entry = Entry(form)
    kind = form.get("kind", "")
    name = entry.line("name", "Nama hari", 120)
    source = entry.line("source", "Dasar", 200)
    if kind == FOLLOW:
        return {}, entry.problems
    if kind not in {value for value, *_ in CHOICES}:
        entry.refuse("kind", "Pilih jenis hari.")
    if not name:
        entry.refuse("name", "Isi nama atau keterangan hari itu.")
    if not source:
        entry.refuse("source", "Isi dasarnya, misalnya nomor SKB atau surat edaran.")
    windows = hours.windows(entry, form) if kind == "working" else ()
    if kind == "working" and not (windows or entry.problems or _usual(on)):
        entry.refuse("open", "Hari ini libur mingguan. Isi jam kerjanya, misalnya 07.30-12.00.")
    special = SpecialDay(kind, name, windows, source)  # type: ignore[arg-type]
    return revising.day_facts(special), entry.problems


def read_period(name: str, form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the facts of a period as typed, and a sentence for every field that is not right."""
    entry = Entry(form)
    first, last = entry.day("first", "Hari pertama"), entry.day("last", "Hari terakhir")
    kept, source = form.get("hours", ""), entry.line("source", "Dasar", 200)
    known = shelf.office_calendar().hours
    if not NAME.fullmatch(name):
        entry.refuse("name", "Isi nama masa itu dengan huruf dan angka, misalnya Ramadan 1449 H.")
    if kept not in known.weeks:
        entry.refuse("hours", "Pilih jam kerja.")
    if not source:
        entry.refuse("source", "Isi dasarnya, misalnya nomor surat edaran.")
    if first is None or last is None:
        entry.refuse("first" if first is None else "last", "Isi tanggalnya.")
        return {}, entry.problems
    if last < first:
        entry.refuse("last", "Hari terakhir tidak boleh sebelum hari pertama.")
    for other in known.periods:
        if other.name != name and other.first <= last and first <= other.last:
            entry.refuse("first", f"Bertindihan dengan {other.name}. Periksa tanggalnya.")
    made = Period(name, first, last, kept, form.get("estimated") == "1", source)
    return revising.period_facts(made), entry.problems


def unit_called(name: str) -> Unit | None:
    """Return the unit of this name that keeps weeks of its own."""
    return next((u for u in shelf.office_calendar().hours.units if u.name == name), None)


def gaps_ahead() -> list[str]:
    """Return what the calendar lacks for the days ahead, for the banner on the desks."""
    return gaps.ahead(clock.now())


bp.add_app_template_filter(hours.named, "calendar_subject")
bp.add_app_template_filter(hours.told_lanes, "told_lanes")
bp.add_app_template_filter(hours.told_weeks, "told_weeks")
bp.add_app_template_global(gaps_ahead, "calendar_gaps")


def decide(subject: str, after: Mapping[str, Any], back: str, year: int) -> AnyResponse:
    """Do what was confirmed, if what was seen still holds; otherwise show what would happen."""
    wish = request.form.get("confirm", "")
    if wish not in ("move", "keep"):
        return _review_page(subject, after, revisions.review(db.session(), subject, after), back)
    with db.writing() as session:
        looked = revisions.review(session, subject, after)
        if looked.seen != request.form.get("seen"):
            return _review_page(subject, after, looked, back, 409)
        change = revisions.apply(session, subject, after, me(), clock.now(), move=wish == "move")
        moved, touched = change.moved, change.touched
    if moved:
        flash(f"Kalender diubah dan {moved} tenggat dipindahkan.", "calm")
    elif touched:
        flash(f"Kalender diubah. {touched} tenggat yang berjalan tetap seperti semula.", "soon")
    else:
        flash("Kalender diubah. Tidak ada tenggat berjalan yang berpindah.", "calm")
    return htmx.go(url_for("calendar.show", tahun=year))


def _review_page(
    subject: str, after: Mapping[str, Any], looked: Review, back: str, status: int = 200
) -> Response:
    typed = request.form.items(multi=True)
    kept = [(key, value) for key, value in typed if key not in ("csrf_token", "confirm", "seen")]
    return htmx.show(
        "calendar/review.html",
        status=status,
        subject=subject,
        before=hours.told(subject, looked.before),
        after=hours.told(subject, after),
        source=after.get("source", ""),
        shifts=looked.shifts[:SHOWN_SHIFTS],
        count=len(looked.shifts),
        seen=looked.seen,
        kept=kept,
        back=back,
        is_stale=status != 200,
    )


def _calendar_of(name: str) -> Calendar:
    """Return the calendar of a unit, the office's for ""; 404 when there is no such unit."""
    if not name:
        return shelf.office_calendar()
    unit = unit_called(name) or abort(404)
    return shelf.calendar_of(unit.lanes[0])


def _any_differs() -> bool:
    return next(revisions.differing(db.session(), clock.now()), None) is not None


def _differences_page(looked: Review, status: int = 200) -> Response:
    return htmx.show(
        "calendar/differences.html",
        status=status,
        shifts=looked.shifts[:SHOWN_SHIFTS],
        count=len(looked.shifts),
        seen=looked.seen,
        is_stale=status != 200,
    )


def _day_page(
    on: dt.date, typed: Mapping[str, str], wrong: dict[str, str], status: int = 200
) -> Response:
    calendar = shelf.office_calendar()
    return htmx.show(
        "calendar/day.html",
        status=status,
        on=on,
        cell=pictures.cell(calendar, calendar.day(on)),
        choices=CHOICES,
        typed=typed,
        errors=wrong,
        usual=hours.told_windows(_usual(on)),
    )


def _period_page(
    name: str, typed: Mapping[str, str], wrong: dict[str, str], status: int = 200
) -> Response:
    kept = shelf.office_calendar().hours.weeks
    weeks = [(week, week.capitalize()) for week in kept if week != NORMAL]
    return htmx.show(
        "calendar/period.html", status=status, name=name, typed=typed, errors=wrong, weeks=weeks
    )


def _typed_day(on: dt.date) -> dict[str, str]:
    special = shelf.office_calendar().hours.special_days.get(on)
    if special is None:
        return {"kind": FOLLOW}
    return {
        "kind": special.kind,
        "name": special.name,
        "source": special.source,
        **hours.typed(special.windows),
    }


def _usual(on: dt.date) -> Windows:
    return shelf.office_calendar().hours.windows_on(on)


def _date(written: str) -> dt.date:
    try:
        on = dt.date.fromisoformat(written)
    except ValueError:
        abort(404)
    return on if EARLIEST_YEAR <= on.year < LATEST_YEAR else abort(404)


def _period(name: str) -> Period | None:
    return next((p for p in shelf.office_calendar().hours.periods if p.name == name), None)
