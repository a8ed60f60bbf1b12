"""The list of cases, ordering a new one (step 1), and the page of one case with its fragments."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kimweb import db
from kimweb.cases import moves, queries
from kimweb.cases.models import FORWARD
from kimweb.cases.moves import Order
from kimweb.cases.situations import NotAllowed, NotPossible, Stale
from kimweb.documents import regions
from kimweb.groups.entry import Entry
from kimweb.pages import decisions, htmx, outlooks, standing
from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.sop import shelf

bp = Blueprint("cases", __name__, url_prefix="/cases")
bp.add_app_template_global(regions.districts)
bp.add_app_template_global(regions.villages)

INSTRUCTION = "Laksanakan kegiatan pembentukan KIM sesuai SOP, dan laporkan hasilnya."
CLOSED = {"berjalan": False, "selesai": True}
PAUSED = "dihentikan"
LAST_PAGE = 10_000


@bp.get("")
def index() -> Response:
    """Show a page of the cases that the person may see, newest first."""
    words = request.args.get("q", "").strip()[:200]
    state = request.args.get("keadaan", "")
    page = min(max(request.args.get("halaman", 1, int), 1), LAST_PAGE)
    rows = queries.listed(
        db.session(),
        me(),
        words=words,
        closed=CLOSED.get(state),
        paused=state == PAUSED,
        page=page,
    )
    return htmx.show(
        "cases/index.html",
        "cases/_list.html",
        rows=[(case, stage, shelf.sop(case.sop)) for case, stage in rows],
        outlooks=outlooks.of_cases((case, stage) for case, stage in rows),
        words=words,
        state=state,
        page=page,
        is_full=len(rows) == queries.PAGE_ROWS,
        may_order=may_order(),
    )


@bp.get("/new")
def new() -> Response:
    """Show the order of a new case, empty but for the usual instruction."""
    _kadis_only()
    return _new({"instruction": INSTRUCTION}, {})


@bp.post("")
def create() -> AnyResponse:
    """Open a case as ordered, and hand it on in the same transaction when asked to."""
    _kadis_only()
    order, errors = read_order(request.form)
    if order is None:
        return _new(request.form, errors, 422)
    at_once = request.form.get("then") == FORWARD
    try:
        with db.writing() as session:
            here = moves.open_case(session, order, me())
            url = url_for("cases.show", case_id=here.case.id)
            if at_once:
                moves.forward(session, here.case.id, here.stage.id, me())
    except NotPossible as refusal:
        return _new(request.form, {}, 422, blockers=refusal.blockers)
    if at_once:
        flash("Kegiatan dibuka dan diperintahkan.", "calm")
    else:
        flash("Perintah disimpan, belum diteruskan. Kegiatan ini menunggu di meja Anda.", "soon")
    return htmx.go(url)


@bp.get("/<int:case_id>")
def show(case_id: int) -> Response:
    """Show one case: where it stands, the work of the open step, papers, history."""
    return standing.page(case_id)


@bp.post("/<int:case_id>/order")
def order(case_id: int) -> AnyResponse:
    """Change the order while it is still at the first step, and hand it on when asked to."""
    standing.find(case_id)
    changed, errors = read_order(request.form)
    try:
        with db.writing() as session:
            here = moves.find_order(session, case_id, decisions.stage_id(), me())
            if changed:
                moves.change_order(session, here, changed)
    except NotAllowed as refusal:
        abort(403, str(refusal))
    except Stale as late:
        typed = "\n".join(request.form.get(name, "") for name in ("subject", "instruction"))
        return standing.page(case_id, 409, stale=str(late), typed=typed)
    if changed is None:
        return standing.page(case_id, 422, order=request.form, errors=errors)
    if request.form.get("then") == FORWARD:
        return decisions.decide(case_id, FORWARD)
    flash("Perintah disimpan.", "calm")
    return standing.answer(case_id)


@bp.get("/<int:case_id>/stage")
def stage(case_id: int) -> Response:
    """Send the open step anew, for a page whose person waits for others."""
    return _fragments(case_id, *standing.FRAGMENTS[:2])


@bp.get("/<int:case_id>/reasons")
def reasons(case_id: int) -> Response:
    """Send anew what stands against handing the work on: a PDF may be ready by now.

    `stage` is the stage on the screen; when the case has moved on, that is said instead.
    """
    context = standing.of(standing.find(case_id))
    seen, stage = request.args.get("stage", type=int), context["stage"]
    has_moved_on = stage is None or not context["may_work"] or seen != stage.id
    page = standing.PAGE
    return htmx.show(page, "cases/_reasons.html", **context, has_moved_on=has_moved_on)


@bp.get("/<int:case_id>/papers")
def papers(case_id: int) -> Response:
    """Send the papers anew: a PDF was made, a letter signed."""
    return _fragments(case_id, "cases/_papers.html")


@bp.get("/<int:case_id>/timeline")
def timeline(case_id: int) -> Response:
    """Send the history anew."""
    return _fragments(case_id, "cases/_timeline.html")


def may_order() -> bool:
    """Tell whether the person may open a new case."""
    return access.holds(me(), shelf.sop().first.lane, shelf.today())


def read_order(form: Mapping[str, str]) -> tuple[Order | None, dict[str, str]]:
    """Return the order as typed, or None and a sentence for every field that is not right."""
    entry = Entry(form)
    subject = entry.line("subject", "Nama kegiatan", 300)
    village = entry.line("village", "Desa atau kelurahan")
    planned_on = entry.day("planned_on", "Tanggal rencana")
    instruction = entry.paragraphs("instruction", "Perintah", 4_000)
    if not subject:
        entry.refuse("subject", "Isi nama kegiatan.")
    if village not in _districts():
        entry.refuse("village", "Pilih desa atau kelurahan.")
    if planned_on is None:
        entry.refuse("planned_on", "Isi tanggal rencana pelaksanaan.")
    elif planned_on < shelf.today():
        entry.refuse("planned_on", "Tanggal rencana sudah lewat. Pilih hari ini atau sesudahnya.")
    if not instruction:
        entry.refuse("instruction", "Tulis perintahnya.")
    if entry.problems or planned_on is None:
        return None, entry.problems
    return Order(subject, _districts()[village], village, planned_on, instruction), {}


def _districts() -> dict[str, str]:
    """Return the code of the kecamatan by the code of each desa and kelurahan."""
    return {
        village.code: district.code
        for district in regions.districts()
        for village in regions.villages(district.code)
    }


def _kadis_only() -> None:
    if not may_order():
        abort(403, "Kegiatan baru diperintahkan oleh Kepala Dinas.")


def _new(
    typed: Mapping[str, str], errors: dict[str, str], status: int = 200, **more: object
) -> Response:
    sop = shelf.sop()
    steps = {"sop": sop, "step": sop.first, "following": sop.after(sop.first.number)}
    page = "cases/new.html"
    return htmx.show(page, status=status, order=typed, errors=errors, **steps, **more)


def _fragments(case_id: int, *fragments: str) -> Response:
    return htmx.show(standing.PAGE, *fragments, **standing.of(standing.find(case_id)))
