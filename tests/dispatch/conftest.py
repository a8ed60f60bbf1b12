"""Fixtures: a mail server that fails as told, and the office writing to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from tests.dispatch.sink import Sink


@pytest.fixture
def sink(app: Flask) -> Iterator[Sink]:
    """A mail server of our own; the office hands its mail to it."""
    with Sink() as server:
        app.config["OFFICE"] = replace(app.config["OFFICE"], smtp_url=server.url)
        yield server
