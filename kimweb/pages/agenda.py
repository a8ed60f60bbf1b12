"""Buku agenda keluar: reading and printing it; numbers reserved, put in, given away and voided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, abort, flash, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from kimweb import clock, db
from kimweb.documents import agenda, numbering, office
from kimweb.documents.agenda import Wanted
from kimweb.documents.models import RESERVED, VOID, Document, Number
from kimweb.documents.numbering import NumberingError
from kimweb.groups.entry import Entry
from kimweb.pages import guard, htmx
from kimweb.pages.guard import admin_only, me
from kimweb.people import access
from kimweb.people.models import Person
from kimweb.sop import shelf

bp = Blueprint("agenda", __name__, url_prefix="/agenda")

KEEPER = "staf"
WAYS = ("reservations", "insertions", "openings")
NOT_A_KEEPER = "Nomor naskah diatur oleh Staf atau administrator."


@bp.before_request
def _readers_only() -> None:
    guard.in_office("Buku agenda")


@bp.get("")
def index() -> Response:
    """Show a book of a year, a page at a time, as far as the words sought occur."""
    wanted, n = _wanted(), max(1, request.args.get("page", 1, int))
    lines, count = agenda.page(db.session(), wanted, n)
    return htmx.show(
        "agenda/index.html",
        "agenda/_list.html",
        lines=lines,
        count=count,
        wanted=wanted,
        page=n,
        pages=-(-count // agenda.PAGE_ROWS),
        books=office.current().books,
        years=agenda.years(db.session()),
        notes=agenda.notes(db.session(), wanted.book, wanted.year),
        states=agenda.STATES,
        keeps=_keeps(),
    )


@bp.get("/print.pdf")
def printed() -> AnyResponse:
    """Send the book as PDF, as far as the words sought occur."""
    wanted = _wanted()
    made = agenda.pdf(db.session(), wanted, shelf.today())
    name = f"buku-agenda-{wanted.book.replace('_', '-')}-{wanted.year}.pdf"
    disposition = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(made, mimetype="application/pdf", headers=disposition)


@bp.get("/new")
def new() -> Response:
    """Show the form that reserves numbers, puts one in, or lets a book go on after its paper."""
    _keepers_only()
    asked = request.args.get("asked", "")
    return _form({}, {}, asked=asked if asked in WAYS else WAYS[0])


@bp.post("/reservations")
def reserve() -> AnyResponse:
    """Set numbers aside for letters to come."""

    def act(session: Session, book: str, entry: Entry, on: date, reason: str) -> list[Number]:
        count = entry.count("count", "Banyaknya nomor")
        return numbering.reserve(
            session, book, count=count, on=on, reason=reason, by=me().id, now=clock.now()
        )

    return _booked(act)


@bp.post("/insertions")
def insert() -> AnyResponse:
    """Put a number in for a day that is past."""

    def act(session: Session, book: str, _entry: Entry, on: date, reason: str) -> list[Number]:
        return [numbering.insert(session, book, on=on, reason=reason, by=me().id, now=clock.now())]

    return _booked(act)


@bp.post("/openings")
@admin_only
def carry_on() -> AnyResponse:
    """Let a book go on after the last number of its paper."""
    entry, book = Entry(request.form), _book()
    last = entry.count("last", "Nomor terakhir", 99_999)
    try:
        with db.writing() as session:
            numbering.carry_on(session, book, shelf.today().year, last)
    except NumberingError as wrong:
        return _form(request.form, wrong.errors, asked="openings", status=422)
    flash(f"{office.current().books[book]} berlanjut sesudah nomor {last}.", "calm")
    return htmx.go(url_for(".index", book=book))


@bp.get("/numbers/<int:number_id>")
def show(number_id: int) -> Response:
    """Show one number and, while it is reserved, what it can be used for."""
    return _page(number_id, {}, {})


@bp.post("/numbers/<int:number_id>/letter")
def assign(number_id: int) -> AnyResponse:
    """Let the number wait for a letter, or for none."""
    chosen = request.form.get("document", 0, int)

    def act(session: Session, number: Number) -> str:
        document = session.get(Document, chosen) if chosen else None
        numbering.assign(session, number, document)
        if document is None:
            return f"Nomor {number.text} tidak lagi menunggu naskah."
        return f"Nomor {number.text} akan dipakai saat {document.subject} ditandatangani."

    return _changed(number_id, act)


@bp.post("/numbers/<int:number_id>/outside")
def use_outside(number_id: int) -> AnyResponse:
    """Note a letter that was written outside the program and carries this number."""
    entry = Entry(request.form)
    subject = entry.line("subject", "Perihal", 500)
    recipient = entry.line("recipient", "Tujuan", 300)

    def act(_session: Session, number: Number) -> str:
        numbering.use_outside(number, subject=subject, recipient=recipient)
        return f"Nomor {number.text} tercatat dipakai di luar aplikasi."

    return _changed(number_id, act, entry.problems)


@bp.post("/numbers/<int:number_id>/void")
def void(number_id: int) -> AnyResponse:
    """Void the number with a reason; a signed letter is withdrawn by that."""
    entry = Entry(request.form)
    reason = entry.line("reason", "Alasan", 500)

    def act(_session: Session, number: Number) -> str:
        numbering.void(number, reason=reason, by=me().id, now=clock.now())
        return f"Nomor {number.text} dibatalkan."

    return _changed(number_id, act, entry.problems)


def _booked(
    act: Callable[[Session, str, Entry, date, str], list[Number]],
) -> AnyResponse:
    _keepers_only()
    entry, book = Entry(request.form), _book()
    asked = request.path.rsplit("/", 1)[-1]
    on = entry.day("dated_on", "Tanggal naskah")
    reason = entry.line("reason", "Alasan", 500)
    if on is None:
        entry.problems.setdefault("dated_on", "Isi tanggal naskah.")
    if on is None or entry.problems:
        return _form(request.form, entry.problems, asked=asked, status=422)
    try:
        with db.writing() as session:
            numbers = act(session, book, entry, on, reason)
            texts = ", ".join(number.text for number in numbers)
    except NumberingError as wrong:
        return _form(request.form, wrong.errors, asked=asked, status=422)
    flash(f"Nomor {texts} dipesan di {office.current().books[book]}.", "calm")
    return htmx.go(url_for(".index", book=book, year=on.year))


def _changed(
    number_id: int, act: Callable[[Session, Number], str], problems: dict[str, str] | None = None
) -> AnyResponse:
    """Do something to a number under its lock, then show it."""
    _keepers_only()
    if problems:
        return _page(number_id, request.form, problems, status=422)
    try:
        with db.writing() as session:
            number = session.get(Number, number_id, with_for_update={"of": Number}) or abort(404)
            said = act(session, number)
    except NumberingError as wrong:
        return _page(number_id, request.form, wrong.errors, status=422)
    flash(said, "calm")
    return htmx.go(url_for(".show", number_id=number_id))


def _form(
    typed: dict[str, str], errors: dict[str, str], *, asked: str, status: int = 200
) -> Response:
    return htmx.show(
        "agenda/new.html",
        status=status,
        typed=typed,
        errors=errors,
        asked=asked,
        books=list(office.current().books.items()),
        today=shelf.today(),
        most=numbering.MOST_AT_ONCE,
    )


def _page(
    number_id: int, typed: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    session = db.session()
    number = session.get(Number, number_id) or abort(404)
    is_reserved = number.state == RESERVED
    return htmx.show(
        "agenda/number.html",
        status=status,
        number=number,
        line=agenda.lines(session, [number])[0],
        book=office.current().books.get(number.book, number.book),
        states=agenda.STATES,
        taken_by=session.get_one(Person, number.taken_by),
        voided_by=session.get(Person, number.voided_by) if number.voided_by else None,
        letters=numbering.open_letters(session, number) if is_reserved else [],
        is_reserved=is_reserved,
        is_void=number.state == VOID,
        keeps=_keeps(),
        typed=typed,
        errors=errors,
    )


def _wanted() -> Wanted:
    books, asked = office.current().books, request.args.get("book", "")
    return Wanted(
        book=asked if asked in books else next(iter(books)),
        year=request.args.get("year", shelf.today().year, int),
        words=" ".join(request.args.get("words", "").split()),
    )


def _book() -> str:
    book = request.form.get("book", "")
    return book if book in office.current().books else abort(400)


def _keeps() -> bool:
    return me().is_admin or access.holds(me(), KEEPER, shelf.today())


def _keepers_only() -> None:
    if not _keeps():
        abort(403, NOT_A_KEEPER)
