"""The mailbox of an office without a mail server, in the administrator's browser."""

from __future__ import annotations

import mailbox
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address

import pytest

from kimweb.dispatch import catcher
from kimweb.dispatch.encoding import Attachment, Encoder, Mail
from tests.world import World

LETTER = Mail(
    sender=Address("Diskominfo", addr_spec="dinas@kolaka.example"),
    to=Address("Nurdin", addr_spec="camat@toari.example"),
    subject="Undangan pembentukan KIM",
    text="Yth. Camat Toari\n",
    html="<p>Yth. <script>alert(1)</script>Camat Toari</p>\n",
    message_id="<1@kolaka.example>",
    dated_at=datetime(2026, 11, 23, tzinfo=UTC),
    attachments=(Attachment("Undangan.pdf", "a" * 64, "application/pdf"),),
)


@pytest.fixture
def key(world: World) -> str:
    """One letter that was caught."""
    box = mailbox.Maildir(catcher.folder(world.app.config["OFFICE"]))
    content = Encoder(lambda _: b"%PDF-1.7").encode(LETTER)
    return box.add(b"Delivered-To: camat@toari.example\r\n" + content)


def test_the_administrator_finds_a_letter_by_its_recipient(world: World, key: str) -> None:
    client = world.client("admin")
    assert "Undangan pembentukan KIM" in client.get("/mailbox").text
    assert "Undangan pembentukan KIM" in client.get("/mailbox?to=TOARI").text
    assert "Tidak ada yang cocok" in client.get("/mailbox?to=wolo").text


def test_a_letter_is_opened_with_its_text_and_attachment(world: World, key: str) -> None:
    client = world.client("admin")
    page = client.get(f"/mailbox/{key}").text
    for words in ("Diskominfo &lt;dinas@kolaka.example&gt;", "Yth. Camat Toari", "Undangan.pdf"):
        assert words in page
    attached = client.get(f"/mailbox/{key}/attachments/0")
    assert attached.data == b"%PDF-1.7"
    assert "attachment; filename=Undangan.pdf" in attached.headers["Content-Disposition"]
    assert client.get(f"/mailbox/{key}/attachments/1").status_code == 404


def test_the_html_of_a_mail_can_neither_run_nor_fetch_anything(world: World, key: str) -> None:
    answer = world.client("admin").get(f"/mailbox/{key}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy.split("; ")


def test_only_the_administrator_reads_the_mailbox(world: World, key: str) -> None:
    for who in ("staf", "kadis"):
        client = world.client(who)
        for page in ("", f"/{key}", f"/{key}/html", f"/{key}/attachments/0"):
            assert client.get(f"/mailbox{page}").status_code == 403


def test_where_letters_leave_for_real_there_is_no_mailbox(world: World, key: str) -> None:
    office = world.app.config["OFFICE"]
    world.app.config["OFFICE"] = replace(office, smtp_url="smtp+starttls://mail.kolaka.go.id")
    answer = world.client("admin").get("/mailbox")
    assert answer.status_code == 404
    assert "server surat sungguhan" in answer.text


def test_a_key_that_is_none_opens_nothing(world: World, key: str) -> None:
    assert world.client("admin").get("/mailbox/..%2f..%2fetc%2fpasswd").status_code == 404
    assert world.client("admin").get("/mailbox/123.tidakada").status_code == 404
