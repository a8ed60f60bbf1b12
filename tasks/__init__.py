"""Door for time: the Celery app, its settings, and the beat table.

Messages carry no truth. A task looks for rows that are due, whoever woke it; beat is the net
under the bell. Every entry runs on a UTC interval and expires before its next turn, so a worker
that was away finds no heap of stale ticks.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from celery import Celery, Task
from celery.signals import setup_logging, worker_before_create_process, worker_init

from config.settings import Settings
from kimweb import logs, queues

if TYPE_CHECKING:
    from flask import Flask

BEAT = {
    "documents": {"task": "tasks.documents.drain", "schedule": 10.0, "options": {"expires": 9}},
    "dispatch": {"task": "tasks.dispatch.drain", "schedule": 10.0, "options": {"expires": 9}},
    "bounces": {
        "task": "tasks.dispatch.read_bounces",
        "schedule": 60.0,
        "options": {"expires": 59},
    },
    "archive": {"task": "tasks.archive.drain", "schedule": 30.0, "options": {"expires": 29}},
    "deadlines": {"task": "tasks.deadlines.sweep", "schedule": 15.0, "options": {"expires": 14}},
    "vacancies": {
        "task": "tasks.deadlines.vacancies",
        "schedule": 60.0,
        "options": {"expires": 59},
    },
    "measure": {
        "task": "tasks.deadlines.measure",
        "schedule": 300.0,
        "options": {"expires": 299},
    },
    "audit": {"task": "tasks.deadlines.audit", "schedule": 60.0, "options": {"expires": 59}},
    "checkpoints": {
        "task": "tasks.evidence.checkpoint",
        "schedule": 60.0,
        "options": {"expires": 59},
    },
    "files": {
        "task": "tasks.evidence.look_at_files",
        "schedule": 1800.0,
        "options": {"expires": 1799},
    },
    "calendar": {
        "task": "tasks.deadlines.mind_calendar",
        "schedule": 600.0,
        "options": {"expires": 599},
    },
    "certificates": {
        "task": "tasks.deadlines.mind_certificates",
        "schedule": 3600.0,
        "options": {"expires": 3599},
    },
    "tidy": {"task": "tasks.documents.tidy", "schedule": 3600.0, "options": {"expires": 3599}},
    "attempts": {"task": "tasks.people.tidy", "schedule": 3600.0, "options": {"expires": 3599}},
    "heartbeat": {"task": "tasks.health.beat", "schedule": 20.0, "options": {"expires": 19}},
}

HARD_LIMIT_SECONDS = 900
# A message comes back only after its task must be dead: four times the hard limit.
VISIBILITY_SECONDS = 4 * HARD_LIMIT_SECONDS


ROOMS = [
    "tasks.documents",
    "tasks.dispatch",
    "tasks.archive",
    "tasks.deadlines",
    "tasks.evidence",
    "tasks.people",
    "tasks.health",
]

SETTINGS = {
    "include": ROOMS,
    "beat_schedule": BEAT,
    "task_routes": queues.ROUTES,
    "beat_scheduler": "tasks.beat:Scheduler",
    # A task is acknowledged when it is done, not when it begins; one lost with its worker
    # comes back. The claim in the database keeps its effect from happening twice.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "worker_max_tasks_per_child": 500,
    "worker_max_memory_per_child": 300_000,
    "task_soft_time_limit": HARD_LIMIT_SECONDS - 30,
    "task_time_limit": HARD_LIMIT_SECONDS,
    "task_ignore_result": True,
    "accept_content": ["json"],
    "enable_utc": True,
    "timezone": "UTC",
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {
        "visibility_timeout": VISIBILITY_SECONDS,
        "socket_timeout": 30,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    },
    "task_publish_retry_policy": {"max_retries": 1},
    "worker_hijack_root_logger": False,
}


@worker_init.connect
def be_patient(**_: object) -> None:
    """Wait longer than a page for whoever writes: what a task has done must be written down."""
    from kimweb import db  # beat, which loads this module too, needs no database

    db.wait_up_to(db.TASK_PATIENCE_MS)


@setup_logging.connect
def keep_logs(**_: object) -> None:
    """Leave the logs as kimweb/logs.py has made them: Celery would make its own."""


@worker_before_create_process.connect
def share_memory(**_: object) -> None:
    """Keep the garbage collector off what was loaded before the fork: children then share it."""
    gc.freeze()


def create_celery(app: Flask, settings: Settings) -> Celery:
    """Make the Celery app; every task runs inside the Flask app's context and a fresh session."""
    from kimweb import db

    class OfficeTask(Task):  # type: ignore[misc]
        def __call__(self, *args: object, **kwargs: object) -> object:
            logs.begin(task=self.name)
            with app.app_context():
                try:
                    return self.run(*args, **kwargs)
                finally:
                    db.session.remove()
                    logs.end()

    celery = Celery("kimweb", task_cls=OfficeTask, broker=queues.celery_url(settings.redis_url))
    celery.conf.update(SETTINGS)
    celery.set_default()
    return celery
