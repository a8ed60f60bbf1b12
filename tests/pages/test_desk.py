"""The desk of whoever is logged in."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from kimweb import db
from kimweb.deadlines import heartbeats, pauses
from kimweb.pages import desk
from kimweb.people import accounts
from kimweb.people.models import Person
from tests.conftest import HandClock
from tests.pages.forms import HTMX, words
from tests.world import World

SUBJECT = "Pembentukan KIM Polinggona"


def part(page: str, name: str) -> str:
    """Return one of the two lists of a desk: "todo" or "waiting"."""
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


class TestWhatWaits:
    def test_a_case_lies_on_the_desk_of_whose_turn_it_is_and_nowhere_else(
        self, world: World
    ) -> None:
        world.case(at=2)
        for username in ("kadis", "sekdis", "kabid", "kasi", "staf"):
            page = world.client(username).get("/").text
            assert (SUBJECT in part(page, "todo")) == (username == "kabid"), username
            assert (SUBJECT in part(page, "waiting")) == (username != "kabid"), username

    def test_a_row_says_what_to_do_where_and_until_when(self, world: World) -> None:
        case = world.case(at=2)
        seen = words(world.client("kabid").get("/"))
        assert "Memberi petunjuk teknis pelaksanaan kegiatan kepada kepala seksi" in seen
        assert "Langkah 2 dari 17" in seen
        assert "Kecamatan Polinggona" in seen
        assert "10 menit kerja lagi" in seen
        assert f'href="/cases/{case.id}"' in world.client("kabid").get("/").text

    def test_the_most_pressing_stands_on_top(self, world: World, hand_clock: HandClock) -> None:
        world.case(at=2, subject="Kegiatan lama")
        hand_clock.move(minutes=5)
        world.case(at=2, subject="Kegiatan baru")
        page = part(world.client("kabid").get("/").text, "todo")
        assert page.index("Kegiatan lama") < page.index("Kegiatan baru")

    def test_what_waits_on_others_says_on_whom(self, world: World) -> None:
        world.case(at=2)
        assert "Kepala Bidang" in part(world.client("kasi").get("/").text, "waiting")

    def test_late_work_is_counted_and_said_in_words(
        self, world: World, hand_clock: HandClock
    ) -> None:
        world.case(at=2)
        hand_clock.move(hours=3, minutes=10)
        seen = words(world.client("kabid").get("/"))
        assert "1 terlambat" in seen
        assert "terlambat 3 jam" in seen

    def test_work_whose_clock_stands_says_until_when(self, world: World) -> None:
        case = world.case(at=3)
        with db.writing() as session:
            stage, kasi = world.stage(case), world.person("kasi")
            pauses.pause(session, case.id, stage.id, kasi, "Menunggu jawaban Camat.", None)
        assert "dihentikan sampai" in part(world.client("kasi").get("/").text, "todo")

    def test_returned_work_is_flagged(self, world: World) -> None:
        case = world.case(at=6)
        world.send_back(case, to=5)
        seen = words(world.client("kasi").get("/"))
        assert "1 dikembalikan" in seen
        assert "Dikembalikan" in seen

    def test_an_empty_desk_says_that_nothing_is_wrong(self, world: World) -> None:
        assert "Tidak ada yang menunggu Anda" in words(world.client("staf").get("/"))

    def test_an_administrator_without_a_post_is_told_of_no_turn(self, world: World) -> None:
        assert "Harus dikerjakan" in words(world.client("staf").get("/"))
        assert "Harus dikerjakan" not in words(world.client("admin").get("/"))

    def test_tim_sees_no_case_before_it_goes_out_for_it(self, world: World) -> None:
        world.case(at=2)
        assert SUBJECT not in world.client("tim").get("/").text


class TestWhoIsGreeted:
    @pytest.mark.parametrize(
        ("hour", "said"),
        [(2, "malam"), (7, "pagi"), (11, "siang"), (15, "sore"), (18, "malam"), (23, "malam")],
    )
    def test_the_greeting_follows_the_clock_of_the_office(self, hour: int, said: str) -> None:
        at = datetime(2026, 11, 23, (hour - 8) % 24, 30, tzinfo=UTC)
        assert desk.greeting(at) == f"Selamat {said}"

    def test_only_kadis_can_order_a_new_case(self, world: World) -> None:
        for username in ("kadis", "sekdis", "kabid", "staf", "admin"):
            offered = "Perintahkan kegiatan baru" in world.client(username).get("/").text
            assert offered == (username == "kadis"), username

    def test_somebody_without_a_lane_is_told_what_to_do(self, world: World) -> None:
        with db.writing() as session:
            session.add(Person(username="baru", name="Hasna", password_hash="-"))
        seen = words(world.client("baru").get("/"))
        assert "Mintalah administrator mencatat jabatan Anda." in seen


class TestQueue:
    def test_the_fragment_is_the_queue_alone(self, world: World) -> None:
        answer = world.client("kabid").get("/desk/queue", headers=HTMX)
        assert answer.text.lstrip().startswith('<div id="queue"')
        assert "<html" not in answer.text

    def test_nothing_is_sent_again_while_nothing_has_changed(self, world: World) -> None:
        world.case(at=2)
        client = world.client("kabid")
        tag = carried_tag(client)
        answer = client.get("/desk/queue", headers=HTMX | {"If-None-Match": tag})
        assert (answer.status_code, answer.data) == (304, b"")

    def test_that_nothing_is_new_is_said_only_to_whoever_is_still_logged_in(
        self, world: World
    ) -> None:
        client = world.client("kabid")
        tag = carried_tag(client)
        with db.writing():
            accounts.set_password(db.session(), world.person("kabid"), "sandi baru yang panjang")
        answer = client.get("/desk/queue", headers=HTMX | {"If-None-Match": tag})
        assert (answer.status_code, "HX-Redirect" in answer.headers) == (401, True)

    def test_a_stranger_gets_neither_the_queue_nor_a_word_on_it(self, world: World) -> None:
        tag = carried_tag(world.client("kabid"))
        answer = world.app.test_client().get("/desk/queue", headers=HTMX | {"If-None-Match": tag})
        assert answer.status_code == 401

    def test_the_queue_of_another_person_is_never_the_same(self, world: World) -> None:
        tag = carried_tag(world.client("kabid"))
        answer = world.client("kasi").get("/desk/queue", headers=HTMX | {"If-None-Match": tag})
        assert answer.status_code == 200

    def test_a_move_of_somebody_else_changes_it(self, world: World) -> None:
        client = world.client("kabid")
        tag = carried_tag(client)
        world.case(at=2)
        answer = client.get("/desk/queue", headers=HTMX | {"If-None-Match": tag})
        assert SUBJECT in answer.text

    def test_the_minutes_that_pass_change_it(self, world: World, hand_clock: HandClock) -> None:
        client = world.client("kabid")
        tag = carried_tag(client)
        hand_clock.move(minutes=1)
        answer = client.get("/desk/queue", headers=HTMX | {"If-None-Match": tag})
        assert answer.status_code == 200


def carried_tag(client: FlaskClient) -> str:
    """Return the tag that the fragment on the screen carries and sends back by itself."""
    found = re.search(r"hx-headers='\{\"If-None-Match\": \"(.+?)\"\}'", client.get("/").text)
    assert found
    return found[1].replace('\\"', '"').encode().decode("unicode_escape")


def test_a_silent_auditor_is_told_on_every_desk_and_turns_the_light_red(world: World) -> None:
    client = world.client("kasi")
    with db.writing() as session:
        for part in ("worker", "mailer", "sweep", "auditor"):
            heartbeats.record(session, part, world.clock())
    silent = "Pengawas tenggat tidak terdengar sejak Senin, 23 November 2026 pukul 08.00 WITA"
    world.clock.move(seconds=60)
    queue = client.get("/desk/queue").text
    assert silent not in queue
    assert "every 35s" in queue, "asked again when patience would run out"
    world.clock.move(seconds=35)
    with db.writing() as session:
        for part in ("worker", "mailer", "sweep"):
            heartbeats.record(session, part, world.clock())
    assert silent in words(client.get("/desk/queue"))
    world.clock.move(seconds=25)
    health = client.get("/healthz")
    assert (health.status_code, health.json["status"]) == (503, "degraded")  # type: ignore[index]
    assert client.get("/healthz/live").status_code == 200
    with db.writing() as session:
        heartbeats.record(session, "auditor", world.clock())
    assert "Pengawas tenggat tidak terdengar" not in words(client.get("/desk/queue"))
