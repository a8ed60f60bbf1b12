"""Which work waits in which queue, and how Celery spells the address of Redis."""

from __future__ import annotations

# A mail server may take ten minutes to answer: mail has workers of its own, so that neither
# letters to typeset nor deadlines ever stand in line behind it.
MAIL = "mail"
ROUTES = {"tasks.dispatch.*": {"queue": MAIL}}


def celery_url(redis_url: str) -> str:
    """Return `redis_url` as Celery spells it: a Unix socket is redis+socket://."""
    return redis_url.replace("unix://", "redis+socket://", 1)
