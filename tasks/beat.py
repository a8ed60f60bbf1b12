"""Beat: while Redis is away it does the work itself, more slowly, but nothing stops."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Any

from celery import beat
from kombu.connection import Connection

# A Redis that is away is noticed at once: the next turn asks again.
ONE_TRY = {"max_retries": 0, "socket_timeout": 5}

log = logging.getLogger(__name__)


class Scheduler(beat.Scheduler):  # type: ignore[misc]
    """Wakes the workers on time; the tasks that it cannot hand over, it runs in this process."""

    @cached_property
    def connection(self) -> Connection:
        """The line to Redis, which may be away."""
        line: Connection = self.app.connection_for_write(transport_options=ONE_TRY)
        return line

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Wake a worker for `entry`, or do its task here."""
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except beat.SchedulingError as failure:
            log.warning("no worker can be woken, %s runs here: %s", entry.task, failure)
            self._run_here(entry.task)

    def _run_here(self, task: str) -> None:
        # Only now: as long as Redis answers, beat stays small.
        from tasks.workshop import celery

        celery.loader.import_default_modules()
        try:
            celery.tasks[task]()
        except Exception:  # the next entry has nothing to do with it
            log.exception("%s failed", task)

    def _ensure_connected(self) -> Connection:
        # Celery would wait here until Redis comes back, and keep every turn from being taken.
        return self.connection
