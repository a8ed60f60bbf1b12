"""kimweb runs the office's SOP: cases, documents, dispatch, deadlines, and the pages to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Make the Flask app that people and operators come to."""
    # Here and not above: whoever imports a pure room does not get the whole web with it.
    from kimweb import commands, pages

    app = create_core(settings)
    pages.register(app)
    commands.register(app)
    return app


def create_core(settings: Settings) -> Flask:
    """Make the office without its doors, a third of the memory less: what a worker needs.

    SOP, calendar and ladder are read now: a bad file stops the start.
    """
    from flask import Flask

    from kimweb.audit import watching  # noqa: F401  it listens from now on

    app = Flask(__name__, template_folder="../templates")
    move_in(app, settings)
    return app


def move_in(app: Flask, settings: Settings) -> None:
    """Let `app` serve the office of `settings` from now on: its data, bell, clock and rules."""
    from kimweb import bell, clock, db, failpoints
    from kimweb.deadlines import ladder, revisions
    from kimweb.search import keeping  # noqa: F401  it keeps what can be found from now on
    from kimweb.sop import shelf

    app.secret_key = settings.secret_key
    app.config["OFFICE"] = settings
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db.connect(settings.database_url)
    bell.connect(settings.redis_url)
    failpoints.connect(settings.failpoints)
    clock.use(clock.shifted_by(settings.clock_file) if settings.clock_file else None)
    shelf.editions()
    shelf.written_hours()
    revisions.follow()
    ladder.current()
