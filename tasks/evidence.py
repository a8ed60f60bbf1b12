"""Checkpoints of the chain of evidence, its examination, and the nightly look at the files."""

from __future__ import annotations

from celery import shared_task
from flask import current_app

from config.settings import Settings
from kimweb import clock, db
from kimweb.documents import files
from kimweb.evidence import checkpoints, examining, storage
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


@shared_task(name="tasks.evidence.look_at_files")
def look_at_files() -> int:
    """Look at the stored files once a night and collect what nobody names; return how many."""
    office: Settings = current_app.config["OFFICE"]
    now = clock.now()
    if not storage.is_due(office.data_dir, now):
        return 0
    found = storage.look(db.session(), files.store())
    storage.collect(db.session(), files.store())
    if not found.is_sound:
        with db.writing() as session:
            storage.tell(session, found, now)
    storage.note_look(office.data_dir, now)
    return found.files
