"""Signing the letters of a case in one go: with a certificate where the signer has one, else ink.

Every letter is numbered, typeset, signed and checked before the first is kept: all or none. The
passphrase goes from the request to the driver and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from kimweb import claims
from kimweb.documents import dates, files, rendering, signing, versions
from kimweb.documents.models import Certificate, Document, Signature, Version
from kimweb.documents.signing import Facts, Signer, SigningError, Words
from kimweb.people.models import Person

FOLDER, TRUSTED = "certificates", "trusted"
_NOBODY = "Sertifikat elektronik Anda belum terdaftar."
_ANOTHERS = "Sertifikat yang tersimpan bukan sertifikat yang terdaftar atas nama Anda."
_BY_PEN = "Tandatangani dengan pena, atau minta administrator mendaftarkannya."


def folder() -> Path:
    """Return where the office keeps its PKCS#12 files and, in `trusted`, its roots."""
    return _settings().data_dir / FOLDER


def roots() -> list[bytes]:
    """Return the root certificates (PEM) that the office trusts."""
    return [file.read_bytes() for file in sorted((folder() / TRUSTED).glob("*.pem"))]


def certificate_of(session: Session, person: Person) -> Certificate | None:
    """Return with what `person` signs electronically; None when they sign with a pen."""
    query = select(Certificate).where(
        Certificate.person_id == person.id, Certificate.retired_at.is_(None)
    )
    return session.scalars(query.order_by(Certificate.id.desc())).first()


def enroll(
    session: Session,
    person: Person,
    means: str,
    reference: str,
    now: datetime,
    *,
    facts: Facts | None = None,
    is_test: bool = False,
) -> Certificate:
    """Let `person` sign electronically from now on; the certificate that they had is retired."""
    if before := certificate_of(session, person):
        before.retired_at = now
    certificate = Certificate(
        person_id=person.id,
        means=means,
        reference=reference,
        fingerprint=facts.fingerprint if facts else "",
        issuer=facts.issuer if facts else "",
        valid_from=facts.valid_from if facts else None,
        valid_until=facts.valid_until if facts else None,
        is_test=is_test,
        added_at=now,
    )
    session.add(certificate)
    session.flush()
    return certificate


def against(certificate: Certificate, now: datetime) -> str | None:
    """Return why `certificate` must not be used now, as one sentence; None when it may."""
    return signing.against(certificate.valid_from, certificate.valid_until, now)


def sign(
    session: Session,
    documents: Sequence[Document],
    *,
    passphrase: str | None,
    person: Person,
    now: datetime,
    **how: Any,
) -> None:
    """Sign `documents`, all or none; SigningError or RenderingError leave everything to roll back.

    `passphrase` None means ink. `how` is what versions.sign asks for besides.
    """
    certificate = None
    if passphrase is not None:
        certificate = _usable(session, person, now, passphrase)
    address = _settings().base_url
    signatures = [
        versions.sign(
            session,
            document,
            person=person,
            now=now,
            certificate=certificate,
            base_url=address,
            **how,
        )
        for document in documents
    ]
    if certificate is not None and passphrase is not None:
        session.flush()
        _seal(session, signatures, certificate, _signer(certificate, passphrase), person)


def _usable(session: Session, person: Person, now: datetime, passphrase: str) -> Certificate:
    if not passphrase:
        raise SigningError("Frasa sandi belum diisi.", "Ketik frasa sandi sertifikat Anda.")
    certificate = certificate_of(session, person)
    if certificate is None:
        raise SigningError(_NOBODY, _BY_PEN)
    if reason := against(certificate, now):
        raise SigningError(reason, _BY_PEN)
    return certificate


def _seal(
    session: Session,
    signatures: Sequence[Signature],
    certificate: Certificate,
    signer: Signer,
    person: Person,
) -> None:
    """Typeset and sign every file, check each, and only then keep them."""
    sealed = []
    for signature in signatures:
        version = session.get_one(Version, signature.version_id)
        pdf = rendering.pdf(version.document.kind, version.content)
        made = signer.sign(pdf, words(version, person))
        signature.fingerprint = _checked(made, signature)
        if certificate.fingerprint not in ("", signature.fingerprint):
            raise SigningError(_ANOTHERS, "Beri tahu administrator.")
        version.pages = rendering.pages(pdf)
        sealed.append((version, made))
    for version, made in sealed:
        version.pdf_hash = files.store().put(made)
        version.state = claims.DONE


def words(version: Version, person: Person) -> Words:
    """Return what readers show about the signature of a final version."""
    content = version.content
    return Words(
        name=person.name,
        reason=reason(content["number"], content["dated_on"], version.document.subject),
        location=content["place"],
        link=content["verify_url"],
    )


def reason(number: str, dated_on: str, subject: str) -> str:
    """Return the reason that is signed together with the file: number, date (ISO) and subject."""
    return f"Nomor {number}, {dates.long_date(date.fromisoformat(dated_on))}: {subject}"


def _checked(made: bytes, signature: Signature) -> str:
    """Return the fingerprint of the certificate that signed; SigningError unless all is sound."""
    from kimweb.documents.signing import examination

    found = examination.examine_own(made, roots(), signature.at)
    if len(found) != 1 or not found[0].whole or not found[0].sound:
        raise SigningError(
            "Berkas yang baru ditandatangani tidak lulus pemeriksaan, jadi tidak dipakai.",
            "Beri tahu administrator: penerbit sertifikat mungkin belum dipercaya kantor ini.",
        )
    return found[0].fingerprint


def _signer(certificate: Certificate, passphrase: str) -> Signer:
    # Only who signs electronically loads pyHanko: it takes half a second.
    from kimweb.documents.signing.bsre import BsreSigner, Service
    from kimweb.documents.signing.keys import FileSigner, TokenSigner

    settings = _settings()
    if certificate.means == signing.BSRE:
        service = Service(settings.bsre_url, settings.bsre_user, settings.bsre_password)
        return BsreSigner(service, certificate.reference, passphrase)
    if certificate.means == signing.PKCS11:
        token = settings.pkcs11_token
        return TokenSigner(settings.pkcs11_module, token, certificate.reference, passphrase)
    return FileSigner(folder() / certificate.reference, passphrase)


def _settings() -> Settings:
    settings: Settings = current_app.config["OFFICE"]
    return settings
