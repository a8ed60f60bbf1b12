"""The papers of a case as its page lists them: what each says, who approved it, its PDF."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, selectinload

from kimweb import claims
from kimweb.cases.models import Case
from kimweb.documents import drafts, kinds, office
from kimweb.documents.fields import Field
from kimweb.documents.kinds import Kind
from kimweb.documents.models import Document, Signature, Version
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


@dataclass(frozen=True, slots=True)
class Paper:
    """One document with its versions (oldest first), the one that counts, and its approvals."""

    document: Document
    kind: Kind
    gaps: Sequence[Field]
    versions: Sequence[Version]
    current: Version | None
    approvals: Sequence[Approval]

    @property
    def texts(self) -> dict[str, str]:
        """The draft as its form shows it, by field name."""
        return kinds.text(self.kind, self.document.fields)

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
    return [_paper(document, versions, approvals) for document in documents]


def of_document(session: Session, document: Document) -> Paper:
    """Return one document as a paper."""
    return _paper(document, document.versions, _approvals(session, document.versions))


def file_name(document: Document, version: Version | None) -> str:
    """Return the name of a PDF for whoever keeps it: "surat-undangan-konsep-v2.pdf"."""
    number = _slug(document.number) if document.number else "konsep"
    return f"{_slug(document.kind)}-{number}-{f'v{version.n}' if version else 'pratinjau'}.pdf"


def _paper(
    document: Document, versions: Iterable[Version], approvals: dict[int, list[Approval]]
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
    )


def _title(lane: str, capacity: str) -> str:
    title = office.current().lane_title(lane)
    return title if capacity == DEFINITIVE else f"{capacity} {title}"


def _slug(text: str) -> str:
    letters = (letter if letter.isascii() and letter.isalnum() else " " for letter in text.lower())
    return "-".join("".join(letters).split())
