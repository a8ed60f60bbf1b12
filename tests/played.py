"""Cases that were played once and are put back where another test asks for the same one.

Playing a case takes up to two seconds; what it left, a database and some files, is put back in a
few hundredths. Each process of the tests plays for itself, by the real moves.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from weakref import WeakSet

from sqlalchemy import Engine, event

from kimweb import db
from kimweb.commands.player import Player
from tests.servers import Postgres

READING = ("SELECT", "PRAGMA", "BEGIN", "WITH RECURSIVE")
_written_to: WeakSet[Engine] = WeakSet()


@event.listens_for(Engine, "before_cursor_execute")
def _remember(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    if not statement.lstrip().startswith(READING):
        _written_to.add(connection.engine)


@dataclass(frozen=True)
class Premises:
    """What a test's office consists of: a database, and folders in which work leaves files.

    A PostgreSQL database has a name and a `server`, one of SQLite is the file `name`.
    """

    name: str
    folders: tuple[Path, ...]
    server: Postgres | None

    def files(self) -> dict[tuple[int, Path], Path]:
        """Return the files of work by number of folder and path in it."""
        return {
            (number, file.relative_to(folder)): file
            for number, folder in enumerate(self.folders)
            for file in folder.rglob("*")
            if file.is_file() and not str(file).startswith(self.name)
        }

    def keep_as(self, copy: str) -> None:
        """Keep the database under the name `copy`."""
        if self.server:
            _leave()
            self.server.database(copy, template=self.name)
        else:
            _copy(self.name, copy)

    def put_back(self, copy: str) -> None:
        """Let the database be what it was when it was kept."""
        _written_to.add(db.engine())
        _leave()
        if self.server:
            self.server.drop(self.name)
            self.server.database(self.name, template=copy)
        else:
            _copy(copy, self.name)


@dataclass(frozen=True)
class Copy:
    """An office with one case in it: the case's id, its database, its files by their places."""

    case_id: int
    database: str
    files: dict[tuple[int, Path], Path]


@dataclass
class Played:
    """The cases played in this process; the copies lie in `folder`."""

    folder: Path
    _copies: dict[tuple[bool, str, str, datetime], dict[int, Copy]] = field(default_factory=dict)

    def case(
        self, premises: Premises, player: Player, order: tuple[str, str], at: int, now: datetime
    ) -> int:
        """Return the id of the case ordered by (subject, village) that has come to step `at`.

        What stood in the office before must be what it was furnished with, see `is_untouched`.
        """
        copies = self._copies.setdefault((premises.server is None, *order, now), {})
        before = premises.files()
        nearest = max((step for step in copies if step <= at), default=0)
        case_id = _enter(premises, copies[nearest]) if nearest else player.open(*order)
        if nearest != at:
            player.play(case_id, until=at)
            copies[at] = self._keep(premises, case_id, before)
        return case_id

    def _keep(self, premises: Premises, case_id: int, before: dict[tuple[int, Path], Path]) -> Copy:
        name = f"played-{uuid4().hex[:12]}"
        folder = self.folder / name
        folder.mkdir()
        database = name if premises.server else str(folder / "kimweb.sqlite3")
        premises.keep_as(database)
        files = {}
        for place in premises.files().keys() - before:
            files[place] = folder / str(place[0]) / place[1]
            _lay(premises.folders[place[0]] / place[1], files[place])
        return Copy(case_id, database, files)


def is_untouched() -> bool:
    """Whether nothing has been written in this office since it was furnished."""
    return db.engine() not in _written_to


def _enter(premises: Premises, copy: Copy) -> int:
    premises.put_back(copy.database)
    for (number, path), file in copy.files.items():
        _lay(file, premises.folders[number] / path)
    return copy.case_id


def _leave() -> None:
    """End what reads the database in this thread."""
    db.session.remove()
    db.engine().dispose()


def _copy(source: str, target: str) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def _lay(file: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(file, place)
