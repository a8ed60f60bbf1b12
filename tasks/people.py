"""What the rooms of people leave to be tidied."""

from __future__ import annotations

from celery import shared_task

from kimweb import clock, db
from kimweb.people import attempts, logins


@shared_task(name="tasks.people.tidy")
def tidy() -> int:
    """Remove attempts to log in that are forgotten anyway, and logins of long ago."""
    with db.writing() as session:
        return attempts.tidy(session, clock.now()) + logins.tidy(session, clock.now())
