"""The example office in a folder of its own, for one measurement."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from kimweb import bell, create_app, db
from kimweb.commands import example
from kimweb.documents import regions
from tasks import create_celery
from tests.conftest import settings_for

DISTRICT = "74.01.25"


@contextmanager
def example_office(**given: str) -> Iterator[Flask]:
    """A migrated database with the example office, in a folder that is gone afterwards.

    SQLite unless DATABASE_URL is given. The bell is silent. No app context is pushed: requests
    then end their session as they do in the office.
    """
    folder = Path(tempfile.mkdtemp(prefix="kimweb-bench-"))
    try:
        settings = settings_for(folder, **given)
        app = create_app(settings)
        create_celery(app, settings)
        bell.connect(None)
        with app.app_context():
            migrated = app.test_cli_runner().invoke(args=["office", "migrate"])
            assert migrated.exit_code == 0, migrated.output
            example.create_if_empty()
            db.session.remove()
        # As a worker does before its first task (tasks/__init__.py).
        gc.collect()
        gc.freeze()
        yield app
        db.session.remove()
        db.engine().dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def village() -> str:
    """Return the code of a village for the cases."""
    return regions.villages(DISTRICT)[0].code
