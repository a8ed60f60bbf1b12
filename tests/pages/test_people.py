"""Coming in and going out, one's own account, and the administrator's list of people."""

from __future__ import annotations

import dataclasses
import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from kimweb import db
from kimweb.people import passwords
from kimweb.people.models import Holding, Person
from tests.conftest import HandClock
from tests.pages.forms import HTMX, send, words
from tests.world import World

GOOD = "perahu-layar-biru-laut"


class TestLogin:
    def test_kadis_logs_in_and_is_led_to_the_page_he_wanted(self, app: Flask) -> None:
        client = app.test_client()
        answer = send(client, "/login?next=/sop", username=" Kadis ", password="contoh-kadis-1")
        assert (answer.status_code, answer.location) == (303, "/sop")
        assert "Drs. Andi Rahman, M.Si" in words(client.get("/"))

    def test_nobody_is_led_out_of_the_office_after_the_login(self, app: Flask) -> None:
        page = "/login?next=https://jahat.example/"
        answer = send(app.test_client(), page, username="kadis", password="contoh-kadis-1")
        assert answer.location == "/"

    @pytest.mark.parametrize(
        ("username", "password"),
        [("kadis", "salah-kata-sandi"), ("tidak.ada", "contoh-kadis-1"), ("", "")],
    )
    def test_a_stranger_learns_not_which_of_the_two_was_wrong(
        self, app: Flask, username: str, password: str
    ) -> None:
        answer = send(app.test_client(), "/login", username=username, password=password)
        assert answer.status_code == 422
        assert "Nama pengguna atau kata sandi tidak cocok." in words(answer)

    def test_an_unknown_name_costs_the_same_work(self) -> None:
        """Both ways run one Argon2 check, so the time tells nothing."""
        assert passwords.verify(None, "apa saja") is False
        assert passwords.verify("bukan hash", "apa saja") is False
        assert passwords.verify(passwords.hash_password("apa saja"), "apa saja") is True

    def test_a_disabled_person_does_not_come_in(self, app: Flask, world: World) -> None:
        disable(world, "staf")
        answer = send(app.test_client(), "/login", username="staf", password="contoh-staf-5")
        assert answer.status_code == 422

    def test_a_disabled_person_is_out_at_once(self, world: World) -> None:
        client = world.client("staf")
        assert client.get("/").status_code == 200
        disable(world, "staf")
        assert client.get("/").status_code == 302
        assert world.client("staf").get("/").status_code == 302, "with a fresh login neither"

    def test_logging_out_ends_the_login(self, world: World) -> None:
        client = world.client("kasi")
        assert send(client, "/", "/logout").location == "/login"
        assert client.get("/").status_code == 302

    def test_a_login_starts_a_session_of_its_own(self, app: Flask) -> None:
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["planted"] = "by somebody else"
        send(client, "/login", username="kadis", password="contoh-kadis-1")
        with client.session_transaction() as cookie:
            assert "planted" not in cookie
            assert cookie.permanent

    def test_the_example_accounts_stand_on_the_login_page_of_the_example_office_only(
        self, app: Flask
    ) -> None:
        assert "contoh-kadis-1" in app.test_client().get("/login").text
        app.config["OFFICE"] = dataclasses.replace(app.config["OFFICE"], example_office=False)
        assert "contoh-" not in app.test_client().get("/login").text


class TestOwnAccount:
    def test_a_changed_password_ends_the_other_logins(self, world: World) -> None:
        here, elsewhere = world.client("kasi"), world.client("kasi")
        answer = change_password(here, "contoh-kasi-4", GOOD, GOOD)
        assert answer.status_code == 303
        assert "Kata sandi sudah diganti." in words(here.get("/account"))
        assert elsewhere.get("/").status_code == 302
        db.session.remove()
        assert passwords.verify(world.person("kasi").password_hash, GOOD)

    @pytest.mark.parametrize(
        ("present", "new", "again", "said"),
        [
            ("salah", GOOD, GOOD, "Kata sandi sekarang tidak cocok."),
            ("contoh-kasi-4", "pendek", "pendek", "paling sedikit 12 huruf"),
            ("contoh-kasi-4", "x" * 129, "x" * 129, "paling banyak 128 huruf"),
            ("contoh-kasi-4", "rahasia12345", "rahasia12345", "mudah ditebak"),
            ("contoh-kasi-4", "aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "mudah ditebak"),
            ("contoh-kasi-4", "contoh-kasi-4", "contoh-kasi-4", "harus berbeda"),
            ("contoh-kasi-4", GOOD, "lain", "Ulangan tidak sama"),
        ],
    )
    def test_a_refused_password_says_why_and_changes_nothing(
        self, world: World, present: str, new: str, again: str, said: str
    ) -> None:
        answer = change_password(world.client("kasi"), present, new, again)
        assert answer.status_code == 422
        assert said in words(answer)
        assert passwords.verify(world.person("kasi").password_hash, "contoh-kasi-4")


class TestAdministrator:
    def test_others_may_not_see_the_list(self, world: World) -> None:
        for path in ("/people/", "/people/new", "/people/1"):
            answer = world.client("kadis").get(path)
            assert answer.status_code == 403
            assert "hanya untuk administrator" in words(answer)

    def test_a_new_person_can_log_in_with_the_password_shown_once(
        self, app: Flask, world: World
    ) -> None:
        admin = world.client("admin")
        fields = {"name": "Hasna, S.IP", "username": "Hasna", "email": "hasna@contoh.invalid"}
        answer = send(admin, "/people/new", "/people/", **fields)
        assert answer.status_code == 303
        page = words(admin.get(answer.location))
        password = re.search(r"Kata sandi pertama: (\S+) ", page)
        assert password
        assert password[1] not in admin.get(answer.location).text
        login = send(app.test_client(), "/login", username="hasna", password=password[1])
        assert login.status_code == 303

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("username", "kadis", "sudah dipakai Drs. Andi Rahman"),
            ("username", "dua kata", "tanpa spasi"),
            ("name", "", "Isi nama lengkap"),
            ("name", "N" * 201, "Paling banyak 200 huruf."),
            ("email", "bukan alamat", "Alamat pos-el tidak lengkap"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_stays(
        self, world: World, field: str, value: str, said: str
    ) -> None:
        typed = {"name": "Hasna", "username": "hasna", "rank": "Penata, III/c"} | {field: value}
        answer = send(world.client("admin"), "/people/new", "/people/", **typed)
        assert answer.status_code == 422
        assert said in words(answer)
        assert "Penata, III/c" in answer.text

    def test_a_change_is_kept(self, world: World) -> None:
        staf = world.person("staf")
        fields = {"name": "Muhammad Ilham, S.Kom", "username": "staf", "title": "Pranata"}
        send(world.client("admin"), f"/people/{staf.id}", **fields)
        db.session.remove()
        assert world.person("staf").name == "Muhammad Ilham, S.Kom"

    def test_an_administrator_cannot_lock_out_themselves(self, world: World) -> None:
        admin = world.person("admin")
        page = f"/people/{admin.id}"
        answer = send(world.client("admin"), page, name=admin.name, username="admin")
        assert answer.status_code == 422
        assert "hak administrator Anda sendiri" in words(answer)
        assert send(world.client("admin"), page, f"{page}/disabled").status_code == 409
        assert world.person("admin").is_active

    def test_a_reset_password_ends_the_old_logins(self, world: World) -> None:
        kasi, client = world.person("kasi"), world.client("kasi")
        page = f"/people/{kasi.id}"
        admin = world.client("admin")
        send(admin, page, f"{page}/password")
        shown = re.search(r"Kata sandi baru untuk .*?: (\S+) ", words(admin.get(page)))
        assert shown
        assert client.get("/").status_code == 302
        db.session.remove()
        assert passwords.verify(world.person("kasi").password_hash, shown[1])

    def test_a_disabled_account_can_be_opened_again(self, world: World) -> None:
        disable(world, "staf")
        page = f"/people/{world.person('staf').id}"
        send(world.client("admin"), page, f"{page}/enabled")
        assert world.client("staf").get("/").status_code == 200

    def test_a_password_from_the_administrator_is_good_for_three_days_and_one_purpose(
        self, app: Flask, world: World, hand_clock: HandClock
    ) -> None:
        page = f"/people/{world.person('kasi').id}"
        admin = world.client("admin")
        send(admin, page, f"{page}/password")
        shown = re.search(r"Kata sandi baru untuk .*?: (\S+) ", words(admin.get(page)))
        assert shown
        kasi = app.test_client()
        send(kasi, "/login", username="kasi", password=shown[1])
        assert kasi.get("/").location == "/account"
        assert kasi.get("/cases").location == "/account"
        assert kasi.get("/desk/queue", headers=HTMX).headers["HX-Redirect"] == "/account"
        assert "Ganti kata sandi dahulu" in words(kasi.get("/account"))
        assert change_password(kasi, shown[1], GOOD, GOOD).status_code == 303
        assert kasi.get("/").status_code == 200
        send(admin, page, f"{page}/password")
        shown = re.search(r"Kata sandi baru untuk .*?: (\S+) ", words(admin.get(page)))
        assert shown
        hand_clock.move(days=3)
        late = send(app.test_client(), "/login", username="kasi", password=shown[1])
        assert late.status_code == 422
        assert "Kata sandi pertama ini sudah tidak berlaku." in words(late)


class TestHoldings:
    def test_sekdis_becomes_plh_kadis_for_two_days(self, world: World) -> None:
        sekdis, old_login = world.person("sekdis"), world.client("sekdis")
        answer = hold(
            world,
            sekdis,
            lane="kadis",
            capacity="Plh.",
            starts_on="2026-11-23",
            ends_on="24-11-2026",
            decree="SPT 800/1/2026",
            decree_on="2026-11-20",
        )
        assert answer.status_code == 303
        assert old_login.get("/").status_code == 302, "an old login does not gain the lane"
        desk = words(world.client("sekdis").get("/"))
        assert "Plh. Kepala Dinas, Sekretaris Dinas" in desk
        assert "Perintahkan kegiatan baru" in desk

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("lane", "bupati", "Pilih jabatan menurut SOP."),
            ("capacity", "Pj.", "Pilih definitif, Plt., Plh., a.n., atau u.b."),
            ("starts_on", "", "Isi tanggal mulai"),
            ("starts_on", "kemarin", "Tanggal mulai tidak dikenali."),
            ("ends_on", "2026-11-01", "tidak boleh sebelum tanggal mulai"),
        ],
    )
    def test_a_holding_that_cannot_be_is_refused(
        self, world: World, field: str, value: str, said: str
    ) -> None:
        given = {"lane": "kabid", "capacity": "Plt.", "starts_on": "2026-11-23", "ends_on": ""}
        answer = hold(world, world.person("kasi"), **(given | {field: value}))
        assert answer.status_code == 422
        assert said in words(answer)
        assert [h.lane for h in world.person("kasi").holdings] == ["kasi"]

    def test_a_holding_ends_today_and_still_counts_today(self, world: World) -> None:
        kabid = world.person("kabid")
        page = f"/people/{kabid.id}"
        send(world.client("admin"), page, f"{page}/holdings/{kabid.holdings[0].id}/end")
        db.session.remove()
        assert world.person("kabid").holdings[0].ends_on == date(2026, 11, 23)

    def test_a_mistaken_holding_can_be_taken_out_and_the_list_warns_of_the_vacancy(
        self, world: World
    ) -> None:
        kabid, admin = world.person("kabid"), world.client("admin")
        page = f"/people/{kabid.id}"
        send(admin, page, f"{page}/holdings/{kabid.holdings[0].id}/remove")
        assert "Jabatan yang belum dipegang siapa pun hari ini" in words(admin.get("/people/"))
        assert db.session.scalars(select(Holding).where(Holding.lane == "kabid")).all() == []

    def test_a_holding_of_somebody_else_is_not_reached_through_this_person(
        self, world: World
    ) -> None:
        kasi, kabid = world.person("kasi"), world.person("kabid")
        action = f"/people/{kasi.id}/holdings/{kabid.holdings[0].id}/remove"
        answer = send(world.client("admin"), f"/people/{kasi.id}", action)
        assert answer.status_code == 404


def change_password(client, present: str, new: str, again: str):  # type: ignore[no-untyped-def]
    given = {"present": present, "new": new, "again": again}
    return send(client, "/account", "/account/password", **given)


def hold(world: World, person: Person, **fields: str):  # type: ignore[no-untyped-def]
    page = f"/people/{person.id}"
    return send(world.client("admin"), page, f"{page}/holdings", **fields)


def disable(world: World, username: str) -> None:
    page = f"/people/{world.person(username).id}"
    send(world.client("admin"), page, f"{page}/disabled")
    db.session.remove()


def test_everybody_chooses_when_notices_come(world: World) -> None:
    client = world.client("kabid")
    page = "/account"
    assert 'value="at_once" checked' in " ".join(client.get(page).text.split())
    assert send(client, page, f"{page}/notices", notices="daily").status_code == 303
    assert 'value="daily" checked' in " ".join(client.get(page).text.split())
    assert send(client, page, f"{page}/notices", notices="kapan-kapan").status_code == 400
    assert world.person("kabid").notices == "daily"
    assert world.person("kasi").notices == "at_once"
