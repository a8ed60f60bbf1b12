"""Making the bundles of closed cases."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from kimweb import bell, claims, clock, db
from kimweb.cases import archive, bundle
from kimweb.cases.models import Archive
from kimweb.documents import files
from kimweb.documents.store import StoreError
from kimweb.evidence import checkpoints
from tasks import work

LEASE = timedelta(minutes=10)
AGAIN_AFTER = timedelta(minutes=1)


@shared_task(name="tasks.archive.drain")
def drain() -> int:
    """Make every bundle that is due; return how many were made."""
    with db.writing() as session:
        archive.release(session)
        # A bundle carries the checkpoint that confirms the end of its case.
        checkpoints.make_if_due(session, clock.now())
    return work.drain(Archive, LEASE, _make)


def _make(claimed: claims.Claimed) -> bool:
    filed = db.session.get_one(Archive, claimed.id)
    topic = f"case:{filed.case_id}"
    try:
        made = bundle.make(db.session(), files.store(), filed)
    except (bundle.NotReady, StoreError, MemoryError) as failure:
        return work.put_back(claimed, failure, AGAIN_AFTER)
    sha = files.store().put(made)
    with db.writing() as session:
        bell.after_commit(session, topics=[topic])
        return claims.finish(session, claimed, bundle_hash=sha, bundle_bytes=len(made))
