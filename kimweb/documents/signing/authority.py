"""The example office's own certificate authority: for trying out, never for real letters.

Its folder lies in the data folder, for the owner alone. A real office puts here the PKCS#12 files
of its signers, and the root certificates that it trusts into `trusted/`.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

from kimweb.documents.signing import Facts
from kimweb.documents.signing.keys import facts

ROOT_NAME = "CA Uji Kantor Contoh - BUKAN BSrE"
TEST = "SERTIFIKAT UJI - tidak sah untuk surat sebenarnya"
ROOT_KEY, ROOT_FILE, TRUSTED = "ca-uji.key", "ca-uji.pem", "trusted"
ROOT_YEARS, PERSON_YEARS = timedelta(days=3652), timedelta(days=730)
# The example office also has cases that were begun weeks ago.
EARLIER = timedelta(days=90)
KEY_BITS = 2048


def is_founded(folder: Path) -> bool:
    """Tell whether the example authority exists in `folder`."""
    return (folder / ROOT_KEY).exists()


def found(folder: Path, now: datetime) -> None:
    """Make the example authority: a root key (0600) and its certificate, trusted from now on."""
    (folder / TRUSTED).mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    key = _new_key()
    name = _name(ROOT_NAME)
    root = _builder(name, name, key, now, ROOT_YEARS)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(_usage(certs=True), critical=True)
    made = root.sign(key, hashes.SHA256())
    _write(folder / TRUSTED / ROOT_FILE, made.public_bytes(Encoding.PEM))
    bare = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(folder / ROOT_KEY, bare)


def issue(folder: Path, person: str, file: str, passphrase: str, now: datetime) -> Facts:
    """Issue a test certificate to `person`: key and chain as PKCS#12 in `file`, mode 0600."""
    root_key = serialization.load_pem_private_key((folder / ROOT_KEY).read_bytes(), None)
    assert isinstance(root_key, rsa.RSAPrivateKey)
    root = x509.load_pem_x509_certificate((folder / TRUSTED / ROOT_FILE).read_bytes())
    key = _new_key()
    own = _builder(_name(person), root.subject, key, now, PERSON_YEARS)
    own = own.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    own = own.add_extension(_usage(certs=False), critical=True)
    own = own.add_extension(_identifier(root), critical=False)
    made = own.sign(root_key, hashes.SHA256())
    sealed = serialization.BestAvailableEncryption(passphrase.encode())
    packed = pkcs12.serialize_key_and_certificates(person.encode(), key, made, [root], sealed)
    _write(folder / file, packed)
    return facts(made.public_bytes(Encoding.DER))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _identifier(root: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    known = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)


def _usage(*, certs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certs,
        content_commitment=not certs,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certs,
        crl_sign=certs,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    # X.520 allows 64 characters for a common name.
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, TEST),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def _write(file: Path, data: bytes) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as writer:
        writer.write(data)
