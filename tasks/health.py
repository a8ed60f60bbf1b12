"""The worker's own sign of life, asked for by beat: it shows that beat, Redis and worker live."""

from __future__ import annotations

from celery import shared_task

from kimweb import clock, db
from kimweb.deadlines import heartbeats


@shared_task(name="tasks.health.beat")
def beat() -> None:
    """Record that a tick of beat has reached a worker."""
    with db.writing() as session:
        heartbeats.record(session, "worker", clock.now())
