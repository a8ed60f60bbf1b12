"""The report of a dispatch: numbers by what happened, and a sentence for what did not go well."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from kimweb.dispatch import results
from kimweb.dispatch.models import BOUNCED, BY_HAND, REFUSED, SENT, UNDELIVERED, UNKNOWN, Message
from kimweb.documents.models import Document

AT = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)


def letter(name: str, state: str, channel: str = "email", proof: str = "", *past: str) -> Message:
    return Message(
        document_id=7,
        to_name=name,
        state=state,
        channel=channel,
        proof=proof,
        try_at=AT,
        settled_at=AT,
        history=[{"state": one} for one in past],
    )


@pytest.fixture
def became(app: Flask) -> results.Results:
    invitation = Document(id=7, subject="Undangan")
    return results.of(
        [invitation, Document(id=8, subject="Tanpa penerima")],
        [
            letter("Nurdin", SENT),
            letter("Sitti", SENT, "email", "", REFUSED, SENT),
            letter("Hasan", BY_HAND, "caraka", "Diterima Hasan."),
            letter("Rahma", BY_HAND, "wa", "Dibaca.", BOUNCED, BY_HAND),
            letter("Amir", UNDELIVERED, "caraka", "Kantornya tutup."),
            letter("Ona", UNKNOWN),
        ],
    )


def test_the_numbers_say_what_happened_and_add_up(became: results.Results) -> None:
    assert became.numbers == [
        ("Seluruh surat", 6),
        ("Terkirim lewat pos-el", 2),
        ("Diantar caraka", 1),
        ("Terkirim lewat WhatsApp", 1),
        ("Tidak tersampaikan", 1),
        ("Belum selesai", 1),
    ]
    (total, *parts) = (count for _, count in became.numbers)
    assert total == sum(parts)


def test_what_did_not_go_as_planned_has_a_sentence(became: results.Results) -> None:
    assert [(message.to_name, said) for message, said in became.exceptions] == [
        ("Sitti", "Semula ditolak, kemudian terkirim lewat pos-el."),
        ("Rahma", "Semula kembali, kemudian terkirim lewat WhatsApp."),
        ("Amir", "Tidak tersampaikan: Kantornya tutup."),
        ("Ona", "Belum selesai: Belum diketahui."),
    ]


def test_a_letter_without_recipients_is_no_part_of_it(became: results.Results) -> None:
    assert [document.subject for document, _ in became.letters] == ["Undangan"]
