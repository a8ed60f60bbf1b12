"""Whether a PDF that somebody holds is a letter of ours, whole, and still in force.

Our rule is stricter than a reader's green tick, which a replaced page can keep: exactly one
signature, it covers the whole file, forbids changes and nothing was changed, its certificate is
the one that signed, and the register knows this very file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.documents import signatures, signing, versions
from kimweb.documents.models import VOID, Certificate, Document, Number, Signature, Version

if TYPE_CHECKING:
    from kimweb.documents.signing.examination import Sealed


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a letter or a file: `tone` is calm (good), soon (mind this) or late (bad)."""

    tone: str
    title: str
    text: str


VALID = Verdict("calm", "Berlaku", "Naskah ini tercatat di register kantor dan masih berlaku.")
REPLACED = Verdict("late", "Sudah diganti", "Naskah ini sudah diganti dengan naskah yang baru.")
REGISTER_DAMAGED = Verdict(
    "late",
    "Catatan tidak cocok",
    "Catatan register tidak cocok dengan naskah yang ditandatangani. Hubungi kantor ini.",
)
GENUINE = Verdict(
    "calm",
    "Asli, utuh, dan berlaku",
    "Berkas ini sama persis dengan yang dikeluarkan kantor ini.",
)
SCAN = Verdict(
    "calm",
    "Sama dengan berkas kantor ini",
    "Naskah ini ditandatangani dengan pena, tanpa tanda tangan elektronik. Berkasnya sama persis "
    "dengan yang disimpan kantor ini; tanda tangan dan cap diperiksa pada naskah kertasnya.",
)
UNREADABLE = Verdict(
    "late",
    "Bukan PDF yang utuh",
    "Berkas ini kosong, terpotong, rusak, atau bukan PDF. Mintalah berkas aslinya kepada pengirim.",
)
UNSIGNED = Verdict(
    "late",
    "Tanpa tanda tangan elektronik",
    "Berkas ini tidak memuat tanda tangan elektronik: bukan naskah elektronik kantor ini, atau "
    "tanda tangannya sudah dibuang.",
)
SEVERAL = Verdict(
    "late",
    "Jumlah tanda tangan tidak sesuai",
    "Naskah kantor ini memuat tepat satu tanda tangan elektronik; berkas ini memuat lebih.",
)
CHANGED = Verdict(
    "late", "Isinya sudah diubah", "Isi berkas ini berubah sesudah ditandatangani. Jangan dipakai."
)
ADDED = Verdict(
    "late",
    "Ada yang ditambahkan",
    "Berkas ini ditambah atau diganti sebagian sesudah ditandatangani, meskipun tanda tangannya "
    "masih terbaca. Jangan dipakai.",
)
EXPIRED = Verdict(
    "late",
    "Sertifikat tidak berlaku",
    "Sertifikat penanda tangan tidak berlaku pada saat naskah ini ditandatangani.",
)
STRANGER = Verdict(
    "late",
    "Penerbit sertifikat tidak dikenal",
    "Nama pada tanda tangan dapat ditiru; sertifikatnya bukan dari penerbit yang dipercaya "
    "kantor ini.",
)
OTHER_SIGNER = Verdict(
    "late",
    "Bukan penanda tangan naskah ini",
    "Sertifikat pada berkas ini bukan sertifikat yang dipakai menandatangani naskah ini.",
)
NOT_LOCKED = Verdict(
    "late",
    "Tidak dikunci",
    "Tanda tangan pada berkas ini tidak mengunci isinya, sedangkan naskah kantor ini selalu "
    "dikunci.",
)
UNKNOWN = Verdict(
    "late",
    "Tidak tercatat",
    "Tanda tangannya dapat dibaca dan utuh, tetapi berkas ini tidak tercatat di register kantor "
    "ini.",
)
OTHER_LETTER = Verdict(
    "soon",
    "Naskah lain dari kantor ini",
    "Berkas ini memang dari kantor ini, tetapi bukan naskah yang kodenya Anda buka.",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One signed letter as the register knows it."""

    signature: Signature
    version: Version
    document: Document
    number: Number | None
    certificate: Certificate | None

    @property
    def signer(self) -> str:
        """Who signed and as what: "Plh. Kepala Dinas, Siti Nurhaliza"."""
        signed = self.version.content["signer"]
        return f"{signed['name']}, {signed['prefix'] or ''} {signed['title']}".replace("  ", " ")

    @property
    def is_by_pen(self) -> bool:
        """Whether the paper bears the signature and the PDF none."""
        return self.signature.means == versions.WET


def find(session: Session, code: str) -> Entry | None:
    """Return the letter whose QR carries `code`."""
    signature = session.scalar(select(Signature).where(Signature.code == code))
    return _entry(session, signature) if signature else None


def find_file(session: Session, sha: str) -> Entry | None:
    """Return the letter whose PDF, or scan, has this SHA-256."""
    query = select(Signature).join(Version, Version.id == Signature.version_id)
    signature = session.scalars(
        query.where(or_(Version.pdf_hash == sha, Signature.scan_hash == sha))
    ).first()
    return _entry(session, signature) if signature else None


def standing(entry: Entry) -> Verdict:
    """Return whether the letter is in force, and if not, why."""
    if not _register_agrees(entry):
        return REGISTER_DAMAGED
    if entry.number is not None and entry.number.state == VOID:
        reason = f" Alasan: {entry.number.void_reason}" if entry.number.void_reason else ""
        return Verdict("late", "Sudah dicabut", f"Naskah ini sudah dicabut kantor ini.{reason}")
    if entry.document.signed_version_id != entry.version.id:
        return REPLACED
    return VALID


def judge(session: Session, data: bytes, claimed: Entry | None) -> tuple[Verdict, Entry | None]:
    """Say what the file `data` is worth, and which letter it is.

    `claimed` is the letter on whose page the file was handed in; None on the general page.
    """
    known = find_file(session, hashlib.sha256(data).hexdigest())
    if known and claimed and known.signature.id != claimed.signature.id:
        return OTHER_LETTER, known
    if known and known.is_by_pen:
        return _in_force(known, SCAN), known
    entry = known or claimed
    if broken := next(_broken(_seals(data, entry, is_ours=known is not None), entry), None):
        return broken, entry
    return (_in_force(known, GENUINE), known) if known else (UNKNOWN, claimed)


def _seals(data: bytes, entry: Entry | None, *, is_ours: bool) -> Sequence[Sealed] | None:
    # Only who checks a file loads pyHanko. A file that we made ourselves needs no cage.
    from kimweb.documents.signing import examination

    moment = entry.signature.at if entry else clock.now()
    look = examination.examine_own if is_ours else examination.examine
    return look(data, signatures.roots(), moment)


def _broken(seals: Sequence[Sealed] | None, entry: Entry | None) -> Iterator[Verdict]:
    """Yield what is wrong with the signatures, the plainest first."""
    if seals is None:
        yield UNREADABLE
    elif not seals:
        yield UNSIGNED
    elif len(seals) > 1:
        yield SEVERAL
    else:
        yield from _wrong(seals[0], entry)


def _wrong(seal: Sealed, entry: Entry | None) -> Iterator[Verdict]:
    known = entry.signature if entry else None
    by_bsre = known is not None and known.means == signing.BSRE
    tests = (
        (seal.intact and seal.valid, CHANGED),
        (seal.whole and seal.unchanged, ADDED),
        (seal.in_time, EXPIRED),
        (seal.trusted, STRANGER),
        (known is None or known.fingerprint == seal.fingerprint, OTHER_SIGNER),
        (seal.certified or by_bsre, NOT_LOCKED),
        (seal.sound, CHANGED),
        (entry is None or by_bsre or seal.reason == _reason(entry), UNKNOWN),
    )
    yield from (verdict for passed, verdict in tests if not passed)


def _in_force(entry: Entry, good: Verdict) -> Verdict:
    stands = standing(entry)
    return good if stands is VALID else stands


def _register_agrees(entry: Entry) -> bool:
    """Tell whether number, date and content are still those that were signed."""
    content, document = entry.version.content, entry.document
    dated_on = document.dated_on.isoformat() if document.dated_on else None
    return versions.digest(
        content
    ) == entry.version.content_hash == entry.signature.version_hash and (
        content["number"],
        content["dated_on"],
    ) == (document.number, dated_on)


def _reason(entry: Entry) -> str:
    content = entry.version.content
    return signatures.reason(content["number"], content["dated_on"], entry.document.subject)


def _entry(session: Session, signature: Signature) -> Entry:
    version = session.get_one(Version, signature.version_id)
    taken = select(Number).where(Number.document_id == version.document_id)
    found = signature.certificate_id
    return Entry(
        signature=signature,
        version=version,
        document=version.document,
        number=session.scalars(taken.order_by(Number.id.desc())).first(),
        certificate=session.get(Certificate, found) if found else None,
    )
