"""Checkpoints of the chain of evidence, daily and when a case is closed, and its examination."""

from __future__ import annotations

from celery import shared_task
from flask import current_app

from config.settings import Settings
from kimweb import clock, db
from kimweb.evidence import checkpoints, examining
from kimweb.evidence.models import Examination


@shared_task(name="tasks.evidence.checkpoint")
def checkpoint() -> bool:
    """Make a checkpoint if one is due, and file what is not filed; tell whether one was made.

    Whatever it confirms is examined too, and so is what an administrator asked for.
    """
    with db.writing() as session:
        made = checkpoints.make_if_due(session, clock.now())
        if made:
            examining.ask(session, None, clock.now())
    checkpoints.file_all(db.session())
    examine()
    return made is not None


@shared_task(name="tasks.evidence.examine")
def examine() -> None:
    """Check the chain if somebody waits for that; reading, nobody is kept from working."""
    waiting = examining.pending(db.session())
    if waiting is None:
        return
    number = waiting.id
    office: Settings = current_app.config["OFFICE"]
    checked = examining.examine(db.session(), office.data_dir / checkpoints.FOLDER)
    with db.writing() as session:
        examining.settle(session.get_one(Examination, number), checked, clock.now())
