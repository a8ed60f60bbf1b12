"""Step 10 in Staf's browser: the preview, the sending, the truth about each recipient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from kimweb import clock, db
from kimweb.cases import moves, returns
from kimweb.cases.models import Case
from kimweb.dispatch import bounces, outbox, verp
from kimweb.dispatch.models import BY_HAND, QUEUED, REFUSED, SENT, UNKNOWN, Message
from kimweb.sop import shelf
from tasks import dispatch
from tests.dispatch import dsn
from tests.dispatch.sink import Sink
from tests.pages import forms
from tests.world import World


@pytest.fixture
def sink(world: World) -> Iterator[Sink]:
    with Sink() as server:
        world.app.config["OFFICE"] = replace(world.app.config["OFFICE"], smtp_url=server.url)
        yield server


@pytest.fixture
def case(world: World) -> Case:
    return world.case(at=10)


def messages(world: World, case: Case) -> list[Message]:
    db.session.rollback()
    return list(outbox.letters_of(db.session(), world.letters(case)))


def send(world: World, case: Case) -> None:
    page, stage = f"/cases/{case.id}", world.stage(case).id
    answer = forms.send(world.client("staf"), page, f"{page}/dispatches", stage=str(stage))
    assert answer.status_code == 303
    dispatch.drain()


def copies(sink: Sink) -> list[int]:
    """Count how often each letter arrived; notices to the office's own people aside."""
    letters = [each.recipient for each in sink.received if not each.mail["Auto-Submitted"]]
    return list(Counter(letters).values())


def decide(world: World, case: Case, message: Message, what: str, **words: str) -> int:
    page = f"/cases/{case.id}/dispatches/{message.id}"
    return forms.send(world.client("staf"), page, f"{page}/{what}", **words).status_code


def test_staf_sees_each_letter_as_it_will_leave(world: World, case: Case, sink: Sink) -> None:
    client = world.client("staf")
    page = client.get(f"/cases/{case.id}").text
    assert "Kirim ke 2 penerima" in page
    assert page.count("Belum dikirim") >= 2
    to = world.letters(case)[0].addressees[0]
    preview = client.get(f"/cases/{case.id}/dispatches/preview/{to.id}").text
    assert to.email in preview
    assert ".pdf" in preview
    html = client.get(f"/cases/{case.id}/dispatches/preview/{to.id}/html")
    assert f"Yth. <strong>{to.title}</strong>" in html.text
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert not sink.received


def test_what_was_previewed_is_what_arrives(world: World, case: Case, sink: Sink) -> None:
    to = world.letters(case)[0].addressees[0]
    previewed = world.client("staf").get(f"/cases/{case.id}/dispatches/preview/{to.id}/html").text
    recipient = to.email
    send(world, case)
    (received,) = [each for each in sink.received if each.recipient == recipient]
    body = received.mail.get_body(("html",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == previewed


def test_staf_sends_and_the_panel_says_that_all_have_it(
    world: World, case: Case, sink: Sink
) -> None:
    send(world, case)
    assert copies(sink) == [1, 1]
    assert [message.state for message in messages(world, case)] == [SENT, SENT]
    panel = world.client("staf").get(f"/cases/{case.id}/dispatches", headers={"HX-Request": "true"})
    assert panel.text.lstrip().startswith('<div id="dispatch-panel"')
    assert "Semua penerima sudah mendapat suratnya" in panel.text
    assert "every 5s" not in panel.text


def test_a_second_click_sends_nothing_twice(world: World, case: Case, sink: Sink) -> None:
    stage = str(world.stage(case).id)
    page, client = f"/cases/{case.id}", world.client("staf")
    for _ in range(2):
        forms.send(client, page, f"{page}/dispatches", stage=stage)
    dispatch.drain()
    assert copies(sink) == [1, 1]


def test_while_letters_are_under_way_the_panel_looks_again_by_itself(
    world: World, case: Case
) -> None:
    page, stage = f"/cases/{case.id}", world.stage(case).id
    forms.send(world.client("staf"), page, f"{page}/dispatches", stage=str(stage))
    assert [message.state for message in messages(world, case)] == [QUEUED, QUEUED]
    panel = world.client("staf").get(f"{page}/dispatches").text
    assert "every 5s" in panel
    assert "Dalam antrean" in panel


def test_a_refused_address_is_corrected_and_the_letter_goes_out(
    world: World, case: Case, sink: Sink
) -> None:
    sink.answer("RCPT", "550 5.1.1 tidak dikenal")
    send(world, case)
    refused = next(m for m in messages(world, case) if m.state == REFUSED)
    page = world.client("staf").get(f"/cases/{case.id}").text
    assert "Ditolak" in page
    assert "550 5.1.1 tidak dikenal" in page
    assert "Tindak lanjut" in page
    words = {"email": "camat.baru@kolaka.example", "reason": "Alamat sudah berganti."}
    assert decide(world, case, refused, "again", **words) == 303
    dispatch.drain()
    assert sink.copies()["camat.baru@kolaka.example"] == 1
    assert [message.state for message in messages(world, case)] == [SENT, SENT]


def test_a_letter_of_unknown_fate_waits_for_what_staf_learns(
    world: World, case: Case, sink: Sink
) -> None:
    sink.drop("KEPT")
    send(world, case)
    unknown = next(m for m in messages(world, case) if m.state == UNKNOWN)
    page = f"/cases/{case.id}/dispatches/{unknown.id}"
    assert "mungkin sampai, mungkin tidak" in world.client("staf").get(page).text
    assert decide(world, case, unknown, "arrived", seen="Ditelepon, sudah diterima.") == 303
    shown = world.client("staf").get(page).text
    assert "Ditelepon, sudah diterima." in shown
    assert world.person("staf").name in shown
    assert copies(sink) == [1, 1]


def test_a_letter_is_handed_over_in_person_with_its_proof(
    world: World, case: Case, sink: Sink
) -> None:
    sink.answer("RCPT", "550 5.1.1 tidak dikenal")
    send(world, case)
    refused = next(m for m in messages(world, case) if m.state == REFUSED)
    assert decide(world, case, refused, "by-hand", proof="  ") == 422
    assert decide(world, case, refused, "by-hand", proof="Diterima Nurdin, diantar Ilham.") == 303
    assert {m.state for m in messages(world, case)} == {SENT, BY_HAND}
    assert world.client("staf").get(f"/cases/{case.id}").text.count("Diserahkan langsung") == 1


def test_only_who_works_on_the_step_sends_and_decides(world: World, case: Case, sink: Sink) -> None:
    stage = str(world.stage(case).id)
    page, kasi = f"/cases/{case.id}/dispatches", world.client("kasi")
    assert forms.send(kasi, "/", page, stage=stage).status_code == 403
    assert "Kirim ke" not in kasi.get(page).text
    sink.answer("RCPT", "550 5.1.1 tidak dikenal")
    send(world, case)
    refused = next(m for m in messages(world, case) if m.state == REFUSED)
    letter = f"{page}/{refused.id}"
    assert "Kirim ulang" not in kasi.get(letter).text
    assert forms.send(kasi, "/", f"{letter}/by-hand", proof="Diterima.").status_code == 403
    assert next(m for m in messages(world, case) if m.id == refused.id).state == REFUSED


def test_a_letter_of_another_case_is_not_found_under_this_one(
    world: World, case: Case, sink: Sink
) -> None:
    send(world, case)
    (first, *_) = messages(world, case)
    other = world.case(at=1)
    client = world.client("staf")
    assert client.get(f"/cases/{other.id}/dispatches/{first.id}").status_code == 404
    to = world.letters(case)[0].addressees[0].id
    assert client.get(f"/cases/{other.id}/dispatches/preview/{to}").status_code == 404


def test_an_old_tab_sends_nothing_and_says_why(world: World, case: Case, sink: Sink) -> None:
    page, old, client = f"/cases/{case.id}", world.stage(case).id, world.client("staf")
    send(world, case)
    world.forward(case)
    answer = forms.send(client, "/", f"{page}/dispatches", stage=str(old))
    assert answer.status_code == 303
    assert "sudah meneruskan langkah 10" in client.get(page).text
    assert copies(sink) == [1, 1]


def test_staf_sends_the_preview_to_oneself_and_to_nobody_else(
    world: World, case: Case, sink: Sink
) -> None:
    to = world.letters(case)[0].addressees[0]
    page, greeted = f"/cases/{case.id}/dispatches/preview/{to.id}", f"Yth. {to.title}"
    assert forms.send(world.client("staf"), page, f"{page}/copy").status_code == 303
    dispatch.drain()
    copy = next(each for each in sink.received if each.mail["Subject"].startswith("Contoh: "))
    assert copy.recipient == world.person("staf").email
    assert [part.get_content_type() for part in copy.mail.iter_attachments()] == ["application/pdf"]
    assert greeted in copy.mail.get_body(("plain",)).get_content()
    assert not messages(world, case)


def test_who_has_no_address_is_told_where_to_write_it(world: World, case: Case) -> None:
    with db.writing():
        world.person("staf").email = ""
    to = world.letters(case)[0].addressees[0]
    page = f"/cases/{case.id}/dispatches/preview/{to.id}"
    client = world.client("staf")
    assert forms.send(client, page, f"{page}/copy").status_code == 303
    assert "Isi dahulu alamat pos-el Anda" in client.get(page).text


def bounced(world: World, case: Case) -> Message:
    """Let the first letter of a case come back after the case has gone on."""
    send(world, case)
    with db.writing() as session:
        stage = world.stage(case)
        moves.forward(session, case.id, stage.id, world.person("staf"))
    letter = messages(world, case)[0]
    with db.writing() as session:
        mail = dsn.report(verp.path(letter, shelf.today()))
        assert bounces.take(session, mail, clock.now(), returns.tell) == bounces.NOTED
    return letter


@pytest.fixture
def with_return_path(world: World) -> None:
    office = world.app.config["OFFICE"]
    world.app.config["OFFICE"] = replace(office, mail_return="kembali@kolaka.example")


def test_a_letter_that_comes_back_later_is_a_task_of_staf_until_it_is_settled(
    world: World, case: Case, sink: Sink, with_return_path: None
) -> None:
    letter = bounced(world, case)
    staf, page = world.client("staf"), f"/cases/{case.id}/dispatches/{letter.id}"
    assert letter.to_name in staf.get("/").text.partition("Surat yang menunggu keputusan Anda")[2]
    assert "Surat yang menunggu keputusan Anda" not in world.client("kabid").get("/").text
    dispatch.drain()
    told = {e.recipient for e in sink.received if e.mail["Subject"].startswith("Surat kembali")}
    assert told == {world.person("staf").email, world.person("kasi").email}
    report = staf.get(f"/cases/{case.id}/dispatches/report").text
    assert "alamat tidak dikenal di server penerima" in report
    assert "alamat tidak dikenal" in staf.get("/expedition").text
    assert "kembali sesudah dikirim" in staf.get(f"/cases/{case.id}").text
    answer = forms.send(
        staf, page, f"{page}/again", email="camat@baru.invalid", reason="alamat lama salah"
    )
    assert answer.status_code == 303
    dispatch.drain()
    assert messages(world, case)[0].state == SENT
    assert "Surat yang menunggu keputusan Anda" not in staf.get("/").text


def test_what_arrived_is_not_decided_again_after_the_step(
    world: World, case: Case, sink: Sink, with_return_path: None
) -> None:
    bounced(world, case)
    arrived = messages(world, case)[1]
    assert decide(world, case, arrived, "by-hand", proof="diantar") == 403
    assert (
        forms.send(
            world.client("kabid"), "/account", f"/cases/{case.id}/dispatches/{arrived.id}/again"
        ).status_code
        == 403
    )
