"""Making the bundles of closed cases."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from kimweb import bell, claims, clock, db
from kimweb.cases import archive, bundle
from kimweb.cases.models import Archive
from kimweb.documents import files
from kimweb.documents.store import StoreError

LEASE = timedelta(minutes=10)
AGAIN_AFTER = timedelta(minutes=1)


@shared_task(name="tasks.archive.drain")
def drain() -> int:
    """Make every bundle that is due; return how many were made."""
    made = 0
    while claimed := _claim():
        made += _make(claimed)
    return made


def _claim() -> claims.Claimed | None:
    with db.writing() as session:
        archive.release(session)
        claims.abandon(session, Archive, clock.now())
        return claims.claim(session, Archive, clock.now(), LEASE)


def _make(claimed: claims.Claimed) -> bool:
    filed = db.session.get_one(Archive, claimed.id)
    topic = f"case:{filed.case_id}"
    try:
        made = bundle.make(db.session(), files.store(), filed)
    except (bundle.NotReady, StoreError, MemoryError) as failure:
        with db.writing() as session:
            claims.fail(session, claimed, str(failure), clock.now() + AGAIN_AFTER)
        return False
    sha = files.store().put(made)
    with db.writing() as session:
        bell.after_commit(session, topics=[topic])
        return claims.finish(session, claimed, bundle_hash=sha, bundle_bytes=len(made))
