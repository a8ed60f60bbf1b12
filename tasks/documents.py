"""Making the PDFs that hand-overs ordered."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from kimweb import bell, claims, clock, db
from kimweb.documents import files
from kimweb.documents.models import Version
from kimweb.documents.rendering import RenderingError

LEASE = timedelta(minutes=2)
AGAIN_AFTER = timedelta(seconds=30)


@shared_task(name="tasks.documents.drain")
def drain() -> int:
    """Make every PDF that is due; return how many were made."""
    made = 0
    while claimed := _claim():
        made += _make(claimed)
    return made


def _claim() -> claims.Claimed | None:
    with db.writing() as session:
        claims.abandon(session, Version, clock.now())
        return claims.claim(session, Version, clock.now(), LEASE)


def _make(claimed: claims.Claimed) -> bool:
    version = db.session.get_one(Version, claimed.id)
    try:
        made = files.typeset(version)
    except (RenderingError, MemoryError) as failure:
        with db.writing() as session:
            claims.fail(session, claimed, str(failure), clock.now() + AGAIN_AFTER)
        return False
    topic = f"case:{version.document.case_id}"
    with db.writing() as session:
        bell.after_commit(session, topics=[topic])
        return claims.finish(session, claimed, pdf_hash=made)
