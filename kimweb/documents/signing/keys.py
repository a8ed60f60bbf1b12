"""Local keys: a PKCS#12 file opened by the signer's passphrase, or a PKCS#11 token by its PIN."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from kimweb.documents.signing import Facts, SigningError, Words, WrongPassphrase, pades

_MISMATCH = "Frasa sandi tidak cocok dengan sertifikat Anda. Naskah belum ditandatangani."
_RETYPE = "Ketik sekali lagi; perhatikan huruf besar dan kecil."
_TELL = "Beri tahu administrator."


@dataclass(frozen=True, slots=True)
class FileSigner:
    """Signs with the key in a PKCS#12 file."""

    file: Path
    passphrase: str = field(repr=False)

    def sign(self, pdf: bytes, words: Words) -> bytes:
        """Return `pdf` certified; raises SigningError, WrongPassphrase."""
        key, own, chain = _opened(self.file, self.passphrase)
        return pades.seal(
            pdf,
            words,
            signers.SimpleSigner(
                signing_cert=own,
                signing_key=key,
                cert_registry=_store([own, *chain]),
            ),
        )


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """Signs inside a PKCS#11 token: key and certificate carry the same `label`."""

    module: str
    token: str
    label: str
    pin: str = field(repr=False)

    def sign(self, pdf: bytes, words: Words) -> bytes:
        """Return `pdf` certified; raises SigningError, WrongPassphrase."""
        # Only offices with a token have these installed.
        try:
            from pkcs11.exceptions import PinIncorrect, PinLenRange, PinLocked, PKCS11Error
            from pyhanko.config.pkcs11 import TokenCriteria
            from pyhanko.sign import pkcs11
        except ImportError as missing:
            raise SigningError("Program untuk token belum terpasang.", _TELL) from missing
        try:
            with pkcs11.open_pkcs11_session(
                self.module, token_criteria=TokenCriteria(label=self.token), user_pin=self.pin
            ) as session:
                signer = pkcs11.PKCS11Signer(session, cert_label=self.label, key_label=self.label)
                return pades.seal(pdf, words, signer)
        except (PinIncorrect, PinLenRange) as wrong:
            raise WrongPassphrase(_MISMATCH, f"{_RETYPE} Token mengunci diri.") from wrong
        except PinLocked as locked:
            raise SigningError("Token sudah terkunci.", _TELL) from locked
        except (PKCS11Error, OSError) as failure:
            raise SigningError(
                "Token tanda tangan tidak dapat dipakai.", f"Pasang token itu. {_TELL}"
            ) from failure


def facts_of_file(file: Path, passphrase: str) -> Facts:
    """Return what the certificate in a PKCS#12 file says; raises SigningError."""
    return facts(_opened(file, passphrase)[1].dump())


def facts(der: bytes) -> Facts:
    """Return what a certificate (DER) says of itself."""
    found = x509.load_der_x509_certificate(der)
    return Facts(
        fingerprint=hashlib.sha256(der).hexdigest(),
        subject=_called(found.subject),
        issuer=_called(found.issuer),
        valid_from=found.not_valid_before_utc,
        valid_until=found.not_valid_after_utc,
    )


def _called(name: x509.Name) -> str:
    """Return the common name, or the whole distinguished name where there is none."""
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()


def _opened(
    file: Path, passphrase: str
) -> tuple[asn1_keys.PrivateKeyInfo, asn1_x509.Certificate, list[asn1_x509.Certificate]]:
    try:
        key, own, chain = pkcs12.load_key_and_certificates(file.read_bytes(), passphrase.encode())
    except OSError as missing:
        raise SigningError("Berkas kunci tanda tangan tidak dapat dibaca.", _TELL) from missing
    except ValueError:
        # Without the cause: what cryptography says may quote what it was given.
        raise WrongPassphrase(_MISMATCH, _RETYPE) from None
    if key is None or own is None:
        raise SigningError("Berkas kunci tidak memuat kunci dan sertifikat.", _TELL)
    bare = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return asn1_keys.PrivateKeyInfo.load(bare), _asn1(own), [_asn1(one) for one in chain]


def _store(certificates: list[asn1_x509.Certificate]) -> SimpleCertificateStore:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(certificates)
    return store


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
