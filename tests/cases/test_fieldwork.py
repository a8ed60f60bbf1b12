"""Steps 11 to 13: the team, the village, the material, and the report made of them."""

from __future__ import annotations

from datetime import date, timedelta

import icalendar
import pytest

from kimweb import db
from kimweb.cases import attachments, facts, fieldwork
from kimweb.cases.models import Attachment, Case
from kimweb.documents import dates, kinds, regions
from kimweb.groups import register
from kimweb.groups.entry import EditedElsewhere
from kimweb.people.models import Absence
from tests.databases import both_databases
from tests.world import World

pytestmark = both_databases

PLAN = {
    "leaves_on": "2026-12-07",
    "returns_on": "08-12-2026",
    "transport": "Mobil dinas DT 1001 A",
    "gathering": "Halaman kantor",
}
SPEAKERS = [
    {"name": "Drs. Baharuddin", "title": "Camat Polinggona", "role": "Narasumber"},
    {"name": "Nurlina, S.Pd", "title": "Tokoh masyarakat", "role": "Moderator"},
]
NOTES = {
    "held_on": "8-12-2026",
    "place": "Balai Desa",
    "minutes": "Dibuka oleh Kepala Desa.",
    "decisions": "Membentuk KIM Mekongga.\nPengurus dilantik bulan depan.",
}
OFFICERS = [
    {"role": "Ketua", "name": "Abdul Kadir", "sex": "L", "phone": "0812 3456 7890"},
    {"role": "Sekretaris", "name": "Sitti Aminah", "sex": "P"},
    {"role": "Bendahara", "name": "Hasnawati", "sex": "P"},
]


@pytest.fixture
def case(world: World) -> Case:
    return world.case()


def choose_team(world: World, case: Case, **changes: str) -> dict[str, str]:
    kasi = {"person": str(world.person("kasi").id), "role": "Ketua Tim"}
    ready = fieldwork.equipment_of(case)
    return fieldwork.save_team(db.session(), case, PLAN | changes, [kasi, *SPEAKERS], ready)


def note(case: Case, edit: int = 0, **changes: str) -> dict[str, str]:
    return fieldwork.save_notes(db.session(), case, NOTES | changes, edit)


def gaps(case: Case) -> list[str]:
    return fieldwork.activity_gaps(db.session(), case)


def attend(case: Case, key: str, name: str, sex: str = "P", **more: str) -> dict[str, str]:
    typed = {"key": key, "name": name, "sex": sex, "origin": "Desa Polinggona"} | more
    return fieldwork.record_attendee(db.session(), case, typed)[1]


def form_group(case: Case, edit: int = 0, **changes: str) -> dict[str, str]:
    fields = {"group_name": "KIM Mekongga", "members_male": "6", "members_female": "7"} | changes
    place = register.Place(case.id, case.district, case.village)
    return register.form(db.session(), place, register.Typed(fields, OFFICERS, edit))


def test_kasi_chooses_the_team_and_nothing_is_missing(world: World, case: Case) -> None:
    assert choose_team(world, case) == {}
    names = [(m.name, m.role) for m in fieldwork.team_of(db.session(), case)]
    assert names == [
        ("Wa Ode Fitriani, S.I.Kom", "Ketua Tim"),
        ("Drs. Baharuddin", "Narasumber"),
        ("Nurlina, S.Pd", "Moderator"),
    ]
    departure = fieldwork.departure_of(db.session(), case)
    assert departure is not None
    assert (departure.leaves_on, departure.returns_on) == (date(2026, 12, 7), date(2026, 12, 8))
    assert fieldwork.team_gaps(db.session(), case) == []


def test_before_anything_is_chosen_every_gap_is_named(case: Case) -> None:
    gaps = fieldwork.team_gaps(db.session(), case)
    assert gaps[0] == "Anggota tim belum dipilih."
    assert "Tanggal berangkat belum diisi." in gaps
    assert "Perlengkapan belum siap: Komputer dan Printer." in gaps


def test_a_team_without_leader_or_speaker_is_saved_but_not_ready(case: Case) -> None:
    member = {"name": "Rahmat", "title": "Staf Kecamatan", "role": "Anggota"}
    assert fieldwork.save_team(db.session(), case, PLAN, [member], ()) == {}
    gaps = fieldwork.team_gaps(db.session(), case)
    assert gaps[:3] == [
        "Tunjuk satu orang sebagai Ketua Tim.",
        "Narasumber belum ditentukan.",
        "Moderator belum ditentukan.",
    ]
    assert [gap for gap in gaps if gap.startswith("Perlengkapan")]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"returns_on": "2026-12-01"}, "returns_on", "tidak boleh sebelum tanggal berangkat"),
        ({"returns_on": "2027-02-01"}, "returns_on", "paling lama 31 hari"),
        ({"leaves_on": "besok"}, "leaves_on", "Tulis seperti 12-03-2026"),
        ({"leaves_on": "0026-12-07"}, "leaves_on", "Tulis seperti 12-03-2026"),
        ({"transport": "x" * 300}, "transport", "paling banyak 200 huruf"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_the_old_one_stays(
    world: World, case: Case, changes: dict[str, str], field: str, sentence: str
) -> None:
    choose_team(world, case)
    assert sentence in choose_team(world, case, **changes)[field]
    departure = fieldwork.departure_of(db.session(), case)
    assert departure is not None
    assert departure.returns_on == date(2026, 12, 8)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ([{"name": "Rahmat", "role": "Raja"}], "pilih perannya"),
        ([{"name": "", "title": "Camat", "role": "Narasumber"}], "isi namanya"),
        ([{"person": "99999", "role": "Anggota"}], "pegawai itu tidak ada"),
        ([{"person": "1", "role": "Anggota"}, {"person": "1", "role": "Notulis"}], "satu kali"),
        ([{"name": f"Orang {n}", "role": "Anggota"} for n in range(41)], "paling banyak 40"),
    ],
)
def test_an_impossible_member_is_refused(
    case: Case, members: list[dict[str, str]], sentence: str
) -> None:
    problems = fieldwork.save_team(db.session(), case, PLAN, members, ())
    assert sentence in problems["members"]
    assert not fieldwork.team_of(db.session(), case)


def test_choosing_the_team_again_replaces_it(world: World, case: Case) -> None:
    choose_team(world, case)
    choose_team(world, case)
    assert len(fieldwork.team_of(db.session(), case)) == 3


def test_the_days_of_the_journey_are_looked_up(world: World, case: Case) -> None:
    kasi = world.person("kasi")
    other = world.player.open("KIM Toari", "74.01.24.2001")
    choose_team(world, case, leaves_on="2026-12-24", returns_on="2026-12-25")
    db.session.add(
        Absence(
            person_id=kasi.id,
            kind="Cuti tahunan",
            starts_on=date(2026, 12, 25),
            ends_on=date(2026, 12, 28),
            recorded_by=kasi.id,
            recorded_at=world.clock(),
        )
    )
    choose_team(
        world,
        db.session.get_one(Case, other),
        leaves_on="2026-12-25",
        returns_on="2026-12-26",
    )
    warned = fieldwork.team_warnings(db.session(), case)
    assert warned == [
        "Kamis, 24 Desember 2026 bukan hari kerja (Cuti Bersama Hari Raya Natal).",
        "Jumat, 25 Desember 2026 bukan hari kerja (Hari Raya Natal).",
        "Wa Ode Fitriani, S.I.Kom tercatat cuti tahunan sampai 28 Desember 2026.",
        "Wa Ode Fitriani, S.I.Kom juga berangkat untuk KIM Toari pada 25 Desember 2026.",
    ]


def test_the_journey_fits_into_a_calendar(world: World, case: Case) -> None:
    choose_team(world, case)
    file = icalendar.Calendar.from_ical(fieldwork.calendar_file(db.session(), case))
    (event,) = file.walk("VEVENT")
    leaves_on = date(2026, 12, 7)
    assert event.decoded("dtstart") == leaves_on
    assert event.decoded("dtend") == leaves_on + timedelta(days=2)
    assert "Drs. Baharuddin (Narasumber)" in event["description"]


def test_a_whole_activity_leaves_no_gap(case: Case) -> None:
    assert note(case) == {}
    assert attend(case, "a1", "Sitti Aminah") == {}
    assert form_group(case) == {}
    assert fieldwork.activity_gaps(db.session(), case) == []
    assert fieldwork.activity_warnings(db.session(), case) == []


def test_an_empty_activity_names_its_gaps(case: Case) -> None:
    assert fieldwork.activity_gaps(db.session(), case) == [
        "Tanggal kegiatan belum diisi.",
        "Tempat kegiatan belum diisi.",
        "Daftar hadir masih kosong.",
        "Keputusan musyawarah belum diisi.",
        "Kelompok yang dibentuk belum dicatat.",
    ]


def test_half_a_record_is_kept(case: Case) -> None:
    assert fieldwork.save_notes(db.session(), case, {"minutes": "Baru dimulai."}, 0) == {}
    record = fieldwork.activity_of(db.session(), case)
    assert record is not None
    assert (record.minutes, record.held_on, record.place) == ("Baru dimulai.", None, "")


def test_two_members_are_worth_a_second_look_but_do_not_block(case: Case) -> None:
    form_group(case, members_male="1", members_female="1")
    (warning,) = fieldwork.activity_warnings(db.session(), case)
    assert "2 orang" in warning
    assert not [gap for gap in fieldwork.activity_gaps(db.session(), case) if "anggota" in gap]


def test_a_second_device_is_told_that_the_notes_were_changed(case: Case) -> None:
    note(case, minutes="Dari telepon pertama.")
    with pytest.raises(EditedElsewhere):
        note(case, minutes="Dari telepon kedua.")
    record = fieldwork.activity_of(db.session(), case)
    assert record is not None
    assert record.minutes == "Dari telepon pertama."
    assert note(case, record.edit, minutes="Keduanya.") == {}


def test_the_same_form_sent_twice_writes_one_person(case: Case) -> None:
    attend(case, "a1", "Sitti Aminah")
    attend(case, "a1", "Sitti Aminah")
    assert len(fieldwork.attendees(db.session(), case)) == 1


def test_a_name_sent_again_under_its_key_is_a_correction(case: Case) -> None:
    attend(case, "a1", "Siti Amina")
    attend(case, "a1", "Sitti Aminah")
    assert [who.name for who in fieldwork.attendees(db.session(), case)] == ["Sitti Aminah"]


def test_the_same_name_from_a_second_device_waits_until_somebody_says_it_is_one_person(
    case: Case,
) -> None:
    attend(case, "a1", "Sitti Aminah")
    attend(case, "b1", " sitti  aminah ", phone="0812 3456 789")
    ((second, first),) = fieldwork.twins(db.session(), case)
    assert fieldwork.attendance(db.session(), case).total == 1
    assert "1 nama mungkin tercatat dua kali. Putuskan pada daftar hadir." in gaps(case)
    for _ in range(2):
        fieldwork.settle(db.session(), case, second.id, same=True)
    assert (first.name, first.phone) == ("Sitti Aminah", "0812 3456 789")
    assert not fieldwork.twins(db.session(), case)
    assert fieldwork.attendance(db.session(), case).total == 1


def test_two_people_of_one_name_count_once_somebody_says_so(case: Case) -> None:
    for key in ("a1", "b1", "c1"):
        attend(case, key, "Sitti Aminah")
    (second, first), _third = fieldwork.twins(db.session(), case)
    fieldwork.settle(db.session(), case, second.id, same=False)
    assert fieldwork.attendance(db.session(), case).total == 2
    # The first is taken off: whoever looked like her takes her place.
    fieldwork.drop_attendee(db.session(), case, first.id)
    assert fieldwork.attendance(db.session(), case).total == 2


def test_the_same_name_from_another_place_is_another_person(case: Case) -> None:
    attend(case, "a1", "Sitti Aminah")
    attend(case, "a2", "Sitti Aminah", origin="Kelurahan Wundulako")
    assert len(fieldwork.attendees(db.session(), case)) == 2


def test_attendance_counts_men_and_women(case: Case) -> None:
    for n, sex in enumerate("LLP"):
        attend(case, f"k{n}", f"Peserta {n}", sex)
    count = fieldwork.attendance(db.session(), case)
    assert (count.male, count.female, count.total) == (2, 1, 3)


def test_a_name_taken_off_the_list_is_gone_and_may_be_taken_off_again(case: Case) -> None:
    attend(case, "a1", "Sitti Aminah")
    (person,) = fieldwork.attendees(db.session(), case)
    for _ in range(2):
        fieldwork.drop_attendee(db.session(), case, person.id)
    assert not fieldwork.attendees(db.session(), case)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"sex": ""}, "sex"),
        ({"sex": "X"}, "sex"),
        ({"phone": "telepon saya"}, "phone"),
        ({"key": ""}, "key"),
    ],
)
def test_an_attendee_that_cannot_be_read_is_refused(
    case: Case, typed: dict[str, str], field: str
) -> None:
    good = {"key": "a1", "name": "Sitti", "sex": "P", "phone": ""}
    who, problems = fieldwork.record_attendee(db.session(), case, good | typed)
    assert who is None
    assert list(problems) == [field]
    assert not fieldwork.attendees(db.session(), case)


def test_material_names_what_the_report_lacks(case: Case) -> None:
    gaps = fieldwork.material_gaps(db.session(), case)
    assert gaps[:2] == ["Daftar hadir masih kosong.", "Belum ada foto kegiatan."]
    assert [gap.split(" ")[0] for gap in gaps[2:]] == ["Biaya", "Kendala", "Saran"]


def test_material_is_whole_with_people_a_photo_and_the_three_answers(
    world: World, case: Case
) -> None:
    attend(case, "a1", "Sitti Aminah")
    add_photo(world, case)
    typed = {"costs": "Transportasi Rp 600.000", "obstacles": "tidak ada", "suggestions": "Bina."}
    assert fieldwork.save_material(db.session(), case, typed, 0) == {}
    assert fieldwork.material_gaps(db.session(), case) == []
    assert fieldwork.material_warnings(db.session(), case) == ["1 foto belum diberi keterangan."]


def test_the_report_is_prefilled_in_formal_words(world: World, case: Case) -> None:
    choose_team(world, case)
    note(case)
    attend(case, "a1", "Sitti Aminah")
    attend(case, "a2", "Abdul Kadir", "L")
    form_group(case)
    add_photo(world, case)
    known = fieldwork.report_facts(db.session(), case)
    assert known["held_day_date"] == dates.day_date(date(2026, 12, 8))
    assert known["attendee_count"] == "2 (dua)"
    assert known["kim_name"] == "Mekongga"
    assert known["group_formed"] == (
        f"Terbentuk KIM Mekongga di {village(case)} dengan anggota 13 (tiga belas) orang, terdiri "
        "atas 6 orang laki-laki dan 7 orang perempuan, diketuai oleh Abdul Kadir."
    )
    assert known["team_roles"][0] == [
        "Wa Ode Fitriani, S.I.Kom",
        "Kepala Seksi Kemitraan Informasi dan Komunikasi Publik",
        "Ketua Tim",
    ]
    assert known["photos"].startswith("Kegiatan didokumentasikan dalam 1 (satu) foto")


def test_the_first_draft_of_the_report_says_all_of_it_and_leaves_nothing_open(
    world: World, case: Case
) -> None:
    choose_team(world, case)
    note(case)
    attend(case, "a1", "Sitti Aminah")
    form_group(case)
    add_photo(world, case)
    report = kinds.kind("laporan")
    draft = kinds.filled(report, facts.of_report(db.session(), case))
    assert draft["kegiatan"][0].endswith(
        "1 (satu) orang peserta, terdiri atas 0 orang laki-laki dan 1 orang perempuan."
    )
    assert draft["hasil"][:2] == ["Membentuk KIM Mekongga.", "Pengurus dilantik bulan depan."]
    assert draft["hasil"][2].startswith("Terbentuk KIM Mekongga di ")
    assert draft["pengurus"][0] == ["Ketua", "Abdul Kadir", village(case)]
    assert kinds.missing(report, draft) == []


def test_nothing_to_say_becomes_a_sentence_of_the_report(case: Case) -> None:
    typed = {"costs": "BBM Rp 300.000", "obstacles": "Tidak ada.", "suggestions": "nihil"}
    fieldwork.save_material(db.session(), case, typed, 0)
    known = fieldwork.report_facts(db.session(), case)
    assert known["costs"] == "BBM Rp 300.000"
    assert known["obstacles"] == "Tidak ada kendala yang berarti."
    assert known["suggestions"] == "Tidak ada saran."


def test_what_was_not_recorded_is_left_open_in_the_report(case: Case) -> None:
    report = kinds.kind("laporan")
    draft = kinds.filled(report, facts.of_report(db.session(), case))
    assert {field.name for field in kinds.missing(report, draft)} >= {"kegiatan", "hasil"}


def add_photo(world: World, case: Case) -> None:
    db.session.add(
        Attachment(
            case_id=case.id,
            purpose=attachments.PHOTO,
            name="musyawarah.jpg",
            media_type="image/jpeg",
            sha256="0" * 64,
            bytes=1,
            added_by=world.person("tim").id,
            added_at=world.clock(),
        )
    )
    db.session.flush()


def village(case: Case) -> str:
    return regions.region(case.village).title
