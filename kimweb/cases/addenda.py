"""What is added to a closed case: a note, perhaps with a file; nothing that stands is changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb import claims, clock
from kimweb.cases import archive, attachments, history
from kimweb.cases.models import Addendum, Case
from kimweb.people.models import Person

SHORTEST, LONGEST = 10, 4_000
STILL_OPEN = "Kegiatan ini belum ditutup; ubah isinya pada langkahnya."


def of_case(session: Session, case_id: int) -> Sequence[Addendum]:
    """Return what was added to the case, oldest first."""
    query = select(Addendum).where(Addendum.case_id == case_id).order_by(Addendum.id)
    return session.scalars(query).all()


def add(
    session: Session, case: Case, text: str, taken: attachments.Taken | None, by: Person
) -> str | None:
    """Add a note to the closed case, and have its bundle made anew with it.

    Returns a sentence when that is not possible, and then adds nothing.
    """
    filed = archive.of_case(session, case.id)
    if case.closed_at is None or filed is None:
        return STILL_OPEN
    text = text.replace("\r\n", "\n").strip()
    if not SHORTEST <= len(text) <= LONGEST:
        return f"Tulis tambahan ini dengan {SHORTEST} sampai {LONGEST} huruf."
    note = Addendum(
        case_id=case.id,
        text=text,
        sha256=taken.sha256 if taken else None,
        name=taken.name if taken else "",
        media_type=taken.media_type if taken else "",
        added_by=by.id,
        added_at=clock.now(),
    )
    session.add(note)
    session.flush()
    facts = {"addendum": note.id, "note": text, "sha256": note.sha256}
    history.record(
        session,
        "addendum",
        case_id=case.id,
        stage_id=None,
        by=by.id,
        at=note.added_at,
        facts=facts,
    )
    # One that is being made now is finished without the note; the row is due again at once.
    filed.state, filed.attempt, filed.try_at = claims.QUEUED, 0, note.added_at
    filed.owner = filed.lease_until = filed.error = None
    session.flush()
    return None
