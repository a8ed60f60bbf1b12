"""The nightly look at the stored files: what is damaged is told, what nobody names goes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from kimweb import db
from kimweb.cases import attachments
from kimweb.commands import samples
from kimweb.dispatch.models import Message
from kimweb.documents import files
from kimweb.documents.store import Store
from tasks import evidence
from tests.world import World


@pytest.fixture
def store(world: World) -> Store:
    """The store of an office with one photo in a case."""
    taken = attachments.take_in(files.store(), samples.photo(), "a.jpg", "photo")
    case = world.case()
    with db.writing() as session:
        attachments.add(session, case, taken, world.person("tim"))
    return files.store()


def told() -> list[str]:
    return list(db.session.scalars(select(Message.text).where(Message.letter == "berkas_rusak")))


def aged(file: Path) -> Path:
    old = time.time() - 8 * 24 * 3600
    os.utime(file, (old, old))
    return file


def test_while_every_file_is_whole_nobody_is_told(store: Store) -> None:
    assert evidence.look_at_files() > 1
    assert told() == []


def test_a_damaged_and_a_missing_file_are_told_once_a_day(world: World, store: Store) -> None:
    photo = db.session.scalars(select(attachments.Attachment)).one()
    store.path(photo.sha256).write_bytes(b"rusak")
    lost = photo.thumbnail or ""
    store.path(lost).unlink()
    sha = photo.sha256
    evidence.look_at_files()
    (words,) = told()
    assert sha in words.partition("Tidak ada lagi")[0]
    assert lost in words.partition("Tidak ada lagi")[2]
    world.clock.move(days=3)
    evidence.look_at_files()
    assert len(told()) == 2


def test_the_office_is_looked_at_by_night_and_once(world: World, store: Store) -> None:
    assert evidence.look_at_files()
    world.clock.move(hours=3)
    assert not evidence.look_at_files()
    world.clock.move(hours=21)  # the next morning, at work
    assert not evidence.look_at_files()
    world.clock.move(hours=10)
    assert evidence.look_at_files()


def test_what_no_row_names_goes_after_some_days_and_what_one_names_stays(store: Store) -> None:
    left, fresh = (store.path(store.put(words)) for words in (b"tertinggal", b"baru saja"))
    named = [
        aged(store.path(sha))
        for photo in db.session.scalars(select(attachments.Attachment))
        for sha in (photo.sha256, photo.thumbnail or "")
    ]
    aged(left)
    evidence.look_at_files()
    assert not left.exists()
    assert all(file.exists() for file in [fresh, *named])
