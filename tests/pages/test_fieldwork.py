"""The worksheets of steps 11 to 13 in the browser's own words: forms, answers, refusals."""

from __future__ import annotations

import hashlib
import io
import shutil
from pathlib import Path
from typing import ClassVar

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from kimweb import bell, clock, create_app, db
from kimweb.cases import attachments, fieldwork
from kimweb.cases.fieldwork import guests
from kimweb.cases.models import Case
from kimweb.dispatch.models import Message
from kimweb.groups import register
from tasks import create_celery
from tests.conftest import MONDAY_MORNING, HandClock, settings_for
from tests.world import World

HTMX = {"HX-Request": "true"}
NOTES = {"held_on": "2026-12-08", "place": "Balai Desa", "decisions": "Membentuk KIM Mekongga."}


@pytest.fixture(scope="module")
def furnished_file(
    furnished_file: Path, mail_server: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The example office with a case at each step of the fieldwork, played once."""
    folder = tmp_path_factory.mktemp("cases")
    shutil.copy(furnished_file, folder)
    settings = settings_for(folder, SMTP_URL=mail_server[0])
    office = create_app(settings)
    create_celery(office, settings)
    bell.connect(None)
    hand = HandClock(MONDAY_MORNING)
    clock.use(hand)
    with office.app_context():
        for step in (10, 11, 12, 13):
            World(office, hand).case(at=step, subject=f"Kegiatan pada langkah {step}")
        db.session.remove()
    db.engine().dispose()
    clock.use(None)
    return folder / furnished_file.name


def case_at(step: int) -> Case:
    found = select(Case).where(Case.subject == f"Kegiatan pada langkah {step}")
    return db.session.scalars(found).one()


@pytest.fixture(autouse=True)
def _forms_without_tokens(world: World) -> None:
    world.app.config["WTF_CSRF_ENABLED"] = False


def post(client: FlaskClient, case: Case, path: str, data: dict[str, object], **more: object):  # type: ignore[no-untyped-def]
    return client.post(f"/cases/{case.id}/{path}", data=data, **more)


def page(answer: TestResponse) -> str:
    return " ".join(answer.text.split())


def photo(size: tuple[int, int] = (800, 600)) -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("RGB", size, (30, 90, 60)).save(out, "JPEG")
    out.seek(0)
    return out, "musyawarah.jpg"


def team_form(world: World) -> dict[str, object]:
    kasi = world.person("kasi").id
    return {
        "person": [str(kasi)],
        f"role-{kasi}": "Ketua Tim",
        "outside_name": ["Drs. Baharuddin", "Nurlina", ""],
        "outside_title": ["Camat", "Guru", ""],
        "outside_role": ["Narasumber", "Moderator", ""],
        "leaves_on": "2026-12-08",
        "returns_on": "2026-12-09",
        "transport": "Mobil dinas",
        "gathering": "Halaman kantor",
    }


class TestTeam:
    @pytest.fixture
    def case(self, world: World) -> Case:
        return case_at(11)

    def test_kasi_saves_the_team_with_a_plain_form(self, world: World, case: Case) -> None:
        form = team_form(world) | {"equipment": list(fieldwork.equipment_of(case))}
        answer = post(world.client("kasi"), case, "team", form)
        assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}/team")
        assert fieldwork.team_gaps(db.session(), case) == []

    def test_with_scripts_only_the_form_comes_back(self, world: World, case: Case) -> None:
        answer = post(world.client("kasi"), case, "team", team_form(world), headers=HTMX)
        assert answer.status_code == 200
        assert answer.text.lstrip().startswith('<div id="work-team"')
        assert "<html" not in answer.text
        assert "Tersimpan" in answer.text
        assert answer.headers["HX-Trigger"] == "work-saved"

    def test_what_was_typed_stays_when_it_is_refused(self, world: World, case: Case) -> None:
        form = team_form(world) | {"returns_on": "2026-12-01", "transport": "Perahu motor"}
        answer = post(world.client("kasi"), case, "team", form)
        assert answer.status_code == 422
        assert "Tanggal kembali tidak boleh sebelum tanggal berangkat." in answer.text
        assert 'value="Perahu motor"' in answer.text
        assert 'value="Drs. Baharuddin"' in answer.text
        assert fieldwork.departure_of(db.session(), case) is None

    def test_somebody_whose_turn_it_is_not_is_told_so(self, world: World, case: Case) -> None:
        answer = post(world.client("staf"), case, "team", team_form(world))
        assert answer.status_code == 403
        assert "hanya dapat diubah oleh pelaksana langkah" in answer.text
        assert not fieldwork.team_of(db.session(), case)

    def test_others_of_the_office_may_look_but_find_no_button(
        self, world: World, case: Case
    ) -> None:
        answer = world.client("staf").get(f"/cases/{case.id}/team")
        assert answer.status_code == 200
        assert "Simpan tim" not in answer.text
        assert '<fieldset class="plain" disabled>' in answer.text

    def test_after_the_hand_over_nothing_can_be_changed(self, world: World, case: Case) -> None:
        world.work(case)
        world.forward(case)
        case = case_at(11)
        assert post(world.client("kasi"), case, "team", team_form(world)).status_code == 403


class TestActivity:
    @pytest.fixture
    def case(self, world: World) -> Case:
        return case_at(12)

    def attend(self, world: World, case: Case, key: str, name: str, sex: str = "P"):  # type: ignore[no-untyped-def]
        form = {"key": key, "name": name, "sex": sex, "origin": "Desa Polinggona"}
        return post(world.client("tim"), case, "activity/attendees", form, headers=HTMX)

    def test_tim_writes_names_down_one_after_the_other(self, world: World, case: Case) -> None:
        first = self.attend(world, case, "a1", "Sitti Aminah")
        second = self.attend(world, case, "a2", "Abdul Kadir", "L")
        assert "<strong>2</strong> orang: 1 L, 1 P" in page(second)
        keys = [
            text.split('name="key" value="')[1].split('"')[0] for text in (first.text, second.text)
        ]
        assert keys[0] != keys[1]

    def test_a_doubled_touch_writes_one_name_and_says_so(self, world: World, case: Case) -> None:
        self.attend(world, case, "a1", "Sitti Aminah")
        again = self.attend(world, case, "a1", "Sitti Aminah")
        assert "Sitti Aminah sudah ada di daftar" in again.text
        assert len(fieldwork.attendees(db.session(), case)) == 1

    def test_without_the_sex_the_name_stays_in_the_form(self, world: World, case: Case) -> None:
        answer = self.attend(world, case, "a1", "Sitti Aminah", "")
        assert answer.status_code == 422
        assert "Pilih L (laki-laki) atau P (perempuan)." in answer.text
        assert 'value="Sitti Aminah"' in answer.text
        assert 'name="key" value="a1"' in answer.text

    def test_a_name_is_taken_off(self, world: World, case: Case) -> None:
        self.attend(world, case, "a1", "Sitti Aminah")
        (person,) = fieldwork.attendees(db.session(), case)
        post(world.client("tim"), case, f"activity/attendees/{person.id}/delete", {})
        db.session.rollback()
        assert not fieldwork.attendees(db.session(), case)

    def test_notes_are_saved_and_the_gaps_shrink(self, world: World, case: Case) -> None:
        answer = post(world.client("tim"), case, "activity", NOTES | {"edit": "0"}, headers=HTMX)
        assert "Tersimpan" in answer.text
        assert "Tempat kegiatan belum diisi." not in answer.text
        assert "Daftar hadir masih kosong." in answer.text

    def test_an_older_page_is_told_of_the_newer_text_and_keeps_its_own(
        self, world: World, case: Case
    ) -> None:
        tim = world.client("tim")
        post(tim, case, "activity", NOTES | {"edit": "0", "minutes": "Dari telepon pertama"})
        stale = NOTES | {"edit": "0", "minutes": "Dari telepon kedua"}
        answer = post(tim, case, "activity", stale, headers=HTMX)
        assert answer.status_code == 409
        assert "baru saja diubah di perangkat lain" in answer.text
        assert "Dari telepon kedua</textarea>" in answer.text
        assert "Dari telepon pertama" in answer.text
        # The page now carries the newer edit: saving again is a decision.
        assert 'name="edit" value="1"' in answer.text
        assert post(tim, case, "activity", stale | {"edit": "1"}).status_code == 303

    def test_the_group_is_written_down_and_enters_the_register(
        self, world: World, case: Case
    ) -> None:
        form = {
            "edit": "0",
            "group_name": "KIM Mekongga",
            "village": case.village,
            "officer_role": ["Ketua", "Sekretaris", "Bendahara", ""],
            "officer_name": ["Abdul Kadir", "Sitti Aminah", "Hasnawati", ""],
            "officer_sex": ["L", "P", "P", ""],
            "officer_phone": ["0812 3456 7890", "", "", ""],
            "members_male": "6",
            "members_female": "7",
        }
        assert post(world.client("tim"), case, "activity/group", form).status_code == 303
        group = register.of_case(db.session(), case.id)
        assert group is not None
        assert [o.name for o in group.officers] == ["Abdul Kadir", "Sitti Aminah", "Hasnawati"]

    def test_a_refused_group_keeps_its_officers(self, world: World, case: Case) -> None:
        form = {
            "edit": "0",
            "group_name": "",
            "officer_role": ["Ketua"],
            "officer_name": ["Abdul Kadir"],
            "officer_sex": ["L"],
            "officer_phone": [""],
        }
        answer = post(world.client("tim"), case, "activity/group", form, headers=HTMX)
        assert answer.status_code == 422
        assert "Isi nama kelompok" in answer.text
        assert 'value="Abdul Kadir"' in answer.text

    def test_several_photos_arrive_and_a_bad_one_is_named(self, world: World, case: Case) -> None:
        form = {
            "purpose": "photo",
            "files": [photo(), photo((640, 480)), (io.BytesIO(b"GIF89a"), "lama.gif")],
        }
        answer = post(world.client("tim"), case, "attachments", form, headers=HTMX)
        assert answer.status_code == 422
        assert "lama.gif: Berkas ini tidak dapat diterima." in answer.text
        assert len(attachments.of_case(db.session(), case.id)) == 2

    def test_a_photo_is_shown_small_and_whole_without_being_guessed_at(
        self, world: World, case: Case
    ) -> None:
        tim = world.client("tim")
        post(tim, case, "attachments", {"purpose": "photo", "files": [photo()]})
        (kept,) = attachments.of_case(db.session(), case.id)
        whole = tim.get(f"/cases/{case.id}/attachments/{kept.id}")
        assert whole.mimetype == "image/jpeg"
        assert whole.headers["X-Content-Type-Options"] == "nosniff"
        assert whole.headers["Content-Disposition"] == "inline; filename=musyawarah.jpg"
        assert "sandbox" in whole.headers["Content-Security-Policy"]
        small = tim.get(f"/cases/{case.id}/attachments/{kept.id}/thumbnail")
        assert Image.open(io.BytesIO(small.data)).size == (320, 240)
        known = {"If-None-Match": whole.headers["ETag"]}
        address = f"/cases/{case.id}/attachments/{kept.id}"
        assert tim.get(address, headers=known).status_code == 304

    def test_a_photo_gets_its_caption_and_is_taken_out(self, world: World, case: Case) -> None:
        tim = world.client("tim")
        post(tim, case, "attachments", {"purpose": "photo", "files": [photo()]})
        (kept,) = attachments.of_case(db.session(), case.id)
        post(tim, case, f"attachments/{kept.id}", {"caption": "Pemilihan ketua"})
        assert "Pemilihan ketua" in tim.get(f"/cases/{case.id}/activity").text
        post(tim, case, f"attachments/{kept.id}/delete", {})
        db.session.rollback()
        assert not attachments.of_case(db.session(), case.id)

    def test_a_photo_of_another_case_is_not_found_here(self, world: World, case: Case) -> None:
        tim = world.client("tim")
        post(tim, case, "attachments", {"purpose": "photo", "files": [photo()]})
        (kept,) = attachments.of_case(db.session(), case.id)
        other = case_at(13)
        asked = world.client("kasi").get(f"/cases/{other.id}/attachments/{kept.id}")
        assert asked.status_code == 404

    def test_nobody_adds_photos_at_another_step(self, world: World, case: Case) -> None:
        form: dict[str, object] = {"purpose": "photo", "files": [photo()]}
        assert post(world.client("kasi"), case, "attachments", form).status_code == 403
        form = {"purpose": "material", "files": [photo()]}
        assert post(world.client("tim"), case, "attachments", form).status_code == 403

    def test_many_large_photos_come_in_one_form(self, world: World, case: Case) -> None:
        noise = io.BytesIO()
        Image.effect_noise((2000, 2000), 200).convert("RGB").save(noise, "JPEG", quality=98)
        sizes = noise.getbuffer().nbytes
        copies = [
            (io.BytesIO(noise.getvalue()), f"{n}.jpg") for n in range(26_000_000 // sizes + 1)
        ]
        answer = post(
            world.client("tim"), case, "attachments", {"purpose": "photo", "files": copies}
        )
        assert answer.status_code == 303

    def test_the_phones_page_is_whole_without_scripts(self, world: World, case: Case) -> None:
        text = world.client("tim").get(f"/cases/{case.id}/activity").text
        for part in ("daftar-hadir", "catatan", "foto", "kelompok", "work-gaps"):
            assert f'id="{part}"' in text
        assert 'capture="environment"' in text

    def test_a_stranger_to_the_case_finds_nothing(self, world: World) -> None:
        before = case_at(10)
        assert world.client("tim").get(f"/cases/{before.id}/activity").status_code == 404


class TestMaterial:
    @pytest.fixture
    def case(self, world: World) -> Case:
        return case_at(13)

    @pytest.mark.parametrize("who", ["staf", "tim"])
    def test_staf_gathers_and_tim_may_help(self, world: World, case: Case, who: str) -> None:
        record = fieldwork.activity_of(db.session(), case)
        assert record is not None
        form = {"costs": "BBM Rp 300.000", "obstacles": "Hujan", "suggestions": "Bina lagi"}
        answer = post(world.client(who), case, "material", form | {"edit": str(record.edit)})
        assert answer.status_code == 303
        db.session.rollback()
        kept = fieldwork.activity_of(db.session(), case)
        assert kept is not None
        assert (kept.costs, kept.obstacles) == ("BBM Rp 300.000", "Hujan")

    def test_what_the_tim_recorded_is_there_already(self, world: World, case: Case) -> None:
        text = page(world.client("staf").get(f"/cases/{case.id}/material"))
        assert "2 orang (1 L, 1 P)" in text
        assert "KIM Cahaya" in text
        assert "Peserta menyepakati pembentukan KIM" in text

    def test_a_pdf_is_taken_and_only_ever_downloaded(self, world: World, case: Case) -> None:
        body = b"%PDF-1.4\n"
        pdf = body + b"xref\n0 0\ntrailer<<>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
        form = {
            "purpose": "material",
            "sheet": "material",
            "files": [(io.BytesIO(pdf), "nota.pdf")],
        }
        staf = world.client("staf")
        assert post(staf, case, "attachments", form).status_code == 303
        (kept,) = attachments.of_case(db.session(), case.id, attachments.MATERIAL)
        answer = staf.get(f"/cases/{case.id}/attachments/{kept.id}")
        assert answer.headers["Content-Disposition"] == "attachment; filename=nota.pdf"
        assert answer.data == pdf

    def test_kasi_may_not_fill_it_in(self, world: World, case: Case) -> None:
        assert post(world.client("kasi"), case, "material", {"edit": "1"}).status_code == 403


def test_everybody_of_the_team_gets_the_journey_for_their_calendar(world: World) -> None:
    """Each once by mail, when the team of the case at step 12 left."""
    case = case_at(12)
    of_case = select(Message).where(Message.case_id == case.id)
    mails = db.session.scalars(of_case.where(Message.letter == "keberangkatan")).all()
    assert {m.to_name for m in mails} == {world.person(who).name for who in ("kasi", "tim")}
    page = world.client("kasi").get(f"/cases/{case.id}/team/keberangkatan.ics")
    (file,) = mails[0].attachments
    assert file["sha256"] == hashlib.sha256(page.data).hexdigest()
    assert case_at(12).subject.encode() in page.data


class TestEntriesOfPhones:
    """What a phone sends when it has a network again."""

    KEY = "k" * 24
    ENTRY: ClassVar = {"key": KEY, "kind": "attendee", "name": "Sitti Aminah", "sex": "P"}

    def test_an_entry_is_stored_once_with_its_photo_or_name(self, world: World) -> None:
        case, tim = case_at(12), world.client("tim")
        for _ in range(2):
            assert post(tim, case, "activity/entries", self.ENTRY).json["stored"]
            sent = {"key": "p" * 24, "kind": "photo", "file": photo(), "caption": "Musyawarah"}
            assert post(tim, case, "activity/entries", sent).status_code == 200
        assert fieldwork.attendance(db.session(), case).total == 1
        (kept,) = attachments.of_case(db.session(), case.id, attachments.PHOTO)
        assert kept.caption == "Musyawarah"

    def test_what_cannot_be_stored_is_said(self, world: World) -> None:
        case, tim = case_at(12), world.client("tim")
        nameless = post(tim, case, "activity/entries", self.ENTRY | {"name": ""})
        assert (nameless.status_code, nameless.json["said"]) == (
            422,
            ["Isi nama orang yang hadir."],
        )
        torn = {"key": "p" * 24, "kind": "photo", "file": (io.BytesIO(b"\xff\xd8\xff"), "a.jpg")}
        assert "rusak" in post(tim, case, "activity/entries", torn).json["said"][0]

    def test_after_the_hand_over_a_new_entry_is_told_so_and_a_stored_one_is_known(
        self, world: World
    ) -> None:
        case, tim = case_at(12), world.client("tim")
        post(tim, case, "activity/entries", self.ENTRY)
        number = case.id
        world.player.work(number)
        world.player.forward(number)
        case = case_at(12)
        assert post(tim, case, "activity/entries", self.ENTRY).json["stored"]
        late = post(tim, case, "activity/entries", self.ENTRY | {"key": "l" * 24}, headers=HTMX)
        assert late.status_code == 409
        assert "sudah diteruskan" in late.text

    def test_a_phone_without_a_login_is_told_so_before_it_sends(self, world: World) -> None:
        answer = world.app.test_client().get(
            f"/cases/{case_at(12).id}/activity/entries", headers=HTMX
        )
        assert answer.status_code == 401

    def test_the_worker_is_one_script_from_the_root(self, world: World) -> None:
        script = world.app.test_client().get("/field-worker.js")
        assert script.mimetype == "text/javascript"
        assert script.headers["Cache-Control"] == "no-cache"
        assert "fieldStore" in script.text
        assert "fieldSender" in script.text


class TestGuests:
    """Guests scan the QR on the wall and write themselves down."""

    GUEST: ClassVar = {"key": "g" * 24, "name": "Hasna", "sex": "P", "agreed": "1"}

    def opened(self, world: World) -> str:
        page = post(world.client("tim"), case_at(12), "activity/door", {}, headers=HTMX).text
        assert "<svg" in page
        return "/hadir/" + page.split("/hadir/")[1].split("<")[0].strip()

    def test_a_guest_without_an_account_enters_once_and_may_mend_it(self, world: World) -> None:
        address, guest = self.opened(world), world.app.test_client()
        assert "Kegiatan pada langkah 12" in guest.get(address).text
        for name in ("Hasna", "Hasnawati"):
            thanks = guest.post(address, data=self.GUEST | {"name": name})
            assert f"Terima kasih, {name}" in thanks.text
        (one,) = fieldwork.attendees(db.session(), case_at(12))
        assert (one.name, one.via) == ("Hasnawati", "qr")

    def test_nobody_is_written_down_without_agreeing(self, world: World) -> None:
        address, guest = self.opened(world), world.app.test_client()
        refused = guest.post(address, data=self.GUEST | {"agreed": ""})
        assert refused.status_code == 422
        assert "Beri tanda setuju" in refused.text
        assert "Hasna" in refused.text

    def test_a_guest_cannot_change_what_the_team_wrote(self, world: World) -> None:
        address, guest = self.opened(world), world.app.test_client()
        fieldwork.record_attendee(
            db.session(), case_at(12), {"key": "g" * 24, "name": "Abdul Kadir", "sex": "L"}
        )
        db.session.commit()
        guest.post(address, data=self.GUEST)
        names = {one.name for one in fieldwork.attendees(db.session(), case_at(12))}
        assert names == {"Abdul Kadir", "Hasna"}

    def test_a_program_that_fills_the_list_has_to_wait(self, world: World) -> None:
        address, guest = self.opened(world), world.app.test_client()
        for n in range(guests.MOST_IN_A_MINUTE):
            typed = {"name": f"Tamu {n}", "sex": "L", "agreed": "1", "key": f"{n:024}"}
            assert guests.enter(db.session(), case_at(12), typed) == {}
        db.session.commit()
        crowded = guest.post(address, data=self.GUEST)
        assert (crowded.status_code, guests.CROWDED in crowded.text) == (429, True)
        world.clock.move(minutes=2)
        assert guest.post(address, data=self.GUEST).status_code == 200

    @pytest.mark.parametrize("ends", ["closed", "late", "handed on", "another code"])
    def test_the_door_closes(self, world: World, ends: str) -> None:
        address, tim = self.opened(world), world.client("tim")
        if ends == "closed":
            post(tim, case_at(12), "activity/door/end", {})
        elif ends == "late":
            world.clock.move(hours=6)
        elif ends == "handed on":
            number = case_at(12).id
            world.player.work(number)
            world.player.forward(number)
        else:
            self.opened(world)
        answer = world.app.test_client().post(address, data=self.GUEST)
        assert answer.status_code == 404
        assert "sudah ditutup" in answer.text


class TestPaper:
    """A list that was filled in with a pen is typed in later."""

    def typed(self, *rows: tuple[str, str]) -> dict[str, list[str]]:
        return {
            "row_key": [f"kertas-{n}" for n in range(len(rows))],
            "row_name": [name for name, _ in rows],
            "row_sex": [sex for _, sex in rows],
            "row_origin": ["Desa Pangkalan" if name else "" for name, _ in rows],
            "row_phone": [""] * len(rows),
        }

    @pytest.mark.parametrize(("step", "who"), [(12, "tim"), (13, "staf")])
    def test_many_rows_are_written_at_once_and_once(
        self, world: World, step: int, who: str
    ) -> None:
        case, client = case_at(step), world.client(who)
        before = fieldwork.attendance(db.session(), case).total
        for _ in range(2):
            sent = self.typed(("La Ode Yusuf", "l"), ("", ""), ("Wa Ode Hasna", "P"))
            assert post(client, case_at(step), "paper", sent).status_code == 303
        now = fieldwork.attendees(db.session(), case_at(step))
        assert len(now) == before + 2
        assert {one.via for one in now[-2:]} == {"kertas"}
        again = {"row_key": "k", "row_name": "Wa Ode Hasna", "row_sex": "P"}
        again |= {"row_origin": "Desa Pangkalan", "row_phone": ""}
        post(client, case_at(step), "paper", again)
        sheet = client.get(f"/cases/{case_at(step).id}/paper").text
        assert "Mungkin orang yang sama" in sheet
        (twin, _first) = fieldwork.twins(db.session(), case_at(step))[0]
        settled = {"verdict": "same", "back": "paper"}
        post(client, case_at(step), f"activity/attendees/{twin.id}/twin", settled)
        assert not fieldwork.twins(db.session(), case_at(step))

    def test_a_wrong_row_comes_back_and_the_others_are_kept(self, world: World) -> None:
        sent = self.typed(("La Ode Yusuf", "L"), ("Tanpa kelamin", ""))
        answer = post(world.client("tim"), case_at(12), "paper", sent)
        assert answer.status_code == 422
        assert "Pilih L (laki-laki) atau P (perempuan)." in answer.text
        assert 'value="Tanpa kelamin"' in answer.text
        assert 'value="La Ode Yusuf"' not in answer.text
        assert fieldwork.attendance(db.session(), case_at(12)).total == 1

    def test_an_empty_sheet_is_named(self, world: World) -> None:
        answer = post(world.client("tim"), case_at(12), "paper", self.typed(("", "")))
        assert "Belum ada yang diketik" in answer.text


def test_the_case_page_carries_the_worksheet_of_its_step(world: World) -> None:
    for at, who, mark in ((11, "kasi", "work-team"), (12, "tim", "work-activity")):
        case = case_at(at)
        answer = world.client(who).get(f"/cases/{case.id}")
        assert answer.status_code == 200
        assert f'id="{mark}"' in answer.text


def test_every_form_carries_its_token(world: World) -> None:
    case = case_at(12)
    world.app.config["WTF_CSRF_ENABLED"] = True
    tim = world.client("tim")
    text = tim.get(f"/cases/{case.id}/activity").text
    assert text.count('method="post"') == text.count('name="csrf_token"')
    assert tim.post(f"/cases/{case.id}/activity", data=NOTES).status_code == 400
