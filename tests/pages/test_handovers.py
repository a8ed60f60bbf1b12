"""Letters that people carry: by courier, by WhatsApp, through SRIKANDI, or not at all."""

from __future__ import annotations

import io
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from kimweb import db
from kimweb.cases.models import Attachment, Case
from kimweb.dispatch import outbox, whatsapp
from kimweb.dispatch.models import BY_HAND, HELD, UNDELIVERED, Message, Recipient
from kimweb.documents import drafts
from kimweb.documents.drafts import Address
from kimweb.documents.models import LETTERS
from kimweb.pages.messages import NOT_YOUR_TURN
from tests.documents.letters import read
from tests.pages import forms
from tests.world import DISTRICT, World

CHANNELS = ("caraka", "wa", "srikandi")


def camat() -> Recipient:
    return db.session.scalars(select(Recipient).where(Recipient.region == DISTRICT)).one()


def at_dispatch(world: World, channels: Sequence[str] = CHANNELS, phone: str = "") -> Case:
    """Return a case at step 10 whose invitation goes to one recipient by each of `channels`."""
    case = world.case(at=10)
    with db.writing() as session:
        camat().phone = phone
        for letter in drafts.of_case(session, case.id, LETTERS):
            named = letter.addressees and letter.kind == "surat_undangan"
            to = [
                Address(f"Penerima {channel}", channel=channel, recipient_id=camat().id)
                for channel in channels
            ]
            drafts.address(session, letter, to if named else [])
    return world.reload(case)


def sent(world: World, case: Case) -> dict[str, Message]:
    """Let Staf send, and return the letters by channel."""
    page, stage = f"/cases/{case.id}", world.stage(case).id
    forms.send(world.client("staf"), page, f"{page}/dispatches", stage=str(stage))
    return {message.channel: message for message in letters(world, case)}


def letters(world: World, case: Case) -> list[Message]:
    db.session.rollback()
    return list(outbox.letters_of(db.session(), world.letters(case)))


def hand(world: World, message: Message, what: str = "by-hand", **words: object) -> TestResponse:
    page = f"/cases/{message.case_id}/dispatches/{message.id}"
    return forms.send(world.client("staf"), page, f"{page}/{what}", **words)


def photo(colour: str = "white") -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return io.BytesIO(out.getvalue()), "tanda terima.jpg"


def test_a_courier_brings_the_letter_and_the_receipt_is_kept(world: World) -> None:
    case = at_dispatch(world)
    message = sent(world, case)["caraka"]
    assert message.state == HELD
    words = {"received_by": "Nurdin, Sekretaris Camat", "received_on": "2026-11-23"}
    assert hand(world, message, **words, receipt=photo()).status_code == 303
    message = next(m for m in letters(world, case) if m.channel == "caraka")
    assert (message.state, message.received_by) == (BY_HAND, "Nurdin, Sekretaris Camat")
    assert message.proof == "Diterima Nurdin, Sekretaris Camat pada 23 November 2026."
    page = f"/cases/{case.id}/dispatches/{message.id}"
    shown = world.client("kasi").get(page).text
    address = f"/cases/{case.id}/attachments/{message.receipt_id}"
    assert address in shown
    assert world.client("kasi").get(address).mimetype == "image/jpeg"
    assert "Diantar caraka" in shown


def test_without_the_name_of_who_took_it_nothing_is_noted(world: World) -> None:
    case = at_dispatch(world)
    message = sent(world, case)["caraka"]
    answer = hand(world, message, received_by=" ", proof="Diantar Ilham", receipt=photo())
    assert answer.status_code == 422
    assert "Tulis nama orang yang menerima surat itu." in forms.words(answer)
    assert "Diantar Ilham" in answer.text
    broken = (io.BytesIO(b"GIF89a"), "foto.gif")
    answer = hand(world, message, received_by="Nurdin", receipt=broken)
    assert answer.status_code == 422
    assert "Kirim foto JPEG" in forms.words(answer)
    assert next(m for m in letters(world, case) if m.channel == "caraka").state == HELD
    assert not db.session.scalars(select(Attachment)).all()


def test_a_receipt_is_proof_and_is_not_deleted_with_the_photos(world: World) -> None:
    case = at_dispatch(world, ["caraka"])
    hand(world, sent(world, case)["caraka"], received_by="Nurdin", receipt=photo())
    world.forward(case)
    world.player.play(case.id, until=12)
    (message,) = letters(world, case)
    page = f"/cases/{case.id}/activity"
    forms.send(
        world.client("tim"), page, f"/cases/{case.id}/attachments/{message.receipt_id}/delete"
    )
    db.session.rollback()
    assert db.session.get(Attachment, message.receipt_id) is not None


def test_whatsapp_has_its_words_and_its_link_ready_and_is_ticked_off(world: World) -> None:
    case = at_dispatch(world, phone="0812-3456-7890")
    message = sent(world, case)["wa"]
    page = world.client("staf").get(f"/cases/{case.id}/dispatches/{message.id}")
    link = next(part for part in page.text.split('"') if part.startswith("https://wa.me/"))
    assert urlsplit(link).path == "/6281234567890"
    (words,) = parse_qs(urlsplit(link).query)["text"]
    assert words.startswith("Yth. Penerima wa")
    assert world.letters(case)[0].number in words
    assert hand(world, message, channel="wa", proof="Dibaca 10.15").status_code == 303
    message = next(m for m in letters(world, case) if m.channel == "wa")
    assert (message.state, message.proof) == (BY_HAND, "Dikirim lewat WhatsApp. Dibaca 10.15")
    assert "Terkirim lewat WhatsApp" in world.client("staf").get(f"/cases/{case.id}").text


def test_without_a_number_whatsapp_says_where_to_write_it(world: World) -> None:
    case = at_dispatch(world)
    message = sent(world, case)["wa"]
    page = world.client("staf").get(f"/cases/{case.id}/dispatches/{message.id}").text
    assert "Nomor WhatsApp penerima ini belum ada" in page
    assert f'href="/recipients/{camat().id}"' in page
    assert "https://wa.me/" not in page


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("0812 3456 7890", "6281234567890"),
        ("+62 (812) 3456-7890", "6281234567890"),
        ("62812345678", "62812345678"),
        ("0812", ""),
        ("", ""),
    ],
)
def test_a_telephone_number_as_whatsapp_takes_it(phone: str, number: str) -> None:
    assert whatsapp.number(phone) == number


def test_srikandi_is_ticked_off_with_its_number(world: World) -> None:
    case = at_dispatch(world)
    message = sent(world, case)["srikandi"]
    answer = hand(world, message, channel="srikandi", number=" ")
    assert answer.status_code == 422
    assert "Tulis nomor yang diberikan SRIKANDI." in forms.words(answer)
    assert hand(world, message, channel="srikandi", number="B/123/2026").status_code == 303
    message = next(m for m in letters(world, case) if m.channel == "srikandi")
    assert message.proof == "Nomor SRIKANDI B/123/2026."
    assert "Terkirim lewat SRIKANDI" in world.client("staf").get(f"/cases/{case.id}").text


def test_each_channel_has_its_own_preview_and_one_turns_from_one_to_the_next(world: World) -> None:
    case = at_dispatch(world, ("email", *CHANNELS), phone="081234567890")
    to = [one.id for letter in world.letters(case) for one in letter.addressees]
    headings = ("Surat elektronik", "Diantar caraka", "Pesan WhatsApp", "Dikirim lewat SRIKANDI")
    client = world.client("staf")
    for at, heading in enumerate(headings):
        page = client.get(f"/cases/{case.id}/dispatches/preview/{to[at]}")
        assert f"<h2>{heading}</h2>" in page.text
        assert f"Penerima {at + 1} dari 4" in page.text
        assert ('rel="prev"' in page.text, 'rel="next"' in page.text) == (at > 0, at < 3)
        assert page.text.count("<iframe") == 0, "without an address no mail leaves"


def test_a_letter_that_cannot_be_brought_is_given_up_with_its_reason(world: World) -> None:
    case = at_dispatch(world, ["caraka"])
    message = sent(world, case)["caraka"]
    assert hand(world, message, "give-up", why=" ").status_code == 422
    assert hand(world, message, "give-up", why="Kantornya tutup.").status_code == 303
    (message,) = letters(world, case)
    assert (message.state, message.proof) == (UNDELIVERED, "Kantornya tutup.")
    assert "Tidak tersampaikan" in world.client("staf").get(f"/cases/{case.id}").text
    world.forward(case)
    assert world.stage(case).step == 11


def test_only_who_works_on_the_step_hands_over(world: World) -> None:
    case = at_dispatch(world, ["caraka"])
    message = sent(world, case)["caraka"]
    page = f"/cases/{case.id}/dispatches/{message.id}/by-hand"
    answer = forms.send(world.client("kasi"), "/", page, received_by="Nurdin", receipt=photo())
    assert answer.status_code == 403
    assert NOT_YOUR_TURN in forms.words(answer)
    assert not db.session.scalars(select(Attachment)).all()


def test_the_courier_takes_a_sheet_along(world: World) -> None:
    letter = sent(world, at_dispatch(world))["caraka"]
    page = f"/cases/{letter.case_id}/dispatches/{letter.id}"
    staf = world.client("staf")
    assert "Cetak tanda terima" in staf.get(page).text
    sheet = staf.get(f"{page}/receipt.pdf")
    assert sheet.mimetype == "application/pdf"
    printed = read(sheet.data)
    assert "TANDA TERIMA SURAT" in printed
    assert "Penerima caraka" in printed
    assert "Yang mengantar" in printed


def test_srikandi_gets_its_file_from_the_page_of_the_letter(world: World) -> None:
    letter = sent(world, at_dispatch(world))["srikandi"]
    page = world.client("staf").get(f"/cases/{letter.case_id}/dispatches/{letter.id}").text
    assert f"/cases/{letter.case_id}/documents/{letter.document_id}/srikandi" in page
