"""The bundle of a closed case: one ZIP that anybody can open and check without this program.

The same case gives the same bytes: order, times and compression are fixed. Every member's
SHA-256 stands in manifest.json, which is the last member.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.cases import addenda, archive, attachments, closing, records, scans
from kimweb.cases.models import Archive, Case
from kimweb.dispatch import states
from kimweb.dispatch.models import LETTER, NOTICE, Message
from kimweb.documents import files, office, tables
from kimweb.documents.models import Version
from kimweb.documents.store import Store
from kimweb.sop import shelf

MANIFEST = "manifest.json"
_COMPRESSED = ("txt", "csv", "json")
_SLUG_LENGTH = 60
_MAIL = (
    "perihal",
    "kepada",
    "alamat",
    "saluran",
    "keadaan",
    "jawaban_penerima",
    "bukti",
    "tanggal",
    "selesai",
    "tanda_pesan",
    "lampiran_sha256",
)
_FOLDERS = {
    attachments.PHOTO: "foto",
    attachments.MATERIAL: "bahan",
    attachments.RECEIPT: "tanda-terima",
}


class NotReady(Exception):
    """Something that belongs in the bundle is not made yet; the message says what."""


def make(session: Session, store: Store, filed: Archive) -> bytes:
    """Return the ZIP of the closed case; NotReady, or StoreError when a file is not sound."""
    case = filed.case
    if case.closed_at is None:
        raise NotReady("Kegiatan belum selesai.")
    point = closing.checkpoint(session, case.id)
    if point is None:
        raise NotReady("Titik periksa jejak audit belum dibuat.")
    members = dict(
        [
            *_papers(session, store, case),
            *_attachments(session, store, case),
            *records.members(session, case),
            *_addenda(session, store, case),
            ("pengiriman/surat.csv", _mail(session, case, LETTER)),
            ("pengiriman/pemberitahuan.csv", _mail(session, case, NOTICE)),
        ]
    )
    members["penutup/titik-periksa.json"] = f"{point.words}\n".encode()
    papers = [(p, v) for p, v in archive.counting(session, case.id) if v is not None]
    # With itself, the reading note and the manifest.
    count = len(members) + 3
    members["penutup/lembar-penutup.pdf"] = closing.sheet(filed, point, papers, count)
    members["BACA-SAYA.txt"] = _readme(filed, sorted(members))
    members[MANIFEST] = _manifest(filed, members)
    return _zip(members, shelf.local(case.closed_at))


def file_name(case: Case) -> str:
    """Return what the bundle is called when it is downloaded."""
    return f"arsip-kegiatan-{case.id:04}-{slug(case.subject)}.zip"


def slug(text: str) -> str:
    """Return `text` as a part of a file name that every system can write."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower().encode("ascii", "ignore").decode())
    return plain.strip("-")[:_SLUG_LENGTH].strip("-") or "tanpa-nama"


def _papers(session: Session, store: Store, case: Case) -> Iterable[tuple[str, bytes]]:
    for n, (paper, version) in enumerate(archive.counting(session, case.id), start=1):
        if version is None or version.pdf_hash is None:
            raise NotReady(f"{paper.subject}: PDF belum selesai dibuat.")
        name = slug(f"{paper.kind} {paper.number or ''}")
        yield f"naskah/{n:02}-{name}.pdf", store.read(version.pdf_hash)
        if version.content.get("parafs"):
            yield f"naskah/{n:02}-{name}-pertinggal.pdf", files.file_copy(version)
        if scan := scans.of(session, version):
            yield f"naskah/{n:02}-{name}-pindai.pdf", store.read(scan)
        for old in _former(session, version):
            yield (
                f"naskah/terdahulu/{n:02}-{name}-versi-{old.n}.pdf",
                store.read(old.pdf_hash or ""),
            )


def _former(session: Session, counts: Version) -> Sequence[Version]:
    """The versions before the one that counts: each was read, and approved or returned."""
    before = select(Version).where(
        Version.document_id == counts.document_id,
        Version.n < counts.n,
        Version.pdf_hash.is_not(None),
    )
    return session.scalars(before.order_by(Version.n)).all()


def _addenda(session: Session, store: Store, case: Case) -> Iterable[tuple[str, bytes]]:
    names = records.people(session)
    for n, note in enumerate(addenda.of_case(session, case.id), start=1):
        head = f"Ditambahkan {records.stamp(note.added_at)} oleh {names.get(note.added_by, '')}"
        yield f"tambahan/{n:02}.txt", records.text([head, "", note.text])
        if note.sha256:
            stem, suffix = note.name.rsplit(".", 1)
            yield f"tambahan/{n:02}-{slug(stem)}.{suffix}", store.read(note.sha256)


def _attachments(session: Session, store: Store, case: Case) -> Iterable[tuple[str, bytes]]:
    for purpose, folder in _FOLDERS.items():
        kept = attachments.of_case(session, case.id, purpose)
        for n, file in enumerate(kept, start=1):
            stem, suffix = file.name.rsplit(".", 1)
            yield f"{folder}/{n:03}-{slug(file.caption or stem)}.{suffix}", store.read(file.sha256)


def _mail(session: Session, case: Case, policy: str) -> bytes:
    query = select(Message).where(Message.case_id == case.id, Message.policy == policy)
    return tables.to_csv(_MAIL, map(_mail_row, session.scalars(query.order_by(Message.id))))


def _mail_row(message: Message) -> tuple[str, ...]:
    return (
        message.subject,
        message.to_name,
        message.to_email,
        states.CHANNELS[message.channel],
        states.LABELS[message.state],
        message.reply,
        message.proof,
        records.stamp(message.dated_at),
        records.stamp(message.settled_at),
        message.message_id,
        " ".join(str(part["sha256"]) for part in message.attachments),
    )


def _readme(filed: Archive, names: Sequence[str]) -> bytes:
    case, house = filed.case, office.current()
    about = closing.about(filed, len(names) + 2)
    lines = [
        f"ARSIP KEGIATAN NOMOR {case.id}",
        house.name,
        house.government,
        "",
        *(f"{label:<17} : {words}" for label, words in about if words),
        "",
        "Isi arsip ini:",
        "  naskah/      naskah dinas yang berlaku (PDF), pertinggal dengan kotak parafnya;",
        "               terdahulu/ memuat versi sebelumnya yang pernah diperiksa",
        "  foto/        foto kegiatan",
        "  bahan/       bahan laporan lainnya",
        "  tanda-terima/ foto tanda terima surat yang diantar caraka",
        "  kegiatan/    daftar hadir, notulen, dan kelompok yang dibentuk",
        "  riwayat/     perjalanan kegiatan dari langkah ke langkah",
        "  pengiriman/  bukti kirim surat tiap penerima, pemberitahuan di kantor",
        "  penutup/     lembar penutup dengan titik periksa jejak audit",
        "  tambahan/    yang ditambahkan sesudah kegiatan ditutup",
        "",
        "Memeriksa keutuhan: manifest.json memuat sidik SHA-256 tiap berkas. Hitung sidik sebuah",
        "berkas, misalnya dengan perintah sha256sum, lalu bandingkan dengan yang tertulis di sana.",
        "Bila berbeda, berkas itu sudah berubah dan tidak boleh dipakai sebagai bukti.",
        "",
        "Daftar berkas:",
        *(f"  {name}" for name in names),
        "",
    ]
    return records.text(lines)


def _manifest(filed: Archive, members: dict[str, bytes]) -> bytes:
    case = filed.case
    return records.as_json(
        {
            "kegiatan": case.id,
            "perihal": case.subject,
            "sop": case.sop,
            "dibuka": case.opened_at.isoformat(),
            "ditutup": case.closed_at.isoformat() if case.closed_at else None,
            "klasifikasi": filed.classification,
            "tempat_berkas_kertas": filed.location,
            "retensi_aktif": filed.active,
            "retensi_inaktif": filed.inactive,
            "nasib_akhir": filed.fate,
            "berkas": [
                {
                    "nama": name,
                    "byte": len(members[name]),
                    "sha256": hashlib.sha256(members[name]).hexdigest(),
                }
                for name in sorted(members)
            ],
        }
    )


def _zip(members: dict[str, bytes], at: datetime) -> bytes:
    out = io.BytesIO()
    names = sorted(name for name in members if name != MANIFEST)
    with zipfile.ZipFile(out, "w") as bundle:
        for name in [*names, MANIFEST]:
            entry = zipfile.ZipInfo(name, at.timetuple()[:6])
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            # Photos and PDFs are compressed already; only text gains from it.
            packs = name.endswith(_COMPRESSED)
            entry.compress_type = zipfile.ZIP_DEFLATED if packs else zipfile.ZIP_STORED
            bundle.writestr(entry, members[name], compresslevel=9 if packs else None)
    return out.getvalue()
