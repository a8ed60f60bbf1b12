"""Whether every part of the program lives: for machines (/healthz) and for the administrator."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Blueprint, Response, flash, jsonify, url_for
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from kimweb import bell, claims, clock, db
from kimweb.cases.effects import RENDER
from kimweb.cases.models import Archive
from kimweb.cases.moves import ARCHIVE, DISPATCH
from kimweb.deadlines import heartbeats
from kimweb.dispatch import channels, samples, states
from kimweb.dispatch import models as dispatch
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.models import Message
from kimweb.documents import office
from kimweb.documents.models import Version
from kimweb.pages import htmx, live
from kimweb.pages.guard import admin_only, me
from kimweb.pages.tally import STREAMS, tally
from kimweb.people import roster
from kimweb.sop import shelf

bp = Blueprint("health", __name__)

# Beat sends a worker every 20 s to say that both live; a minute of silence means one is gone.
PATIENCE = timedelta(minutes=2)
PARTS = {
    "worker": "Penjadwal dan pekerja latar",
    "mailer": "Pengirim surat",
    "sweep": "Pemeriksa tenggat",
    "auditor": "Pengawas tenggat",
}
WORKING = (claims.QUEUED, claims.RUNNING)
GIVEN_UP = (claims.QUARANTINED,)
UNENDED = (*dispatch.WAITING, dispatch.HELD, *dispatch.RETURNED, dispatch.UNKNOWN)
NEEDS_SOMEBODY = (dispatch.REFUSED, dispatch.UNKNOWN, dispatch.BOUNCED)


class Part(NamedTuple):
    """One part of the program: its name on screen, whether it lives, and its last sign of life."""

    name: str
    lives: bool
    at: datetime | None


class Queue(NamedTuple):
    """One kind of work that is done behind the pages: how much waits, how much needs somebody.

    `is_own`: what failed can simply be tried again here.
    """

    name: str
    waiting: int
    failed: int
    is_own: bool


@bp.get("/healthz/live")
def alive() -> tuple[Response, int]:
    """Answer containers: 200 while the database answers, "degraded" when other parts are silent.

    Who only asks whether this process lives must not see it fall with the worker.
    """
    now = clock.now()
    try:
        alive = parts(now)
    except SQLAlchemyError:
        return jsonify(status="failed", database=False, redis=redis_answers()), 503
    redis = redis_answers()
    ages = {
        p: round((now - part.at).total_seconds()) if part.at else None for p, part in alive.items()
    }
    paused_at = channels.current(db.session()).paused_at
    is_whole = redis and paused_at is None and all(part.lives for part in alive.values())
    body = jsonify(
        status="ok" if is_whole else "degraded",
        database=True,
        redis=redis,
        heartbeat_age_seconds=ages,
        vacant_lanes=roster.vacant(db.session(), shelf.today()),
        mail_paused=paused_at is not None,
        streams=int(tally.now(STREAMS)),
    )
    return body, 200


@bp.get("/healthz")
def healthz() -> tuple[Response, int]:
    """Answer monitors as /healthz/live does, but with 503 as soon as any part is silent."""
    body, code = alive()
    is_whole = code == HTTPStatus.OK and body.get_json()["status"] == "ok"
    return body, code if is_whole else HTTPStatus.SERVICE_UNAVAILABLE


@bp.get("/health")
@admin_only
def show() -> Response:
    """Show the administrator what lives, what waits and what failed."""
    now = clock.now()
    return htmx.show(
        "health/show.html",
        "health/_parts.html",
        parts=parts(now).values(),
        redis=redis_answers(),
        queues=queues(),
        gave_up=any(queue.failed for queue in queues() if queue.is_own),
        vacant=vacant_titles(),
        channel=channels.current(db.session()),
        test_mail=samples.last(db.session(), me()),
        label=states.label,
        tone=states.tone,
        streams=int(tally.now(STREAMS)),
        most_streams=live.MOST_STREAMS,
    )


def vacant_titles() -> list[str]:
    """Return the posts that nobody holds today, in words."""
    empty = roster.vacant(db.session(), shelf.today())
    return [office.current().lane_title(lane) for lane in empty]


@bp.post("/health/mail/resume")
@admin_only
def resume_mail() -> AnyResponse:
    """End the pause of the channel for mail: the next worker tries the line at once."""
    with db.writing() as session:
        channels.resume(session, clock.now())
        bell.after_commit(session, tasks=[DISPATCH])
    flash("Pengiriman pos-el dicoba lagi sekarang.", "calm")
    return htmx.go(url_for("health.show"))


@bp.post("/health/work/retry")
@admin_only
def retry_work() -> AnyResponse:
    """Let the workers try again what they had given up: PDFs and bundles of the archive."""
    with db.writing() as session:
        again = sum(claims.retry(session, row, clock.now()) for row in (Version, Archive))
        bell.after_commit(session, tasks=[RENDER, ARCHIVE])
    flash(f"{again} pekerjaan dicoba lagi." if again else "Tidak ada pekerjaan yang gagal.", "calm")
    return htmx.go(url_for("health.show"))


@bp.post("/health/mail/test")
@admin_only
def send_test_mail() -> AnyResponse:
    """Send a mail to the administrator who asks, by the way that all mail goes."""
    try:
        with db.writing() as session:
            samples.queue(session, me(), clock.now())
            bell.after_commit(session, tasks=[DISPATCH])
    except AddressError as refusal:
        flash(str(refusal), "late")
    else:
        flash(f"Surat uji untuk {me().email} masuk antrean.", "calm")
    return htmx.go(url_for("health.show"))


def parts(now: datetime) -> dict[str, Part]:
    """Return each part of the program with its last sign of life."""
    last = heartbeats.last(db.session())
    return {part: _part(name, last.get(part), now) for part, name in PARTS.items()}


def _part(name: str, at: datetime | None, now: datetime) -> Part:
    return Part(name, at is not None and now - at <= PATIENCE, at)


def redis_answers() -> bool:
    """Tell whether the bell can be rung."""
    connected = bell.current()
    return connected is not None and connected.answers()


def queues() -> list[Queue]:
    """Return what waits behind the pages, and how much of it needs somebody."""
    return [
        _queue("Naskah yang dibuatkan PDF", Version, WORKING, GIVEN_UP),
        _queue("Berkas arsip", Archive, WORKING, GIVEN_UP),
        _queue("Surat yang dikirim", Message, dispatch.WAITING, NEEDS_SOMEBODY),
    ]


def _queue(name: str, row: type[Any], waiting: Iterable[str], failed: Iterable[str]) -> Queue:
    counts = select(
        func.count().filter(row.state.in_(waiting)), func.count().filter(row.state.in_(failed))
    )
    return Queue(name, *db.session.execute(counts.select_from(row)).one(), row is not Message)
