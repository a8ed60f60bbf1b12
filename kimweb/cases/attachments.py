"""Photos and files of a case: taken in, described, found again. Content is kept by its hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.cases import pictures
from kimweb.cases.models import Attachment, Case
from kimweb.documents.store import Store
from kimweb.groups.entry import one_line
from kimweb.people.models import Person

# RECEIPT: the photo of the paper that a recipient signed for the courier (SOP step 10).
PHOTO, MATERIAL, RECEIPT = "photo", "material", "receipt"
PURPOSES = (PHOTO, MATERIAL, RECEIPT)
MOST_FILES = 200
CAPTION_LENGTH = 300
_NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was checked and is kept; the fields are those of its Attachment."""

    purpose: str
    name: str
    media_type: str
    sha256: str
    bytes: int
    thumbnail: str | None = None
    caption: str = ""


def of_case(session: Session, case_id: int, purpose: str | None = None) -> Sequence[Attachment]:
    """Return the case's files in the order in which they came, all or those for one purpose."""
    query = select(Attachment).where(Attachment.case_id == case_id).order_by(Attachment.id)
    if purpose is not None:
        query = query.where(Attachment.purpose == purpose)
    return session.scalars(query).all()


def get(session: Session, case_id: int, attachment_id: int) -> Attachment | None:
    """Return one file of the case, None when the case has no such file."""
    found = session.get(Attachment, attachment_id)
    return found if found is not None and found.case_id == case_id else None


def take_in(
    store: Store, stream: IO[bytes], name: str, purpose: str, *, keep_place: bool = False
) -> Taken:
    """Read, check and keep one file from outside; this takes a while and needs no transaction.

    Photos are drawn anew as JPEG, with a thumbnail; a PDF is accepted as report material.
    What else a photo carries is gone; where it was taken stays only with `keep_place`, as words
    of its caption. Raises pictures.Refused with the sentence for whoever sent it.
    """
    if purpose not in PURPOSES:
        raise pictures.Refused("Jenis lampiran ini tidak dikenal. Muat ulang halaman ini.")
    data = pictures.read(stream)
    if pictures.is_pdf(data) and purpose == MATERIAL:
        pictures.check_pdf(data)
        return Taken(purpose, _file_name(name, ".pdf"), pictures.PDF, store.put(data), len(data))
    drawn, thumbnail = pictures.photo(data)
    name = _file_name(name, ".jpg")
    sha, small = store.put(drawn), store.put(thumbnail)
    caption = pictures.place_of(data) if keep_place else ""
    return Taken(purpose, name, pictures.JPEG, sha, len(drawn), small, caption)


def add(session: Session, case: Case, taken: Taken, by: Person) -> Attachment:
    """Put a file that was taken in on the case; the same file again is the one that is there.

    Raises pictures.Refused when the case has all the files it can have.
    """
    # The case's row is the lock: two phones may send the same photo at the same moment.
    session.get_one(Case, case.id, with_for_update=True)
    present = of_case(session, case.id)
    same = (one for one in present if (one.sha256, one.purpose) == (taken.sha256, taken.purpose))
    if known := next(same, None):
        return known
    if sum(one.purpose == taken.purpose for one in present) >= MOST_FILES:
        raise pictures.Refused(f"Lampiran satu kegiatan paling banyak {MOST_FILES} berkas.")
    attachment = Attachment(case_id=case.id, added_by=by.id, added_at=clock.now(), **asdict(taken))
    session.add(attachment)
    session.flush()
    return attachment


def describe(attachment: Attachment, caption: str) -> str | None:
    """Set the caption; return a sentence when it is too long, and then change nothing."""
    text = one_line(caption)
    if len(text) > CAPTION_LENGTH:
        return f"Keterangan paling banyak {CAPTION_LENGTH} huruf."
    attachment.caption = text
    return None


def remove(session: Session, attachment: Attachment) -> None:
    """Take a file out of the case; its content stays in the store, where others may use it."""
    session.delete(attachment)
    session.flush()


def _file_name(name: str, suffix: str) -> str:
    stem = PurePosixPath(one_line(name).replace("\\", "/")).stem.strip(". ")
    return (stem[:_NAME_LENGTH] or "berkas") + suffix
