"""Making the PDFs that hand-overs ordered."""

from __future__ import annotations

from datetime import timedelta

from celery import current_app, shared_task
from celery.signals import worker_process_init

from kimweb import bell, claims, db
from kimweb.documents import files, rendering
from kimweb.documents.models import Version
from kimweb.documents.rendering import RenderingError
from tasks import work

LEASE = timedelta(minutes=2)
AGAIN_AFTER = timedelta(seconds=30)


@worker_process_init.connect
def warm(**_: object) -> None:
    """Load fonts and templates when a worker begins, so that its first letter is quick."""
    if current_app.conf.task_default_queue in current_app.amqp.queues.consume_from:
        rendering.warm()


# A page takes milliseconds. A typesetter that hangs is killed before a deadline has to wait for it.
@shared_task(name="tasks.documents.drain", soft_time_limit=60, time_limit=90)
def drain() -> int:
    """Make every PDF that is due; return how many were made."""
    return work.drain(Version, LEASE, _make)


@shared_task(name="tasks.documents.tidy")
def tidy() -> int:
    """Remove what writers that were killed have left in the store; return how many files."""
    return files.store().tidy()


def _make(claimed: claims.Claimed) -> bool:
    version = db.session.get_one(Version, claimed.id)
    topic = f"case:{version.document.case_id}"
    try:
        made = files.typeset(version)
    except (RenderingError, MemoryError) as failure:
        return work.put_back(claimed, failure, AGAIN_AFTER)
    with db.writing() as session:
        bell.after_commit(session, topics=[topic])
        return claims.finish(session, claimed, **made)
