"""Files are kept by their content and never handed out damaged."""

from __future__ import annotations

import hashlib
import os
import threading

import pytest

from kimweb.documents.store import Store, StoreError

LETTER = b"%PDF-1.7 undangan"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "files")


def test_what_was_put_is_read_back_by_its_hash(store):
    sha = store.put(LETTER)
    assert sha == hashlib.sha256(LETTER).hexdigest()
    assert store.read(sha) == LETTER


def test_the_same_letter_twice_is_one_file(store):
    assert store.put(LETTER) == store.put(LETTER)
    assert [p.name for p in store.folder.rglob("*") if p.is_file()] == [store.put(LETTER)]


def test_a_changed_file_is_refused_and_mended_by_putting_it_again(store):
    sha = store.put(LETTER)
    store.path(sha).write_bytes(LETTER + b"!")
    with pytest.raises(StoreError, match="tidak lagi sama"):
        store.read(sha)
    store.put(LETTER)
    assert store.read(sha) == LETTER


def test_a_missing_file_is_said_to_be_missing(store):
    with pytest.raises(StoreError, match="tidak ditemukan"):
        store.read(hashlib.sha256(b"lain").hexdigest())


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_only_a_hash_names_a_file(store, name):
    with pytest.raises(ValueError, match="SHA-256"):
        store.path(name)


def test_many_writers_of_one_letter_leave_one_whole_file(store):
    letter = LETTER * 50_000
    writers = [threading.Thread(target=store.put, args=(letter,)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    kept = [p for p in store.folder.rglob("*") if p.is_file()]
    assert len(kept) == 1
    assert store.read(kept[0].name) == letter


def test_what_a_killed_writer_left_half_written_is_tidied_away(store):
    sha = store.put(LETTER)
    left, in_work = (store.path(sha).parent / f".new-{name}" for name in ("mati", "hidup"))
    for file in (left, in_work):
        file.write_bytes(LETTER[:5])
    os.utime(left, (0, 0))
    assert store.tidy() == 1
    assert in_work.exists()
    assert store.read(sha) == LETTER


def test_a_full_disk_leaves_nothing_behind(store, monkeypatch):
    """The flush fails as it does on a full disk: no file under the hash, no half file beside it."""

    def no_space(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        store.put(LETTER)
    monkeypatch.undo()
    assert not [p for p in store.folder.rglob("*") if p.is_file()]
