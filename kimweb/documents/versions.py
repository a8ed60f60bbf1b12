"""Freezing, parafs and the signature: everything that binds people to one exact content."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from kimweb import claims, db
from kimweb.documents import contents, numbering
from kimweb.documents.models import Certificate, Correction, Document, Paraf, Signature, Version
from kimweb.people.models import Person

WET = "wet"
CHANGED = "Naskah berubah setelah paraf ini dibubuhkan."
REPLACED = "Digantikan tanda orang yang sama pada langkah sesudahnya."

_OF_PAPERS = (
    Document.case_id == bindparam("case_id"),
    Document.papers == bindparam("papers"),
    Document.withdrawn_at.is_(None),
)
_OPEN_CORRECTIONS = (
    select(func.count())
    .where(Correction.document_id == Document.id, Correction.done_at.is_(None))
    .scalar_subquery()
)
_REVIEWED = (
    select(
        Document.id,
        Document.subject,
        Document.number,
        Document.current_version_id,
        Version.state,
        Paraf.step,
        Paraf.person_id,
        _OPEN_CORRECTIONS.label("corrections"),
    )
    .outerjoin(Version, Version.id == Document.current_version_id)
    .outerjoin(Paraf, (Paraf.version_id == Version.id) & Paraf.voided_at.is_(None))
    .where(*_OF_PAPERS)
    .order_by(Document.id, Paraf.id)
)
_PARAF = insert(Paraf).from_select(
    ["version_id", "version_hash", "step", "lane", "capacity", "person_id", "at"],
    select(
        Version.id,
        Version.content_hash,
        bindparam("step", type_=Paraf.step.type),
        bindparam("lane", type_=Paraf.lane.type),
        bindparam("capacity", type_=Paraf.capacity.type),
        bindparam("person_id", type_=Paraf.person_id.type),
        bindparam("at", type_=Paraf.at.type),
    )
    .join(Document, Document.current_version_id == Version.id)
    .where(*_OF_PAPERS)
    .order_by(Version.id),
)
_VOID = (
    update(Paraf)
    .where(
        Paraf.version_id.in_(bindparam("versions", expanding=True)),
        Paraf.voided_at.is_(None),
        Paraf.step >= bindparam("from_step"),
    )
    .values(voided_at=bindparam("now"), void_reason=bindparam("reason"))
)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A paper in review: its current version, how far its PDF is, and the parafs that count.

    `parafs` are pairs of the step at which and the person by whom one was put; `corrections` is
    how many notes wait to be ticked off.
    """

    subject: str
    number: str | None
    version_id: int | None
    state: str | None
    parafs: Sequence[tuple[int, int]]
    corrections: int

    def is_marked_by(self, person_id: int | None) -> bool:
        """Tell whether a paraf of this person counts on it."""
        return any(by == person_id for _, by in self.parafs)


def reviewed(session: Session, case_id: int, papers: str) -> list[Reviewed]:
    """Return the papers of a case as their review needs them, in the order they were begun."""
    session.flush()
    rows = db.run(session, _REVIEWED, case_id=case_id, papers=papers)
    return [_reviewed([*of_one]) for _, of_one in groupby(rows, lambda row: row.id)]


def current(session: Session, documents: Sequence[Document]) -> dict[int, Version]:
    """Return the version that counts of each document, by document id."""
    ids = [d.current_version_id for d in documents if d.current_version_id]
    if not ids:
        return {}
    found = session.scalars(select(Version).where(Version.id.in_(ids)))
    return {version.document_id: version for version in found}


def freeze(
    session: Session, documents: Sequence[Document], *, stage_id: int, by: int, now: datetime
) -> list[Version]:
    """Freeze the drafts at a hand-over; a draft that did not change keeps its version.

    A new version voids the parafs on the one before it: nobody has seen the new content yet.
    """
    standing = current(session, documents)
    frozen = []
    for document in documents:
        content = contents.draft(session, document)
        before = standing.get(document.id)
        if before is None or before.content_hash != digest(content):
            frozen.append(_add(session, document, content, before, stage_id, by, now))
            if before is not None:
                void(session, [before.id], step=0, reason=CHANGED, now=now)
    return frozen


def paraf(
    session: Session,
    case_id: int,
    papers: str,
    *,
    step: int,
    lane: str,
    capacity: str,
    person_id: int,
    now: datetime,
) -> None:
    """Put a person's paraf on the current version of each of the papers, bound to its hash."""
    session.flush()
    db.run(
        session,
        _PARAF,
        case_id=case_id,
        papers=papers,
        step=step,
        lane=lane,
        capacity=capacity,
        person_id=person_id,
        at=now,
    )


def live_parafs(session: Session, documents: Sequence[Document]) -> Sequence[Paraf]:
    """Return the parafs that still count on the current versions of `documents`."""
    ids = [d.current_version_id for d in documents if d.current_version_id]
    query = select(Paraf).where(Paraf.version_id.in_(ids), Paraf.voided_at.is_(None))
    return session.scalars(query.order_by(Paraf.id)).all() if ids else []


def void(
    session: Session, version_ids: Sequence[int], *, step: int, reason: str, now: datetime
) -> None:
    """Void the live parafs on `version_ids` that were given at `step` or later."""
    if version_ids:
        db.run(session, _VOID, versions=version_ids, from_step=step, reason=reason, now=now)


def replace(
    session: Session, version_ids: Sequence[int | None], *, person_id: int, now: datetime
) -> None:
    """Void the parafs of a person on `version_ids`: their next mark takes the place of these."""
    if version_ids:
        session.execute(
            update(Paraf)
            .where(
                Paraf.version_id.in_(version_ids),
                Paraf.voided_at.is_(None),
                Paraf.person_id == person_id,
            )
            .values(voided_at=now, void_reason=REPLACED)
        )


def finish(
    session: Session, documents: Sequence[Document], *, stage_id: int, by: int, now: datetime
) -> None:
    """Make the final version of papers that nobody signs on screen, their parafs named in it."""
    for document in documents:
        seen = current(session, [document])[document.id]
        content = contents.finished(session, document, live_parafs(session, [document]))
        _add(session, document, content, seen, stage_id, by, now)


def sign(
    session: Session,
    document: Document,
    *,
    stage_id: int,
    lane: str,
    capacity: str,
    person: Person,
    on: date,
    now: datetime,
    certificate: Certificate | None,
    base_url: str,
) -> Signature:
    """Record the signing of a document: number, date, and a final version that goes out.

    Without a certificate the means is `wet`: the PDF leaves room for ink and says that it is not
    electronically signed. With one, `signatures` makes and signs the file before the commit.
    """
    seen = current(session, [document])[document.id]
    numbering.take(session, document, on=on, by=person.id, now=now)
    parafs = live_parafs(session, [document])
    code = secrets.token_hex(16)
    electronic = contents.certified(f"{base_url}/verify/{code}", certificate)
    content = contents.signed(session, document, person, lane, capacity, parafs, electronic)
    final = _add(session, document, content, seen, stage_id, person.id, now)
    document.signed_version_id = final.id
    signature = Signature(
        version_id=final.id,
        version_hash=final.content_hash,
        person_id=person.id,
        capacity=capacity,
        means=certificate.means if certificate else WET,
        at=now,
        code=code,
        certificate_id=certificate.id if certificate else None,
    )
    session.add(signature)
    return signature


def digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a content as canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _add(
    session: Session,
    document: Document,
    content: dict[str, Any],
    before: Version | None,
    stage_id: int,
    by: int,
    now: datetime,
) -> Version:
    version = Version(
        document_id=document.id,
        n=before.n + 1 if before else 1,
        stage_id=stage_id,
        content=content,
        content_hash=digest(content),
        frozen_by=by,
        frozen_at=now,
        state=claims.QUEUED,
        try_at=now,
    )
    session.add(version)
    session.flush()
    document.current_version_id = version.id
    return version


def _reviewed(rows: Sequence[Row[Any]]) -> Reviewed:
    first = rows[0]
    parafs = [(row.step, row.person_id) for row in rows if row.step is not None]
    version_id = first.current_version_id
    return Reviewed(first.subject, first.number, version_id, first.state, parafs, first.corrections)
