"""What every page has in common: the guard, the headers, the errors, the parts it is built of."""

from __future__ import annotations

import dataclasses
import errno
import gzip
import html
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import InternalError, OperationalError

from config.settings import ROOT
from kimweb import create_app, db
from kimweb.pages import assets, errors, filters, guard, navigation
from kimweb.pages.stylesheet import trim
from kimweb.sop import shelf
from tests.conftest import WITA, settings_for
from tests.pages.forms import HTMX, send, words
from tests.world import World

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
ON_SCREEN = [t for t in TEMPLATES if "mail" not in t.parts]
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class TestGuard:
    def test_a_stranger_is_asked_to_log_in_and_led_back_afterwards(self, app: Flask) -> None:
        answer = app.test_client().get("/sop?a=1")
        assert (answer.status_code, answer.location) == (302, "/login?next=/sop?a%3D1")

    def test_a_fragment_asked_by_a_stranger_sends_the_whole_page_to_the_login(
        self, app: Flask
    ) -> None:
        headers = HTMX | {"HX-Current-URL": "http://localhost/sop"}
        answer = app.test_client().get("/desk/queue", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["HX-Redirect"] == "/login?next=/sop"

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://jahat.example/",
            "//jahat.example/",
            "///jahat.example/",
            "/\\jahat.example",
            "jahat.example",
            "javascript:alert(1)",
            "/sop\r\nX: y",
            "\t//jahat.example",
            "",
        ],
    )
    def test_nobody_is_led_to_another_site(self, elsewhere: str) -> None:
        assert guard.own_path(elsewhere) is None

    def test_a_path_of_ours_is_kept(self) -> None:
        assert guard.own_path("/cases/41?page=2") == "/cases/41?page=2"

    def test_a_form_without_its_token_is_refused_in_plain_words(self, world: World) -> None:
        answer = world.client("kasi").post("/logout")
        assert answer.status_code == 400
        assert "Muat ulang halaman, lalu kirim sekali lagi." in words(answer)

    def test_htmx_may_carry_the_token_in_its_header(self, world: World) -> None:
        client = world.client("kasi")
        page = client.get("/").text
        token = re.search(r"X-CSRFToken&#34;: &#34;([^&]+)&#34;", page) or re.search(
            r'"X-CSRFToken": "([^"]+)"', page
        )
        assert token
        answer = client.post("/logout", headers=HTMX | {"X-CSRFToken": token[1]})
        assert answer.headers["HX-Redirect"] == "/login"


class TestHeaders:
    def test_pages_allow_nothing_from_elsewhere_and_are_not_stored(self, world: World) -> None:
        headers = world.client("kasi").get("/").headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "HX-Request" in headers["Vary"]

    def test_the_cookie_is_kept_from_scripts_and_bound_to_https(self, tmp_path: Path) -> None:
        office = dataclasses.replace(settings_for(tmp_path), base_url="https://kim.contoh.go.id")
        client = create_app(office).test_client()
        cookie = client.get("/login", base_url="https://kim.contoh.go.id").headers["Set-Cookie"]
        assert cookie.startswith("__Host-kimweb=")
        for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert word in cookie

    @pytest.mark.parametrize("template", ON_SCREEN, ids=lambda t: str(t.relative_to(ROOT)))
    def test_no_template_needs_what_the_policy_forbids(self, template: Path) -> None:
        source = re.sub(r"\{#.*?#\}", "", template.read_text(), flags=re.DOTALL)
        assert not re.search(r"\sstyle=|<style|\shx-on|\son[a-z]+=\"|javascript:", source)
        assert not re.search(r"<script(?![^>]*\ssrc=)", source)
        assert not re.search(r'hx-trigger="[^"]*\[', source)
        assert not re.search(r'(src|href|action)="(https?:)?//', source)


class TestErrors:
    def test_an_unknown_address_says_what_to_do(self, world: World) -> None:
        answer = world.client("kasi").get("/tidak-ada")
        assert answer.status_code == 404
        assert "Mulailah lagi dari meja kerja." in words(answer)

    def test_htmx_gets_the_sentence_alone(self, world: World) -> None:
        answer = world.client("kasi").get("/tidak-ada", headers=HTMX)
        assert answer.mimetype == "text/plain"
        assert answer.text.startswith("Alamat ini tidak ada")

    @pytest.mark.own_app
    def test_a_failure_shows_a_code_that_stands_in_the_log(
        self, app: Flask, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        app.add_url_rule("/gagal", "gagal", lambda: 1 // 0)
        answer = world.client("kasi").get("/gagal")
        assert answer.status_code == 500
        code = re.search(r"Kode: ([0-9a-f]{8})", words(answer))
        assert code
        assert code[1] in caplog.text
        assert "ZeroDivisionError" in caplog.text
        assert "ZeroDivision" not in answer.text

    @pytest.mark.own_app
    def test_a_database_that_is_away_is_said_to_be_busy(self, app: Flask, world: World) -> None:
        def away() -> str:
            raise OperationalError("SELECT 1", {}, Exception("gone"))

        app.add_url_rule("/jauh", "jauh", away)
        answer = world.client("kasi").get("/jauh")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "Tunggu beberapa detik" in words(answer)

    @pytest.mark.own_app
    def test_what_was_typed_while_the_database_was_away_is_kept_but_no_secret(
        self, app: Flask, world: World
    ) -> None:
        def away() -> str:
            raise OperationalError("SELECT 1", {}, Exception("database is locked"))

        app.add_url_rule("/jauh", "jauh", away, methods=["POST"])
        typed = {"note": 'Sudah "diperiksa" & lengkap.', "passphrase": "kunci saya"}
        answer = send(world.client("kadis"), "/account", "/jauh", **typed)
        assert answer.status_code == 503
        assert "Isian Anda belum tersimpan, tetapi masih ada." in words(answer)
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
        assert html.unescape(fields["note"]) == typed["note"]
        assert fields["csrf_token"]
        assert typed["passphrase"] not in answer.text

    @pytest.mark.own_app
    @pytest.mark.parametrize(
        ("failure", "state"),
        [
            (OSError(errno.ENOSPC, "No space left on device"), "penuh"),
            (OperationalError("INSERT", {}, Exception("database or disk is full")), "penuh"),
            (OSError(errno.EROFS, "Read-only file system"), "hanya dapat dibaca"),
            (
                OperationalError("INSERT", {}, Exception("attempt to write a readonly database")),
                "hanya dapat dibaca",
            ),
            (
                InternalError("INSERT", {}, Exception("cannot INSERT in a read-only transaction")),
                "hanya dapat dibaca",
            ),
        ],
    )
    def test_a_disk_that_takes_nothing_is_said_and_what_was_typed_is_kept(
        self, app: Flask, world: World, failure: Exception, state: str
    ) -> None:
        def write() -> str:
            raise failure

        app.add_url_rule("/tulis", "tulis", write, methods=["POST"])
        answer = send(world.client("kasi"), "/account", "/tulis", note="Lengkap.")
        assert answer.status_code == 503
        assert f"{state}: isian Anda belum tersimpan" in words(answer)
        assert 'name="note" value="Lengkap."' in answer.text

    @pytest.mark.parametrize("address", ["/cases/{}", "/agenda?page={}"])
    def test_a_number_that_no_database_holds_is_not_found(self, world: World, address: str) -> None:
        answer = world.client("kasi").get(address.format(10**20))
        assert answer.status_code == 404
        assert "Tidak ditemukan" in words(answer)

    def test_every_field_for_secrets_is_known_as_one(self) -> None:
        templates = "".join(file.read_text() for file in (ROOT / "templates").rglob("*.html"))
        plain = re.findall(r'type="password"[^>]* name="(\w+)"', templates)
        by_macro = re.findall(r'field\("(\w+)"[^}]*type="password"', templates)
        once = re.findall(r'field\("(\w+)"[^}]*autocomplete="one-time-code"', templates)
        assert {*plain, *by_macro, *once} == errors.SECRETS

    def test_too_large_an_upload_is_refused(self, app: Flask, world: World) -> None:
        app.config["MAX_CONTENT_LENGTH"] = 1000
        answer = send(world.client("kasi"), "/account", "/account/password", new="x" * 2000)
        assert answer.status_code == 413
        assert "Berkas paling besar 25 MB" in words(answer)


class TestAssets:
    def test_a_file_is_packed_and_kept_for_a_year(self, app: Flask) -> None:
        with app.test_request_context():
            address = assets.address("htmx.js")
        answer = app.test_client().get(address, headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert b"htmx" in gzip.decompress(answer.data)
        assert answer.mimetype == "text/javascript"

    def test_a_browser_that_cannot_unpack_gets_it_plain(self, app: Flask) -> None:
        with app.test_request_context():
            address = assets.address("kimweb.css")
        answer = app.test_client().get(address)
        assert "Content-Encoding" not in answer.headers
        assert b"--accent" in answer.data

    def test_an_address_of_before_an_upgrade_is_answered_but_not_kept(self, app: Flask) -> None:
        answer = app.test_client().get("/vendor/0123456789ab/htmx.js")
        assert answer.status_code == 200
        assert "max-age=0" in answer.headers["Cache-Control"]

    @pytest.mark.parametrize("name", ["package.json", "..%2fapp.py", "%2e%2e", ".gitignore"])
    def test_nothing_outside_the_list_is_served(self, app: Flask, name: str) -> None:
        assert app.test_client().get(f"/vendor/x/{name}").status_code in (302, 404)

    def test_the_fonts_and_drawings_of_the_style_sheet_are_there(self, app: Flask) -> None:
        with app.test_request_context():
            address = assets.address("kimweb.css")
        client = app.test_client()
        named = re.findall(r'url\("\.\./([^"]+)"\)', client.get(address).text)
        types = Counter(client.get(f"/vendor/{name}").mimetype for name in named)
        assert types == {"font/ttf": 2, "image/svg+xml": len(assets.DRAWINGS)}

    @pytest.mark.parametrize("template", ON_SCREEN, ids=lambda t: str(t.relative_to(ROOT)))
    def test_every_icon_that_a_template_names_is_there(self, template: Path) -> None:
        source = re.sub(r"\{#.*?#\}", "", template.read_text(), flags=re.DOTALL)
        for name in re.findall(r"""\bicon(?:\(|=)["']([a-z0-9-]+)["']""", source):
            assert str(assets.icon(name)).startswith("<svg")

    def test_the_first_desk_is_below_100_kilobytes_beyond_fonts(self, world: World) -> None:
        page = world.client("kasi").get("/")
        total = len(page.data)
        for name in re.findall(r'"/vendor/\w+/([\w.-]+)"', page.text):
            total += len(assets.load(name).packed)
        assert 40_000 < total < 100_000


class TestStylesheet:
    CSS = (
        "/*! lisensi */:root{--used:1px;--idle:2px;--chain:var(--idle)}"
        "*{margin:0}.btn,.gone{color:var(--used)}.btn:not(.disabled):hover{top:0}"
        "@media (min-width:9px){.gone{left:0}}@media print{.btn{left:1px}.gone{left:0}}"
        "[data-bs-theme=dark] .btn{right:0}.w-100\\%{width:1px}.btn .gone{bottom:0}"
    )

    def test_rules_whose_classes_occur_nowhere_are_left_out(self) -> None:
        kept = trim(self.CSS, frozenset({"btn"}))
        assert kept == (
            "/*! lisensi */:root{--used:1px;}*{margin:0}.btn{color:var(--used)}"
            ".btn:not(.disabled):hover{top:0}@media print{.btn{left:1px}}"
        )

    def test_tabler_stays_whole_where_it_is_used(self) -> None:
        css = assets.load("tabler.css").plain.decode()
        assert css.count("{") == css.count("}") > 100
        assert "box-sizing:border-box" in css
        assert ".btn-primary{" in css
        assert ".carousel" not in css


class TestWords:
    @pytest.mark.parametrize(
        ("due", "said"),
        [
            ("2026-11-25 13.15", "2 hari 2 jam kerja lagi"),
            ("2026-11-24 10.00", "1 hari kerja lagi"),
            ("2026-11-30 10.00", "5 hari kerja lagi"),  # a weekend in between
            ("2026-11-23 14.00", "3 jam kerja lagi"),  # an hour of them is the break
            ("2026-11-23 11.20", "1 jam 20 menit kerja lagi"),
            ("2026-11-24 07.30", "5 jam kerja lagi"),
            ("2026-11-23 10.00", "kurang dari 1 menit kerja lagi"),
            ("2026-11-23 09.20", "terlambat 40 menit kerja"),
            ("2026-11-20 16.00", "terlambat 3 jam kerja"),
            ("2026-11-19 10.00", "terlambat 2 hari kerja"),
        ],
    )
    def test_time_left_is_working_time(self, due: str, said: str) -> None:
        due_at = datetime.strptime(due, "%Y-%m-%d %H.%M").replace(tzinfo=WITA)
        assert filters.time_left(due_at, NOW, shelf.office_calendar()) == said

    def test_a_weekend_makes_nobody_late(self) -> None:
        friday, sunday = (datetime(2026, 11, day, 16, 40, tzinfo=WITA) for day in (20, 22))
        said = filters.time_left(friday, sunday, shelf.office_calendar())
        assert said == "terlambat kurang dari 1 menit kerja"

    @pytest.mark.parametrize(
        ("span", "said"),
        [
            (timedelta(seconds=5), "baru saja"),
            (timedelta(hours=2), "2 jam yang lalu"),
            (timedelta(days=10), "13 Nov 2026"),
        ],
    )
    def test_what_is_past_is_said_too(self, span: timedelta, said: str) -> None:
        assert filters.ago(NOW - span, NOW) == said

    @pytest.mark.parametrize(
        ("opened", "due", "tone"),
        [
            (-1, 22, "calm"),
            (-67, 1, "soon"),  # since Friday: one hour of five working hours is left
            (-1, 0.4, "soon"),
            (-3, -0.1, "late"),
        ],
    )
    def test_urgency_follows_the_time_that_is_used_up(
        self, opened: float, due: float, tone: str
    ) -> None:
        hours = [NOW + timedelta(hours=h) for h in (opened, due)]
        assert filters.urgency(*hours, NOW, shelf.office_calendar()) == tone

    def test_moments_are_said_in_the_time_of_the_office(self) -> None:
        assert filters.moment(NOW) == "Senin, 23 November 2026 pukul 10.00 WITA"

    @pytest.mark.parametrize(
        ("name", "letters"),
        [("Drs. Andi Rahman, M.Si", "AR"), ("Staf", "S"), ("Drs.", "?"), ("La Ode Hasan", "LO")],
    )
    def test_a_person_is_marked_by_initials(self, name: str, letters: str) -> None:
        assert filters.initials(name) == letters


class TestNavigation:
    def test_every_way_leads_somewhere(self, app: Flask) -> None:
        for entry in navigation.ENTRIES:
            assert entry.endpoint in app.view_functions, entry

    @pytest.mark.parametrize("username", ["kadis", "admin"])
    def test_everybody_reaches_every_page_that_is_offered(
        self, world: World, username: str
    ) -> None:
        client = world.client(username)
        offered = set(re.findall(r'href="(/[a-z]*/?)"', client.get("/").text))
        assert {"/", "/sop", "/account"} <= offered
        assert ("/people/" in offered) == (username == "admin")
        for address in offered:
            assert client.get(address).status_code == 200, address

    def test_the_present_page_is_marked(self, world: World) -> None:
        page = world.client("kasi").get("/sop").text
        assert re.findall(r'href="([^"]+)" aria-current="page"', page) == ["/sop", "/sop"]


def test_the_sop_page_prints_the_document_word_for_word(world: World) -> None:
    page = world.client("staf").get("/sop")
    seen = words(page)
    assert "17/DISKOMINFO-KLK/2018" in seen
    assert seen.count("Permwnkominfo") >= 1  # the document's own slip stays
    assert len(re.findall(r'id="langkah-\d+"', page.text)) == 17
    assert page.text.count('class="sop-page"') >= 2


class TestHealth:
    def test_monitors_are_told_without_a_login(self, app: Flask) -> None:
        answer = app.test_client().get("/healthz/live")
        assert answer.status_code == 200
        assert answer.json["status"] == "degraded"
        assert answer.json["database"] is True
        assert answer.json["redis"] is False
        silent = dict.fromkeys(("worker", "mailer", "sweep", "auditor"))
        assert answer.json["heartbeat_age_seconds"] == silent
        assert app.test_client().get("/healthz").status_code == 503

    @pytest.mark.own_app
    def test_a_database_that_is_away_fails(self, app: Flask) -> None:
        db.connect("sqlite:////tidak/ada/berkas.sqlite3")
        answer = app.test_client().get("/healthz/live")
        assert (answer.status_code, answer.json["status"]) == (503, "failed")

    def test_the_administrator_sees_what_lives_and_others_do_not(self, world: World) -> None:
        assert "Tidak terdengar" in words(world.client("admin").get("/health"))
        assert world.client("kadis").get("/health").status_code == 403


def test_a_login_page_works_without_any_case_or_script(app: Flask) -> None:
    client: FlaskClient = app.test_client()
    page = client.get("/login").text
    assert '<form method="post">' in page
    assert "hx-post" not in page
