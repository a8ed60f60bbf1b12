"""The papers of a case as its page lists them: what each says, who approved it, its PDF."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, selectinload

from kimweb import claims
from kimweb.cases.models import Case
from kimweb.documents import corrections, drafts, kinds, office
from kimweb.documents.fields import Field
from kimweb.documents.kinds import Kind
from kimweb.documents.models import Correction, Document, Signature, Version
from kimweb.documents.versions import WET
from kimweb.people.models import DEFINITIVE, Person


@dataclass(frozen=True, slots=True)
class Approval:
    """A paraf, or the signature, on one version: by whom, in which capacity, whether it counts."""

    title: str
    name: str
    n: int
    at: datetime
    signed: bool = False
    voided_at: datetime | None = None
    reason: str = ""
    # Of a signature: the code of its public page.
    code: str = ""
    by_pen: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What a reviewer wants changed in a field, on which version, and who says it was done."""

    id: int
    field: str
    label: str
    text: str
    title: str
    name: str
    n: int
    at: datetime
    person_id: int
    done_at: datetime | None
    done_by: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One document with its versions (oldest first), the one that counts, and its approvals."""

    document: Document
    kind: Kind
    gaps: Sequence[Field]
    versions: Sequence[Version]
    current: Version | None
    approvals: Sequence[Approval]
    notes: Sequence[Note]

    @property
    def open_notes(self) -> Sequence[Note]:
        """The corrections that are still to be made."""
        return [note for note in self.notes if note.done_at is None]

    @property
    def signing(self) -> Approval | None:
        """The signature on the current version, if it has one."""
        return next((a for a in self.approvals if a.signed and a.n == self.versions[-1].n), None)

    @property
    def is_made(self) -> bool:
        """Whether the PDF of the current version is ready to be read."""
        return self.current is not None and self.current.state == claims.DONE

    @property
    def is_being_made(self) -> bool:
        """Whether the PDF of the current version is still to come."""
        return self.current is not None and self.current.state in (claims.QUEUED, claims.RUNNING)


def of_case(session: Session, case: Case) -> list[Paper]:
    """Return the papers of the case in the order in which they were begun."""
    documents = drafts.of_case(session, case.id)
    query = (
        select(Version)
        .where(Version.document_id.in_([document.id for document in documents]))
        .options(defer(Version.content), selectinload(Version.parafs))
        .order_by(Version.n)
    )
    versions = session.scalars(query).all()
    approvals = _approvals(session, versions)
    notes = _notes(session, documents, versions)
    return [_paper(document, versions, approvals, notes) for document in documents]


def of_document(session: Session, document: Document) -> Paper:
    """Return one document as a paper."""
    versions = document.versions
    notes = _notes(session, [document], versions)
    return _paper(document, versions, _approvals(session, versions), notes)


def file_name(document: Document, version: Version | None) -> str:
    """Return the name of a PDF for whoever keeps it: "surat-undangan-konsep-v2.pdf"."""
    number = _slug(document.number) if document.number else "konsep"
    title = _slug(kinds.kind(document.kind).title)
    return f"{title}-{number}-{f'v{version.n}' if version else 'pratinjau'}.pdf"


def _paper(
    document: Document,
    versions: Iterable[Version],
    approvals: dict[int, list[Approval]],
    notes: dict[int, list[Note]],
) -> Paper:
    own = [version for version in versions if version.document_id == document.id]
    kind = kinds.kind(document.kind)
    return Paper(
        document=document,
        kind=kind,
        gaps=kinds.missing(kind, document.fields),
        versions=own,
        current=next((v for v in own if v.id == document.current_version_id), None),
        approvals=[approval for version in own for approval in approvals[version.id]],
        notes=notes.get(document.id, []),
    )


def _notes(
    session: Session, documents: Sequence[Document], versions: Iterable[Version]
) -> dict[int, list[Note]]:
    """Return the corrections by document id, oldest first."""
    found = corrections.of(session, [document.id for document in documents])
    ids = {c.person_id for c in found} | {c.done_by for c in found}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids))) if ids else ()
    names = {row.id: row.name for row in rows}
    numbers = {version.id: version.n for version in versions}
    notes: dict[int, list[Note]] = {}
    for document in documents:
        for one in (c for c in found if c.document_id == document.id):
            notes.setdefault(document.id, []).append(_note(document, one, names, numbers))
    return notes


def _note(
    document: Document, one: Correction, names: dict[int, str], numbers: dict[int, int]
) -> Note:
    field = corrections.field_of(document, one.field)
    return Note(
        id=one.id,
        field=one.field,
        label=field.label if field else one.field,
        text=one.text,
        title=office.current().lane_title(one.lane),
        name=names[one.person_id],
        n=numbers[one.version_id],
        at=one.at,
        person_id=one.person_id,
        done_at=one.done_at,
        done_by=names.get(one.done_by or 0, ""),
    )


def _approvals(session: Session, versions: Sequence[Version]) -> dict[int, list[Approval]]:
    """Return the parafs and then the signature of each version, by version id."""
    ids = [version.id for version in versions]
    signatures = {
        signature.version_id: signature
        for signature in session.scalars(select(Signature).where(Signature.version_id.in_(ids)))
    }
    signers = [signature.person_id for signature in signatures.values()]
    people = [paraf.person_id for version in versions for paraf in version.parafs] + signers
    query = select(Person.id, Person.name).where(Person.id.in_(people))
    names = {row.id: row.name for row in session.execute(query)}
    return {
        version.id: [*_parafs(version, names), *_signed(version, signatures.get(version.id), names)]
        for version in versions
    }


def _parafs(version: Version, names: dict[int, str]) -> Iterable[Approval]:
    for paraf in version.parafs:
        yield Approval(
            title=_title(paraf.lane, paraf.capacity),
            name=names[paraf.person_id],
            n=version.n,
            at=paraf.at,
            voided_at=paraf.voided_at,
            reason=paraf.void_reason or "",
        )


def _signed(
    version: Version, signature: Signature | None, names: dict[int, str]
) -> Iterable[Approval]:
    if signature is None:
        return
    lane = kinds.kind(version.document.kind).signer
    yield Approval(
        title=_title(lane, signature.capacity),
        name=names[signature.person_id],
        n=version.n,
        at=signature.at,
        signed=True,
        code=signature.code,
        by_pen=signature.means == WET,
    )


def _title(lane: str, capacity: str) -> str:
    title = office.current().lane_title(lane)
    return title if capacity == DEFINITIVE else f"{capacity} {title}"


def _slug(text: str) -> str:
    letters = (letter if letter.isascii() and letter.isalnum() else " " for letter in text.lower())
    return "-".join("".join(letters).split())
