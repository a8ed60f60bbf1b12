"""Mails as bytes: readable by any mail program, the same at every attempt, encoded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default

import pytest

from kimweb.dispatch import encoding
from kimweb.dispatch.encoding import Attachment, Encoder, Mail

PDF = bytes(range(256)) * 40
LETTER = Mail(
    sender=Address("Dinas Komunikasi, Informatika", addr_spec="dinas@kolaka.example"),
    to=Address("Hasanuddin – Kepala Desa", addr_spec="kades@desa.example"),
    subject="Undangan pembentukan KIM di Desa Rano Sangia pada hari Rabu tanggal 25 November 2026",
    text="Yth. Kepala Desa\n\n.titik di awal baris\nUmlaut: ü, dan kalimat yang sangat "
    + "panjang " * 40
    + "\n",
    html="<p>Yth. Kepala Desa – ü</p>\n",
    message_id="<0123456789abcdef@kolaka.example>",
    dated_at=datetime(2026, 11, 23, 1, 0, tzinfo=UTC),
    attachments=(Attachment("Surat-Undangan.pdf", "a" * 64, "application/pdf"),),
)


def encoder(read: Callable[[str], bytes] = lambda _: PDF) -> Encoder:
    return Encoder(read)


def parsed(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def words(mail: EmailMessage, subtype: str) -> str:
    body = mail.get_body((subtype,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_the_recipient_reads_what_the_office_wrote() -> None:
    mail = parsed(encoder().encode(LETTER))
    assert mail["From"].addresses == (LETTER.sender,)
    assert mail["To"].addresses == (LETTER.to,)
    assert mail["Subject"] == LETTER.subject
    assert mail["Message-ID"] == LETTER.message_id
    assert mail["Date"].datetime == LETTER.dated_at
    assert words(mail, "plain") == LETTER.text
    assert words(mail, "html") == LETTER.html
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "Surat-Undangan.pdf"
    assert attached.get_content() == PDF
    assert [part.defects for part in mail.walk()] == [[]] * 5


def test_a_mail_without_attachment_is_text_and_html_only() -> None:
    mail = parsed(encoder().encode(replace(LETTER, attachments=())))
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_only_what_no_person_wrote_is_marked_as_automatic() -> None:
    assert parsed(encoder().encode(LETTER))["Auto-Submitted"] is None
    notice = parsed(encoder().encode(replace(LETTER, automatic=True)))
    assert notice["Auto-Submitted"] == "auto-generated"


def test_every_line_is_plain_ascii_and_short_enough_for_any_server() -> None:
    content = encoder().encode(LETTER)
    assert content.isascii()
    assert content.endswith(b"\r\n")
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)


def test_every_attempt_carries_the_same_bytes() -> None:
    assert encoder().encode(LETTER) == encoder().encode(LETTER)


def test_the_attachment_is_read_and_encoded_once_for_all_recipients() -> None:
    read: list[str] = []

    def reading(sha: str) -> bytes:
        read.append(sha)
        return PDF

    shared = encoder(reading)
    for n in range(20):
        shared.encode(replace(LETTER, message_id=f"<{n}@kolaka.example>"))
    assert read == ["a" * 64]


def test_the_memory_for_encoded_attachments_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "KEPT_BYTES", 3 * len(PDF))
    read: list[str] = []

    def reading(sha: str) -> bytes:
        read.append(sha)
        return PDF

    shared = encoder(reading)
    for sha in ("a" * 64, "b" * 64, "c" * 64, "a" * 64):
        one = Attachment("surat.pdf", sha, "application/pdf")
        shared.encode(replace(LETTER, attachments=(one,)))
    assert read == ["a" * 64, "b" * 64, "c" * 64, "a" * 64]


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "Undangan\r\nBcc: x@y.example"},
        {"message_id": "<1@a>\r\nBcc: x@y.example"},
    ],
)
def test_a_line_break_in_a_header_is_refused_even_here(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        encoder().encode(replace(LETTER, **wrong))
