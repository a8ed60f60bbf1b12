"""The outbox: one row for each letter and recipient, frozen when it is queued."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kimweb import clock, db
from kimweb.dispatch import outbox
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.models import BY_HAND, HELD, QUEUED, REFUSED, SENT, UNKNOWN, Message
from kimweb.documents.models import Addressee, Document
from tests.databases import both_databases
from tests.dispatch import post


@both_databases
def test_the_same_key_never_makes_a_second_letter(session: Session) -> None:
    first = post.queue("surat/1/1", subject="Undangan")
    again = post.queue("surat/1/1", subject="Undangan yang lain")
    assert again == first
    assert session.scalar(select(func.count()).select_from(Message)) == 1
    assert post.message(first).subject == "Undangan"


@both_databases
def test_the_database_itself_refuses_a_second_row_with_the_same_key(session: Session) -> None:
    post.queue("surat/1/1")
    found = post.message(1)
    double = {c.name: getattr(found, c.name) for c in Message.__table__.columns if c.name != "id"}
    with pytest.raises(IntegrityError), db.writing() as writing:
        writing.add(Message(**double))


def test_the_message_id_is_the_same_at_every_queueing_and_tells_nothing(app: Flask) -> None:
    first = post.message(post.queue("surat/1/1")).message_id
    other = post.message(post.queue("surat/1/2")).message_id
    assert first != other
    assert first.endswith("@127.0.0.1>")
    assert len(first.partition("@")[0]) == len("<") + 32


def test_a_letter_without_an_address_or_by_courier_waits_for_a_person(app: Flask) -> None:
    assert post.message(post.queue("1")).state == QUEUED
    assert post.message(post.queue("2", to=("Nurdin", ""))).state == HELD
    assert post.message(post.queue("3", channel="caraka")).state == HELD
    assert post.message(post.queue("4", channel="wa")).state == HELD


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": ("Nurdin", "camat@toari.example\r\nBcc: x@y.example")},
        {"to": ("Nurdin\nBcc: x@y.example", "camat@toari.example")},
        {"to": ("camat@toari.example, penipu@x.example", "lain@y.example")},
        {"subject": "Undangan\r\nBcc: x@y.example"},
        {"attachments": [{"name": "a\r\nX: y.pdf", "sha256": "0" * 64, "type": "application/pdf"}]},
    ],
)
def test_nothing_can_add_a_header_of_its_own(app: Flask, wrong: dict[str, object]) -> None:
    with pytest.raises(AddressError):
        post.queue(**wrong)


class TestWhatIsMissing:
    """Step 10 closes only when every addressee has the letter."""

    @pytest.fixture
    def undangan(self, session: Session) -> Document:
        document = Document(
            case_id=1,
            papers="letters",
            kind="surat_undangan",
            subject="Undangan pembentukan KIM",
            fields={},
            created_at=clock.now(),
        )
        document.addressees = [
            Addressee(position=n, name=f"Camat {n}", email=f"camat{n}@kolaka.example")
            for n in range(1, 7)
        ]
        with db.writing() as writing:
            writing.add(document)
        return document

    def send(self, document: Document, states: list[str]) -> None:
        for addressee, state in zip(document.addressees, states, strict=False):
            message_id = post.queue(
                f"surat/{addressee.id}", document_id=document.id, addressee_id=addressee.id
            )
            with db.writing() as session:
                session.get_one(Message, message_id).state = state

    @both_databases
    def test_says_that_letters_are_not_queued_yet(
        self, session: Session, undangan: Document
    ) -> None:
        sentence = outbox.missing(session, [undangan])
        assert sentence == "6 dari 6 surat belum selesai: 6 belum dikirim."

    @both_databases
    def test_says_each_reason_with_its_number(self, session: Session, undangan: Document) -> None:
        self.send(undangan, [SENT, BY_HAND, QUEUED, UNKNOWN, REFUSED, HELD])
        assert outbox.missing(session, [undangan]).startswith("4 dari 6 surat belum selesai: ")
        told = outbox.missing(session, [undangan]).partition(": ")[2].rstrip(".").split(", ")
        assert sorted(told) == [
            "1 belum diketahui sampai atau tidak",
            "1 belum diserahkan",
            "1 ditolak server penerima",
            "1 masih menunggu pengiriman",
        ]

    def test_is_silent_when_everybody_has_it(self, session: Session, undangan: Document) -> None:
        self.send(undangan, [SENT, BY_HAND] * 3)
        assert outbox.missing(session, [undangan]) == ""
        assert len(outbox.letters_of(session, [undangan])) == 6

    def test_a_document_without_addressees_waits_for_nothing(self, session: Session) -> None:
        assert outbox.missing(session, []) == ""
