"""Checkpoints of the chain of evidence, daily and when a case is closed."""

from __future__ import annotations

from celery import shared_task

from kimweb import clock, db
from kimweb.evidence import checkpoints


@shared_task(name="tasks.evidence.checkpoint")
def checkpoint() -> bool:
    """Make a checkpoint if one is due, and file what is not filed; tell whether one was made."""
    with db.writing() as session:
        made = checkpoints.make_if_due(session, clock.now())
    checkpoints.file_all(db.session())
    return made is not None
