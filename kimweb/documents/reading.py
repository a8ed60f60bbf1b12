"""Who has had which version before them, and what is new to a reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from kimweb.documents import differences, kinds, versions
from kimweb.documents.differences import Change
from kimweb.documents.models import Document, Paraf, Seen, Version


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says anew to one reader; `n` is the version that they knew, None for none."""

    n: int | None
    changes: Sequence[Change]


def note(session: Session, person_id: int, version_ids: Sequence[int], now: datetime) -> None:
    """Write down that a person has these versions before them; the first time is what counts."""
    known = select(Seen.version_id).where(Seen.person_id == person_id)
    before = set(session.scalars(known.where(Seen.version_id.in_(version_ids))))
    for version_id in set(version_ids) - before:
        session.add(Seen(person_id=person_id, version_id=version_id, at=now))
    session.flush()


def has_seen(session: Session, person_id: int, version_id: int) -> bool:
    """Tell whether a person has had a version before them."""
    return session.get(Seen, (person_id, version_id)) is not None


def since(
    session: Session, documents: Sequence[Document], person_id: int, at: datetime
) -> dict[int, Reading]:
    """Return by document id what changed since the version that a person knew at `at`.

    They know what they opened, what they put a paraf on, and what they handed on themselves.
    """
    standing = versions.current(session, documents)
    known = _known(session, list(standing), person_id, at)
    found = {}
    for document in documents:
        if after := standing.get(document.id):
            before = known.get(document.id)
            found[document.id] = Reading(before.n if before else None, _new(before, after))
    return found


def _new(before: Version | None, after: Version) -> Sequence[Change]:
    if before is None or before.id == after.id:
        return []
    kind = kinds.kind(after.document.kind)
    return differences.between(kind, before.content, after.content)


def _known(
    session: Session, document_ids: Sequence[int], person_id: int, at: datetime
) -> dict[int, Version]:
    """Return the newest version of each document that the person knew at `at`."""
    opened = exists().where(Seen.version_id == Version.id, Seen.person_id == person_id)
    marked = exists().where(Paraf.version_id == Version.id, Paraf.person_id == person_id)
    knew = or_(
        and_(Version.frozen_by == person_id, Version.frozen_at <= at),
        opened.where(Seen.at < at),
        marked.where(Paraf.at < at),
    )
    newest = (
        select(func.max(Version.id))
        .where(Version.document_id.in_(document_ids), knew)
        .group_by(Version.document_id)
    )
    found = session.scalars(select(Version).where(Version.id.in_(newest)))
    return {version.document_id: version for version in found}
