"""The administrator's page about mail: a pause is shown and ended, a test mail arrives."""

from __future__ import annotations

from kimweb import db
from kimweb.dispatch import channels
from tasks import dispatch
from tests.conftest import HandClock
from tests.dispatch import post
from tests.dispatch.conftest import sink
from tests.dispatch.sink import Sink
from tests.pages.forms import send, words
from tests.world import World

__all__ = ["sink"]


def paused(sink: Sink, hand_clock: HandClock) -> None:
    post.queue()
    sink.drop("CONNECT", times=3)
    for _ in range(3):
        dispatch.drain()
        hand_clock.move(seconds=31)


def test_a_pause_is_shown_with_its_reason_and_ended_by_a_button(
    world: World, sink: Sink, hand_clock: HandClock
) -> None:
    paused(sink, hand_clock)
    admin = world.client("admin")
    page = words(admin.get("/health"))
    assert "Pengiriman pos-el berhenti sementara" in page
    assert "tidak dapat dipakai" in page
    assert admin.get("/healthz/live").json["mail_paused"] is True
    send(admin, "/health", "/health/mail/resume")
    page = words(admin.get("/health"))
    assert "Pengiriman pos-el dicoba lagi sekarang." in page
    assert "berhenti sementara" not in page
    dispatch.drain()
    assert len(sink.received) == 2
    assert channels.current(db.session()).failures == 0


def test_nobody_else_ends_a_pause_or_sends_a_test_mail(world: World) -> None:
    for page in ("/health/mail/resume", "/health/mail/test"):
        staf = world.client("staf")
        assert send(staf, "/account", page).status_code == 403


def test_the_administrator_sends_a_mail_to_themselves_and_sees_what_became_of_it(
    world: World, sink: Sink
) -> None:
    admin = world.client("admin")
    send(admin, "/health", "/health/mail/test")
    page = words(admin.get("/health"))
    assert "Surat uji untuk admin@contoh.invalid masuk antrean." in page
    assert "Dalam antrean" in page
    dispatch.drain()
    assert sink.received[0].mail["Subject"] == "Surat uji dari kimweb"
    page = words(admin.get("/health"))
    assert "Terkirim" in page
    assert "queued as" in page


def test_an_administrator_without_an_address_is_told_what_to_do(world: World) -> None:
    with db.writing():
        world.person("admin").email = ""
    admin = world.client("admin")
    assert "Kirim surat uji" not in words(admin.get("/health"))
    send(admin, "/account", "/health/mail/test")
    assert "Isi dahulu alamat pos-el Anda" in words(admin.get("/health"))
