"""The register of KIM: writing a group down, finding it, its life."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.documents import regions
from kimweb.groups import chronicle, register
from kimweb.groups.entry import EditedElsewhere
from kimweb.groups.models import Group
from kimweb.people.models import Person
from tests.databases import both_databases

pytestmark = both_databases

TOARI = "74.01.24"
OFFICERS = [
    {"role": "Ketua", "name": "Abdul Kadir", "sex": "L", "phone": "0812 3456 7890"},
    {"role": "Sekretaris", "name": "Sitti Aminah", "sex": "P", "phone": ""},
    {"role": "Bendahara", "name": "Hasnawati", "sex": "P", "phone": ""},
    {"role": "Seksi Penyebaran", "name": "Rahmat", "sex": "L", "phone": ""},
    {"role": "", "name": "", "sex": "", "phone": ""},
]
FIELDS = {
    "group_name": "KIM Rano Sangia",
    "address": "Balai Desa",
    "formed_on": "08-12-2026",
    "members_male": "6",
    "members_female": "7",
    "potential": "Tambak udang",
}


def village_of(district: str = TOARI, n: int = 0) -> str:
    return regions.villages(district)[n].code


def write(
    session: Session,
    case_id: int = 1,
    *,
    edit: int = 0,
    district: str = TOARI,
    officers: list[dict[str, str]] | None = None,
    **changes: str,
) -> dict[str, str]:
    place = register.Place(case_id, district, village_of(district))
    rows = OFFICERS if officers is None else officers
    return register.form(session, place, register.Typed(FIELDS | changes, rows, edit))


def written(session: Session, case_id: int = 1) -> Group:
    group = register.of_case(session, case_id)
    assert group is not None
    return group


def test_a_group_is_written_down_as_the_team_found_it(session: Session) -> None:
    assert write(session) == {}
    group = written(session)
    assert (group.name, group.village, group.formed_on) == (
        "KIM Rano Sangia",
        village_of(),
        date(2026, 12, 8),
    )
    assert [(o.position, o.role, o.name) for o in group.officers] == [
        (1, "Ketua", "Abdul Kadir"),
        (2, "Sekretaris", "Sitti Aminah"),
        (3, "Bendahara", "Hasnawati"),
        (4, "Seksi Penyebaran", "Rahmat"),
    ]
    assert (group.state, register.members(group)) == ("dibentuk", 13)
    assert register.gaps(group) == []


def test_writing_again_changes_the_same_group(session: Session) -> None:
    write(session)
    assert write(session, edit=1, officers=OFFICERS[:1], group_name="KIM Toari") == {}
    group = written(session)
    assert (group.name, [o.name for o in group.officers]) == ("KIM Toari", ["Abdul Kadir"])
    assert register.gaps(group) == [
        "Nama sekretaris kelompok belum diisi.",
        "Nama bendahara kelompok belum diisi.",
    ]


def test_a_second_device_is_told_instead_of_overwriting(session: Session) -> None:
    write(session)
    with pytest.raises(EditedElsewhere):
        write(session, group_name="KIM lain")
    assert written(session).name == "KIM Rano Sangia"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"group_name": ""}, "group_name", "Isi nama kelompok"),
        ({"village": "74.01.04.1001"}, "village", "dari kecamatan kegiatan ini"),
        ({"members_male": "banyak"}, "members_male", "angka bulat"),
        ({"members_female": "-1"}, "members_female", "angka bulat"),
        ({"members_female": "501"}, "members_female", "sampai 500"),
        ({"formed_on": "31-02-2026"}, "formed_on", "tidak dikenali"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    session: Session, changes: dict[str, str], field: str, sentence: str
) -> None:
    assert sentence in write(session, **changes)[field]
    assert register.of_case(session, 1) is None


@pytest.mark.parametrize(
    ("officer", "sentence"),
    [
        ({"role": "Ketua", "name": "", "phone": "0812 3456 789"}, "isi namanya"),
        ({"role": "Seksi Usaha", "name": ""}, "isi namanya"),
        ({"role": "", "name": "Rahmat"}, "isi jabatannya"),
        ({"role": "Ketua", "name": "Rahmat", "phone": "di rumah"}, "hanya berisi angka"),
    ],
)
def test_an_officer_that_is_half_written_is_refused(
    session: Session, officer: dict[str, str], sentence: str
) -> None:
    assert sentence in write(session, officers=[officer])["officers"]


@pytest.mark.parametrize(
    ("men", "warned"), [("2", True), ("3", False), ("30", False), ("31", True)]
)
def test_3_to_30_members_are_usual_and_others_only_warn(
    session: Session, men: str, warned: bool
) -> None:
    assert write(session, members_male=men, members_female="0") == {}
    assert bool(register.warnings(written(session))) is warned


def test_groups_are_found_by_name_chair_area_and_state(session: Session) -> None:
    write(session, 1)
    write(session, 2, district="74.01.20", officers=[], group_name="KIM 100% Samaturu")

    def names(**asked: str) -> list[str]:
        return [group.name for group in register.search(session, **asked)]

    assert names() == ["KIM 100% Samaturu", "KIM Rano Sangia"]
    assert names(text="rano") == ["KIM Rano Sangia"]
    assert names(text="abdul") == ["KIM Rano Sangia"]
    assert names(text="100%") == ["KIM 100% Samaturu"]
    assert names(district="74.01.20") == ["KIM 100% Samaturu"]
    assert names(state="aktif") == []


def test_the_life_of_a_group_stays_readable(session: Session) -> None:
    write(session)
    group = written(session)
    undecreed = register.change_state(session, group, "dikukuhkan", "La Ode Hasan")
    assert "surat keputusan" in (undecreed or "")
    decree = {"kind": "keputusan", "topic": "Bupati", "text": "Nomor 12", "on": "2026-11-02"}
    by = session.scalars(select(Person.id)).first() or 0
    assert chronicle.add(session, group, decree, None, by) == {}
    assert register.change_state(session, group, "dikukuhkan", "La Ode Hasan") is None
    assert register.change_state(session, group, "aktif", "La Ode Hasan") is None
    session.expire(group)
    assert [(turn.before, turn.after) for turn in register.life(group)] == [
        ("dikukuhkan", "aktif"),
        ("dibentuk", "dikukuhkan"),
    ]
    assert "sudah aktif" in (register.change_state(session, group, "aktif", "x") or "")
    assert "Pilih salah satu" in (register.change_state(session, group, "hilang", "x") or "")
