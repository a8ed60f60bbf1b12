"""The only place that asks for the time.

The source of time is a seam: tests and the example office hand in their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

Source = Callable[[], datetime]


def _machine() -> datetime:
    return datetime.now(UTC)


_source: Source = _machine


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return _source()


def use(source: Source | None) -> None:
    """Take the time from `source` from now on; None goes back to the machine's clock."""
    global _source
    _source = source or _machine


@contextmanager
def held(source: Source) -> Iterator[None]:
    """Take the time from `source` for a while, for instance to tell what happened last week."""
    before = _source
    use(source)
    try:
        yield
    finally:
        use(before)


def shifted_by(file: Path) -> Source:
    """Return a source that runs ahead of the machine by the seconds written in `file`.

    Several processes share one hand-moved clock this way. A missing file means no shift.
    """

    def source() -> datetime:
        try:
            seconds = float(file.read_text() or 0)
        except FileNotFoundError:
            seconds = 0.0
        return _machine() + timedelta(seconds=seconds)

    return source
