"""The after-commit bell: rows are the truth, Redis only says that there are new ones.

`after_commit` collects what to ring while a transaction is open; when it commits, workers are
woken by task name and open desks are nudged by topic. When Redis is away nothing is lost: beat
and quiet polling find the rows a little later. The web process therefore waits for Redis only
briefly, and after a failure leaves it alone for a while.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator

import redis
from celery import Celery
from sqlalchemy import event
from sqlalchemy.orm import Session

from kimweb import db, failpoints, queues

CHANNEL = "kimweb:desks"
PATIENCE_SECONDS = 0.5
BREAK_SECONDS = 10.0
SILENCE_SECONDS = 10.0

log = logging.getLogger(__name__)


class Bell:
    """Rings through Redis, with a breaker: one failure silences it for BREAK_SECONDS."""

    def __init__(self, redis_url: str) -> None:
        patience = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
        self._redis = redis.Redis.from_url(redis_url, **patience)
        self._sender = Celery("bell", broker=queues.celery_url(redis_url), set_as_current=False)
        self._sender.conf.update(
            broker_transport_options={**patience, "max_retries": 0},
            broker_connection_timeout=PATIENCE_SECONDS,
            task_ignore_result=True,
            task_routes=queues.ROUTES,
        )
        self._silent_until = 0.0

    def ring(self, tasks: Iterable[str], topics: Iterable[str]) -> None:
        """Wake the workers for `tasks` and nudge the desks that listen to `topics`."""
        failpoints.at("before_bell")
        if time.monotonic() < self._silent_until:
            return
        try:
            if told := sorted(set(topics)):
                self._redis.publish(CHANNEL, json.dumps(told))
            for task in sorted(set(tasks)):
                self._sender.send_task(task, retry=False, ignore_result=True)
        except Exception as failure:  # whatever Redis does, the office's work goes on
            self._silent_until = time.monotonic() + BREAK_SECONDS
            log.warning("bell is silent for %s s: %s", BREAK_SECONDS, failure)

    def answers(self) -> bool:
        """Tell whether Redis answers now."""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False

    def listen(self) -> Iterator[list[str]]:
        """Yield the topics of each ring as it comes, first [] once the bell can be heard.

        Raises redis.RedisError when Redis goes away or stays silent when asked.
        """
        is_asked = False
        with self._redis.pubsub() as ear:  # type: ignore[no-untyped-call]
            ear.subscribe(CHANNEL)
            while True:
                message = ear.get_message(timeout=SILENCE_SECONDS)
                if message is None and is_asked:
                    raise redis.TimeoutError("no sign of life from Redis")
                is_asked = message is None
                if message is None:
                    ear.ping()
                elif message["type"] == "subscribe":
                    yield []
                elif message["type"] == "message":
                    yield json.loads(message["data"])


_bell: Bell | None = None


def connect(redis_url: str | None) -> None:
    """Ring through `redis_url` from now on; None silences the bell."""
    global _bell
    _bell = Bell(redis_url) if redis_url else None


def current() -> Bell | None:
    """Return the bell, or None when none is connected."""
    return _bell


def after_commit(
    session: Session, *, tasks: Iterable[str] = (), topics: Iterable[str] = ()
) -> None:
    """Ring for `tasks` and `topics` once the present transaction is committed."""
    session.info.setdefault("bell_tasks", set()).update(tasks)
    session.info.setdefault("bell_topics", set()).update(topics)


@event.listens_for(db.session.session_factory, "after_commit")
def _ring(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint was released; nobody else sees anything yet
    tasks = session.info.pop("bell_tasks", ())
    topics = session.info.pop("bell_topics", ())
    if _bell and (tasks or topics):
        _bell.ring(tasks, topics)


@event.listens_for(db.session.session_factory, "after_rollback")
def _forget(session: Session) -> None:
    if session.in_nested_transaction():
        return  # what else the transaction did still stands
    session.info.pop("bell_tasks", None)
    session.info.pop("bell_topics", None)
