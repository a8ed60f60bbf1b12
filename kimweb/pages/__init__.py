"""Door for people: one module per folder of templates, each with a blueprint `bp`.

A module put into this folder is found by itself. Every page needs a login unless guard.OPEN
names it.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from flask import Flask
from htmx_flask import Htmx

from kimweb.documents import office, regions
from kimweb.people import access
from kimweb.people.models import DEFINITIVE, Person
from kimweb.sop import shelf


def register(app: Flask) -> None:
    """Give `app` its pages, and what every page needs."""
    from kimweb.pages import assets, errors, filters, guard, htmx, journal, outlooks
    from kimweb.pages.navigation import navigation

    Htmx(app)
    guard.register(app)
    errors.register(app)
    filters.register(app)
    assets.register(app)
    journal.register(app)
    app.jinja_env.globals.update(
        navigation=navigation,
        htmx_config=htmx.CONFIG,
        office=office.current,
        region=regions.region,
        lanes_in_words=lanes_in_words,
        outlook_in_words=outlooks.in_words,
        in_capacity=in_capacity,
        sop_length=lambda edition: len(shelf.sop(edition).steps),
    )
    for module in pkgutil.iter_modules(__path__):
        if bp := getattr(import_module(f"{__name__}.{module.name}"), "bp", None):
            app.register_blueprint(bp)


def lanes_in_words(person: Person) -> str:
    """Return what a person is today: "Plh. Kepala Dinas, Kepala Bidang"; who is away: why."""
    today = shelf.today()
    held = access.posts_of(person, today)
    words = ", ".join(in_capacity(person, lane) for lane in office.current().lanes if lane in held)
    away = access.absence_of(person, today)
    return f"{words} ({away.kind.lower()})" if away and words else words


def in_capacity(person: Person, lane: str) -> str:
    """Return as what `person` acts in `lane` today: "Plh. Kepala Dinas"."""
    capacity = access.capacity_in(person, lane, shelf.today())
    title = office.current().lane_title(lane)
    return title if capacity == DEFINITIVE else f"{capacity} {title}"
