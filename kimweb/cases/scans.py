"""The scanned paper of letters signed with a pen (step 9): it goes out in place of our own PDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.cases import pictures
from kimweb.documents.models import Document, Signature, Version
from kimweb.documents.store import Store
from kimweb.documents.versions import WET


def by_pen(session: Session, documents: Sequence[Document]) -> list[tuple[Document, Signature]]:
    """Return the letters among `documents` that were signed with a pen."""
    ids = [document.signed_version_id for document in documents]
    query = select(Signature).where(Signature.version_id.in_(ids), Signature.means == WET)
    found = {signature.version_id: signature for signature in session.scalars(query)}
    return [(d, found[d.signed_version_id]) for d in documents if d.signed_version_id in found]


def keep(store: Store, signature: Signature, stream: IO[bytes]) -> None:
    """Keep the scan of a signed letter, in place of an earlier one; pictures.Refused says why not.

    Only whole PDFs are taken: the recipients get this file.
    """
    data = pictures.read(stream)
    if not pictures.is_pdf(data):
        raise pictures.Refused("Hasil pindai harus berupa PDF. Pindai sebagai PDF, lalu kirim.")
    pictures.check_pdf(data)
    signature.scan_hash = store.put(data)


def of(session: Session, version: Version) -> str | None:
    """Return the SHA-256 of the scan of a signed version; None when there is none."""
    return session.scalar(select(Signature.scan_hash).where(Signature.version_id == version.id))
