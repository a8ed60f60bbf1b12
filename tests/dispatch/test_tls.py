"""Encrypted lines and log-in, against a real server with a certificate of ours."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kimweb.dispatch import inboxes, mailer, servers
from kimweb.dispatch.failures import LineDown
from tests.dispatch.imap import Inbox
from tests.dispatch.sink import Sink
from tests.dispatch.test_mailer import send

LOGIN = ("kim", "s3kret")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    alternatives = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The office trusts the certificate, as an administrator would set it for an own authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_letter_goes_out_encrypted_and_logged_in(
    scheme: str, tls: ssl.SSLContext, trusted: None
) -> None:
    with Sink(scheme=scheme, tls=tls, login=LOGIN) as sink:
        assert send(sink).startswith("250")
        assert len(sink.received) == 1


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_slow_answer_is_waited_for_on_an_encrypted_line_too(
    scheme: str, tls: ssl.SSLContext, trusted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "ALIVE_SECONDS", 0.05)
    with Sink(scheme=scheme, tls=tls) as sink:
        sink.wait("KEPT", 0.3)
        assert send(sink).startswith("250")


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_that_nobody_vouches_for_gets_no_letter(
    scheme: str, tls: ssl.SSLContext
) -> None:
    with Sink(scheme=scheme, tls=tls) as sink:
        with pytest.raises(LineDown, match="sertifikat server tidak dapat dipercaya"):
            send(sink)
        assert not sink.received


def test_a_certificate_of_another_name_gets_no_letter(tls: ssl.SSLContext, trusted: None) -> None:
    with Sink(scheme="smtps", tls=tls) as sink:
        other = servers.Server("smtps", "127.0.0.2", sink.port)
        with pytest.raises(LineDown):
            mailer.Session(other, "kantor.contoh").open()


def test_a_server_without_starttls_gets_neither_password_nor_letter() -> None:
    with Sink() as sink:
        server = servers.Server("smtp+starttls", "localhost", sink.port, *LOGIN)
        with pytest.raises(LineDown, match="tidak menawarkan STARTTLS"):
            mailer.Session(server, "kantor.contoh").open()


def test_a_wrong_password_is_said_as_such(tls: ssl.SSLContext, trusted: None) -> None:
    with Sink(scheme="smtp+starttls", tls=tls, login=LOGIN) as sink:
        server = servers.Server("smtp+starttls", "localhost", sink.port, "kim", "salah")
        with pytest.raises(LineDown, match="pengguna atau kata sandi ditolak"):
            mailer.Session(server, "kantor.contoh").open()


def read(inbox: Inbox, url: str = "") -> list[bytes]:
    seen: list[bytes] = []
    inboxes.read(url or inbox.url, lambda content: bool(seen.append(content)))
    return seen


def test_a_mailbox_is_read_over_an_encrypted_line(tls: ssl.SSLContext, trusted: None) -> None:
    with Inbox([b"Subject: kembali\r\n\r\n"], LOGIN, tls) as inbox:
        assert inbox.url.startswith("imaps://")
        assert read(inbox) == [b"Subject: kembali\r\n\r\n"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mailbox_that_nobody_vouches_for_gets_no_password(tls: ssl.SSLContext) -> None:
    with (
        Inbox([b"rahasia"], LOGIN, tls) as inbox,
        pytest.raises(inboxes.InboxError, match="certificate verify failed"),
    ):
        read(inbox)


def test_a_mailbox_with_another_password_or_name_is_said(
    tls: ssl.SSLContext, trusted: None
) -> None:
    with Inbox([], LOGIN, tls) as inbox:
        with pytest.raises(inboxes.InboxError, match="tidak dapat dibaca"):
            read(inbox, inbox.url.replace("s3kret", "salah"))
        with pytest.raises(inboxes.InboxError, match="“Lain” tidak ada di server"):
            read(inbox, inbox.url.replace("INBOX", "Lain"))
