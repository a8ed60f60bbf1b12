"""Figures for a monitor (Prometheus): what waits, what is late, what has failed, what lives."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy import func, select

from config.settings import Settings
from kimweb import clock, db
from kimweb.cases.models import Archive, Stage
from kimweb.deadlines import heartbeats
from kimweb.dispatch import channels
from kimweb.dispatch.models import Message
from kimweb.documents.models import Version
from kimweb.pages import health
from kimweb.pages.tally import ANSWERS, SECONDS, STREAMS, tally

if TYPE_CHECKING:
    from prometheus_client.core import Metric

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
def show() -> Response:
    """Answer who carries the token; without a token only this machine, and no proxy on it."""
    if not _may_read():
        abort(404)
    # An office that nobody watches does not carry it.
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

    registry = CollectorRegistry()
    registry.register(_Office())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read() -> bool:
    settings: Settings = current_app.config["OFFICE"]
    if settings.metrics_token:
        wanted = f"Bearer {settings.metrics_token}".encode()
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), wanted)
    # Only a proxy speaks https for the office, and whoever comes through it has its address.
    is_behind_proxy = settings.base_url.startswith("https://")
    return not is_behind_proxy and ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104


class _Office:
    """Asks the office at the moment it is looked at; counts only what has not come to its end."""

    def collect(self) -> Iterator[Metric]:
        yield from _work()
        yield from _stages()
        yield from _life()
        yield from _answers()


def _work() -> Iterator[Metric]:
    waiting = health.WORKING + health.GIVEN_UP
    for row, name, words, states in (
        (Version, "kimweb_pdfs", "PDFs to make, and given up", waiting),
        (Archive, "kimweb_archives", "Bundles to make, and given up", waiting),
        (Message, "kimweb_mails", "Mails not yet through, by state", health.UNENDED),
    ):
        counts = select(row.state, func.count()).where(row.state.in_(states)).group_by(row.state)
        found = dict(db.session.execute(counts).all())
        yield _gauge(name, words, "state", ((state, found.get(state, 0)) for state in states))


def _stages() -> Iterator[Metric]:
    late = func.count().filter(Stage.due_at < clock.now())
    counts = select(Stage.lane, func.count(), late).where(Stage.closed_at.is_(None))
    rows = db.session.execute(counts.group_by(Stage.lane)).all()
    opened = ((lane, count) for lane, count, _ in rows)
    yield _gauge("kimweb_stages_open", "Steps under way", "lane", opened)
    yield _gauge("kimweb_stages_late", "Of these late", "lane", ((lane, n) for lane, _, n in rows))


def _life() -> Iterator[Metric]:
    now, last = clock.now(), heartbeats.last(db.session())
    ages = ((part, (now - last[part]).total_seconds()) for part in health.PARTS if part in last)
    yield _gauge("kimweb_heartbeat_age_seconds", "Since the last sign of life", "part", ages)
    paused = channels.current(db.session()).paused_at is not None
    yield _gauge("kimweb_mail_paused", "Whether no mail leaves", "", [("", paused)])
    yield _gauge("kimweb_redis_up", "Whether Redis answers", "", [("", health.redis_answers())])
    yield _gauge("kimweb_streams_open", "Live desks", "", [("", tally.now(STREAMS))])


def _answers() -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily

    for name, words, columns in (
        ("kimweb_answers", "Answers since the web began", ANSWERS),
        ("kimweb_answer_seconds", "What these took", SECONDS),
    ):
        family = CounterMetricFamily(name, words, labels=["status"])
        for kind, column in columns.items():
            family.add_metric([kind], tally.ever(column))
        yield family


def _gauge(name: str, words: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    """Return figures by `label`, or the only one where it is empty."""
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(name, words, labels=[label] if label else [])
    for key, value in values:
        family.add_metric([key] if label else [], value)
    return family
