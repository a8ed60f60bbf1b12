"""The calendar on screen: the year as a picture, and the administrator who changes it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from kimweb import clock, db
from kimweb.deadlines import revisions
from kimweb.sop import revising, shelf
from tests.conftest import HandClock
from tests.pages.forms import send, words
from tests.world import World

PAGE = "/calendar/days/2026-11-24"
DAY_OFF = {"kind": "local", "name": "Pilkades serentak", "source": "SE Bupati 5/2026"}


def said_of(page: str, day: str) -> str:
    """Return what the picture says of a date on hover and focus."""
    found = re.search(rf'data-said="([^"]*{day}[^"]*)"', page)
    assert found, day
    return found[1]


def confirm(client: FlaskClient, page: str, wish: str, **fields: object) -> object:
    """Look at what a change would do, then confirm it as the page offers."""
    looked = send(client, page, **fields)
    seen = re.search(r'name="seen" value="([^"]+)"', looked.text)
    assert seen, words(looked)
    return send(client, page, **fields, seen=seen[1], confirm=wish)


SEKSI = {
    "name": "Seksi KIM",
    "lanes": ["kasi", "staf"],
    "own_0": "siang",
    "own_1": "ramadan",
    "source": "Keputusan Bupati 9/2026",
}


def six_days(world: World) -> FlaskClient:
    """Return the administrator, who has given hours of six days the name "siang"."""
    days = [[["09.00", "14.00"]]] * 6 + [[]]
    with db.writing() as session:
        revisions.apply(
            session,
            revising.week_subject("siang"),
            {"days": days, "source": "Keputusan Bupati 9/2026"},
            world.person("admin"),
            clock.now(),
            move=False,
        )
    return world.client("admin")


class TestThePicture:
    def test_each_day_says_its_kind_its_name_and_its_source(self, world: World) -> None:
        page = world.client("kasi").get("/calendar/?tahun=2027").text
        assert "Libur nasional" in said_of(page, "10 Maret 2027")
        assert "perkiraan" in said_of(page, "10 Maret 2027")
        assert "SKB 3 Menteri" in said_of(page, "24 Desember 2027")
        assert "Cuti bersama" in said_of(page, "24 Desember 2027")
        assert "Ramadan 1448 H" in said_of(page, "9 Februari 2027")
        assert page.count('class="year-month"') == 12

    def test_hours_periods_and_units_are_on_the_page(self, world: World) -> None:
        seen = words(world.client("kasi").get("/calendar/?tahun=2026"))
        assert "240 hari kerja" in seen
        assert "07.30–11.30 13.00–16.30" in seen
        assert "Ramadan 1447 H" in seen
        assert "Semua jabatan memakai jam kerja kantor" in seen

    def test_a_year_without_a_decree_says_so(self, world: World) -> None:
        seen = words(world.client("kasi").get("/calendar/?tahun=2028"))
        assert "Cuti bersama tahun 2028 belum ada di kalender" in seen

    @pytest.mark.parametrize("year", ["1", "0", "99999", "-5"])
    def test_a_year_far_away_is_not_found(self, world: World, year: str) -> None:
        assert world.client("kasi").get(f"/calendar/?tahun={year}").status_code == 404

    def test_only_the_administrator_changes_it(self, world: World) -> None:
        assert world.client("kadis").get(PAGE).status_code == 403
        assert "/calendar/days/" not in world.client("kadis").get("/calendar/").text

    def test_a_typed_date_leads_to_its_page_and_a_strange_one_back(self, world: World) -> None:
        admin = world.client("admin")
        answer = admin.get("/calendar/days?tanggal=2026-12-24")
        assert answer.headers["Location"] == "/calendar/days/2026-12-24"
        assert "Tanggal tidak terbaca" in words(
            admin.get("/calendar/days?tanggal=besok", follow_redirects=True)
        )


class TestChanging:
    def test_a_day_off_is_shown_with_what_it_moves_before_it_is_kept(self, world: World) -> None:
        case = world.case(at=3)
        looked = send(world.client("admin"), PAGE, **DAY_OFF)
        seen = words(looked)
        assert "1 tenggat" in seen
        assert "Rabu, 25 November 2026 pukul 08.00 WITA" in seen
        assert "Kamis, 26 November 2026 pukul 08.00 WITA" in seen
        assert f"/cases/{case.id}" in looked.text
        assert "Belum ada perubahan" in words(world.client("admin").get("/calendar/"))

    def test_confirmed_it_stands_on_the_picture_in_the_log_and_in_the_history(
        self, world: World
    ) -> None:
        case = world.case(at=3)
        admin = world.client("admin")
        confirm(admin, PAGE, "move", **DAY_OFF)
        page = admin.get("/calendar/?tahun=2026")
        assert "Libur setempat, Pilkades serentak. Sumber: SE Bupati 5/2026" in said_of(
            page.text, "24 November 2026"
        )
        assert "1 tenggat dipindahkan" in words(page)
        history = words(world.client("kasi").get(f"/cases/{case.id}"))
        assert "Tenggat langkah 3 berpindah dari Rabu, 25 November 2026" in history

    def test_kept_as_they_are_due_times_stay(self, world: World) -> None:
        case = world.case(at=3)
        before = world.stage(case).due_at
        confirm(world.client("admin"), PAGE, "keep", **DAY_OFF)
        assert world.stage(case).due_at == before
        assert "1 tenggat dibiarkan" in words(world.client("admin").get("/calendar/"))

    def test_what_changed_since_it_was_shown_is_shown_again(self, world: World) -> None:
        admin = world.client("admin")
        looked = send(admin, PAGE, **DAY_OFF)
        seen = re.search(r'name="seen" value="([^"]+)"', looked.text)
        assert seen
        world.case(at=3)
        answer = send(admin, PAGE, **DAY_OFF, seen=seen[1], confirm="move")
        assert answer.status_code == 409
        assert "Keadaannya sudah berubah" in words(answer)
        assert "1 tenggat" in words(answer)

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"kind": ""}, "Pilih jenis hari."),
            ({"name": ""}, "Isi nama atau keterangan hari itu."),
            ({"source": ""}, "Isi dasarnya"),
            ({"kind": "working", "open": "pagi"}, "“pagi” tidak dikenali"),
            ({"kind": "working", "open": "12.00-07.30"}, "berakhir sebelum dimulai"),
            (
                {"kind": "working", "open": "07.30-12.00", "break": "13.00-14.00"},
                "Istirahat harus berada di dalam jam buka",
            ),
        ],
    )
    def test_what_cannot_be_read_is_told_and_kept(
        self, world: World, typed: dict[str, str], said: str
    ) -> None:
        answer = send(world.client("admin"), PAGE, **(DAY_OFF | {"name": "Bakti"} | typed))
        assert answer.status_code == 422
        assert said in words(answer)

    def test_a_saturday_needs_its_hours(self, world: World) -> None:
        answer = send(
            world.client("admin"), "/calendar/days/2026-11-28", **(DAY_OFF | {"kind": "working"})
        )
        assert "Hari ini libur mingguan. Isi jam kerjanya" in words(answer)

    def test_a_period_is_added_changed_and_removed(
        self, world: World, hand_clock: HandClock
    ) -> None:
        admin = world.client("admin")
        typed = {
            "name": "Ramadan 1449 H",
            "first": "2028-01-28",
            "last": "2028-02-25",
            "hours": "ramadan",
            "source": "SE Bupati 1/2028",
            "estimated": "1",
        }
        confirm(admin, "/calendar/periods/new", "keep", **typed)
        assert "Ramadan 1449 H" in words(admin.get("/calendar/?tahun=2028"))
        page = "/calendar/periods/Ramadan 1449 H"
        confirm(admin, page, "keep", **(typed | {"first": "2028-01-29", "estimated": ""}))
        (period,) = [p for p in shelf.office_calendar().hours.periods if "1449" in p.name]
        assert (period.first.day, period.estimated) == (29, False)
        confirm(admin, page, "keep", off="1")
        assert admin.get(page).status_code == 404

    def test_the_hours_of_a_week_are_changed_and_due_times_go_along(
        self, world: World, hand_clock: HandClock
    ) -> None:
        case = world.case(at=3)
        admin = world.client("admin")
        page = "/calendar/weeks/biasa"
        assert 'value="07.30-16.30"' in admin.get(page).text, "Friday's hours are in the form"
        later = dict.fromkeys([f"open_{n}" for n in range(5)], "09.00-16.00")
        looked = send(admin, page, **later, source="Perbup 3/2027")
        assert "Senin sampai Jumat 09.00–16.00; Sabtu sampai Minggu libur" in words(looked)
        assert "1 tenggat" in words(looked)
        confirm(admin, page, "move", **later, source="Perbup 3/2027")
        assert f"{world.stage(case).due_at.astimezone(shelf.zone()):%H.%M}" == "09.00"
        seen = words(admin.get("/calendar/?tahun=2026"))
        assert "mengubah jam kerja biasa : dari Senin sampai Kamis 07.30–12.00 dan" in seen
        assert "09.00–16.00" in seen

    def test_a_new_week_is_kept_by_a_period(self, world: World) -> None:
        admin = world.client("admin")
        six = {f"open_{n}": "07.30-14.00" for n in range(6)} | {"source": "Keputusan Bupati 9/2027"}
        confirm(admin, "/calendar/weeks/new", "keep", name="enam hari", **six)
        period = {"name": "Enam hari kerja", "first": "2027-01-01", "last": "2027-01-31"}
        kept = period | {"hours": "enam hari", "source": "Keputusan Bupati 9/2027"}
        confirm(admin, "/calendar/periods/new", "keep", **kept)
        assert "Sabtu, 9 Januari 2027: Jam kerja masa khusus" in said_of(
            admin.get("/calendar/?tahun=2027").text, "9 Januari 2027"
        )

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"source": ""}, "Isi dasarnya"),
            ({"open_2": "siang"}, "“siang” tidak dikenali"),
            ({"break_6": "12.00-13.00"}, "Isi juga jam kerjanya"),
            ({f"open_{n}": "" for n in range(5)}, "Isi jam kerja sedikitnya satu hari"),
            ({"name": "biasa"}, "Jam kerja dengan nama ini sudah ada"),
            ({"name": "<b>"}, "Isi nama jam kerja itu dengan huruf dan angka"),
            ({"name": "new"}, "Isi nama jam kerja itu dengan huruf dan angka"),
        ],
    )
    def test_a_week_that_cannot_be_kept_is_told_and_kept_on_the_screen(
        self, world: World, typed: dict[str, str], said: str
    ) -> None:
        week = {f"open_{n}": "07.30-16.00" for n in range(5)}
        given = week | {"name": "biasa 2027", "source": "SE Bupati 8/2026"} | typed
        answer = send(world.client("admin"), "/calendar/weeks/new", **given)
        assert answer.status_code == 422
        assert said in words(answer)
        assert given["source"] in answer.text
        for told in re.findall(r'aria-describedby="([^" ]+)"', answer.text):
            assert f'id="{told}"' in answer.text

    def test_a_unit_keeps_its_own_week_and_its_due_times_go_along(
        self, world: World, hand_clock: HandClock
    ) -> None:
        case = world.case(at=3)
        admin = six_days(world)
        assert "Sama dengan kantor" in words(admin.get("/calendar/units/new"))
        looked = send(admin, "/calendar/units/new", **SEKSI)
        assert "Kepala Seksi, Staf: jam kerja siang sebagai ganti jam kerja biasa" in words(looked)
        assert "1 tenggat" in words(looked)
        kept = re.findall(r'name="lanes" value="(\w+)"', looked.text)
        assert kept == ["kasi", "staf"], "the review hands on every position"
        confirm(admin, "/calendar/units/new", "move", **SEKSI)
        assert f"{world.stage(case).due_at.astimezone(shelf.zone()):%H.%M}" == "09.00"
        page = admin.get("/calendar/units/Seksi KIM")
        assert re.search(r'value="kasi" checked', page.text)
        assert re.search(r'value="siang" selected', page.text)
        seen = words(admin.get("/calendar/"))
        assert "mengubah bagian Seksi KIM : dari tidak ada menjadi Kepala Seksi, Staf" in seen

    def test_a_unit_is_shown_as_a_year_and_removed(
        self, world: World, hand_clock: HandClock
    ) -> None:
        admin = six_days(world)
        assert "Kalender untuk" not in admin.get("/calendar/").text
        confirm(admin, "/calendar/units/new", "keep", **SEKSI)
        kasi = world.client("kasi")
        assert "Seksi KIM (bagian Anda)" in words(kasi.get("/calendar/"))
        own = kasi.get("/calendar/?tahun=2026&bagian=Seksi KIM").text
        assert "Hari kerja, 09.00–14.00" in said_of(own, "28 November 2026")
        assert "Libur mingguan" in said_of(kasi.get("/calendar/?tahun=2026").text, "28 November")
        confirm(admin, "/calendar/units/Seksi KIM", "keep", off="1")
        assert admin.get("/calendar/units/Seksi KIM").status_code == 404
        assert kasi.get("/calendar/?bagian=Seksi KIM").status_code == 404
        assert "menjadi tidak ada" in words(admin.get("/calendar/"))

    def test_a_unit_that_cannot_be_kept_is_told_and_kept_on_the_screen(self, world: World) -> None:
        admin = six_days(world)
        confirm(admin, "/calendar/units/new", "keep", **SEKSI)
        other = SEKSI | {"name": "Tim lapangan", "lanes": ["tim"]}
        for typed, said in (
            ({"source": ""}, "Isi dasarnya"),
            ({"lanes": []}, "Pilih sedikitnya satu jabatan"),
            ({"lanes": ["tim", "staf"]}, "Staf sudah masuk bagian Seksi KIM"),
            ({"own_0": "biasa"}, "Semua jam kerjanya sama dengan kantor"),
            ({"own_0": "malam"}, "Pilih jam kerja."),
            ({"name": "Seksi KIM"}, "Bagian dengan nama ini sudah ada"),
            ({"name": "<b>"}, "Isi nama bagian itu dengan huruf dan angka"),
        ):
            answer = send(admin, "/calendar/units/new", **(other | typed))
            assert answer.status_code == 422
            assert said in words(answer)
            assert 'value="siang" selected' in answer.text or "own_0" in typed

    def test_periods_may_not_overlap(self, world: World) -> None:
        answer = send(
            world.client("admin"),
            "/calendar/periods/new",
            name="Ramadan lagi",
            first="2027-02-20",
            last="2027-03-20",
            hours="ramadan",
            source="SE",
        )
        assert "Bertindihan dengan Ramadan 1448 H" in words(answer)


class TestDifferences:
    def test_the_page_says_that_due_times_differ_and_moves_them_on_confirmation(
        self, world: World, hand_clock: HandClock
    ) -> None:
        admin, case = world.client("admin"), world.case(at=3)
        confirm(admin, PAGE, "keep", **DAY_OFF)
        hand_clock.move(minutes=1)
        assert "berbeda dari kalender" in words(admin.get("/calendar/"))
        assert "berbeda dari kalender" not in words(world.client("kasi").get("/calendar/"))
        page = admin.get("/calendar/differences").text
        assert f"/cases/{case.id}" in page
        seen = re.search(r'name="seen" value="([^"]+)"', page)
        assert seen
        assert send(admin, "/calendar/differences", seen="lama").status_code == 409
        send(admin, "/calendar/differences", seen=seen[1])
        after = words(admin.get("/calendar/"))
        assert "1 tenggat dipindahkan menurut kalender" in after
        assert "memindahkan tenggat berjalan menurut kalender" in after
        assert "Ada tenggat berjalan yang berbeda" not in after
        assert "Semua tenggat sesuai" in words(admin.get("/calendar/differences"))
