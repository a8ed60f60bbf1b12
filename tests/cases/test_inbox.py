"""What phones send from the village: each entry once, and no text lost between two devices."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from kimweb import db
from kimweb.cases import fieldwork
from kimweb.cases.fieldwork import differing, inbox
from kimweb.cases.models import Case, FieldEntry
from kimweb.groups import register
from tests.world import World

SITTI = {"name": "Sitti Aminah", "sex": "P", "origin": "Desa Pangkalan"}
EMPTY = dict.fromkeys(inbox.NOTES, "")
OFFICERS = [
    {"role": "Ketua", "name": "Abdul Kadir", "sex": "L", "phone": "0812 3456 789"},
    {"role": "Sekretaris", "name": "Sitti Aminah", "sex": "P", "phone": ""},
    {"role": "Bendahara", "name": "Hasna", "sex": "P", "phone": ""},
]


@pytest.fixture
def case(world: World) -> Case:
    world.player.by_courier = True
    return world.case(at=2)


def send(world: World, case: Case, key: str, kind: str, **given: object) -> dict[str, str]:
    sent = inbox.Sent(key.ljust(16, "-"), kind, **given)  # type: ignore[arg-type]
    return inbox.receive(db.session(), case, world.person("tim"), sent)


def notes(case: Case) -> dict[str, str]:
    record = fieldwork.activity_of(db.session(), case)
    assert record is not None
    return {name: getattr(record, name) for name in ("place", "minutes", "decisions")}


def test_an_entry_sent_twice_is_stored_once(world: World, case: Case) -> None:
    for _ in range(2):
        assert send(world, case, "a1", "attendee", typed=SITTI) == {}
    assert fieldwork.attendance(db.session(), case).total == 1
    assert db.session.scalar(select(func.count()).select_from(FieldEntry)) == 1


def test_an_entry_sent_again_does_not_bring_back_whom_somebody_took_off(
    world: World, case: Case
) -> None:
    send(world, case, "a1", "attendee", typed=SITTI)
    (person,) = fieldwork.attendees(db.session(), case)
    fieldwork.drop_attendee(db.session(), case, person.id)
    send(world, case, "a1", "attendee", typed=SITTI)
    assert fieldwork.attendance(db.session(), case).total == 0


def test_a_refused_entry_may_come_again_mended(world: World, case: Case) -> None:
    wrong = send(world, case, "a1", "attendee", typed=SITTI | {"phone": "telepon saya"})
    assert wrong == {"phone": "Nomor telepon hanya berisi angka, contoh 0812 3456 7890."}
    assert send(world, case, "a1", "attendee", typed=SITTI) == {}
    assert fieldwork.attendance(db.session(), case).total == 1


@pytest.mark.parametrize(("key", "kind"), [("a1", "letter"), ("k" * 65, "attendee")])
def test_what_is_no_entry_is_refused(world: World, case: Case, key: str, kind: str) -> None:
    assert "tidak utuh" in send(world, case, key, kind, typed=SITTI)["key"]


def test_two_devices_that_write_in_different_fields_meet(world: World, case: Case) -> None:
    send(world, case, "a1", "notes", typed=EMPTY | {"minutes": "Dibuka."}, began=EMPTY)
    send(world, case, "b1", "notes", typed=EMPTY | {"decisions": "KIM dibentuk."}, began=EMPTY)
    assert notes(case) == {"place": "", "minutes": "Dibuka.", "decisions": "KIM dibentuk."}
    assert not differing.of(db.session(), case)


def test_a_phone_that_saves_twice_while_away_does_not_quarrel_with_itself(
    world: World, case: Case
) -> None:
    first, second = EMPTY | {"minutes": "Dibuka."}, EMPTY | {"minutes": "Dibuka. Ditutup."}
    send(world, case, "a1", "notes", typed=first, began=EMPTY)
    send(world, case, "a2", "notes", typed=second, began=first)
    assert notes(case)["minutes"] == "Dibuka. Ditutup."
    assert not differing.of(db.session(), case)


@pytest.mark.parametrize(
    ("verdict", "kept"),
    [
        ("drop", "Dari Rina."),
        ("use", "Dari Yusuf."),
        ("join", "Dari Rina.\nDari Yusuf."),
    ],
)
def test_of_two_texts_for_one_field_somebody_chooses(
    world: World, case: Case, verdict: str, kept: str
) -> None:
    send(world, case, "a1", "notes", typed=EMPTY | {"minutes": "Dari Rina."}, began=EMPTY)
    shown = EMPTY | {"minutes": "Kosong dulu."}
    send(world, case, "b1", "notes", typed=EMPTY | {"minutes": "Dari Yusuf."}, began=shown)
    (rival,) = differing.of(db.session(), case)
    assert inbox.standing_text(db.session(), case, rival) == "Dari Rina."
    missing = fieldwork.activity_gaps(db.session(), case)
    assert "Ada dua tulisan pada Notulen. Pilih yang dipakai." in missing
    assert inbox.decide(db.session(), case, rival, verdict) == {}
    assert notes(case)["minutes"] == kept
    assert not differing.of(db.session(), case)


def test_a_group_of_two_devices_keeps_the_officers_of_both_until_somebody_chooses(
    world: World, case: Case
) -> None:
    name = {"group_name": "KIM Mekongga", "village": case.village}
    other = [OFFICERS[0] | {"name": "La Ode Yusuf"}, *OFFICERS[1:]]
    send(world, case, "a1", "group", typed=name, officers=OFFICERS)
    send(world, case, "b1", "group", typed=name, officers=other, officers_began=OFFICERS[:1])
    group = register.of_case(db.session(), case.id)
    assert group is not None
    assert [one.name for one in group.officers] == ["Abdul Kadir", "Sitti Aminah", "Hasna"]
    (rival,) = differing.of(db.session(), case)
    assert rival.text.startswith("Ketua | La Ode Yusuf | L | 0812 3456 789\n")
    assert inbox.decide(db.session(), case, rival, "use") == {}
    assert register.chair_of(group) == "La Ode Yusuf"


def test_an_officer_without_a_name_is_named_and_not_lost(world: World, case: Case) -> None:
    name = {"group_name": "KIM Mekongga", "village": case.village}
    half = [{"role": "Ketua", "name": "", "sex": "", "phone": "0812 3456 789"}]
    assert send(world, case, "a1", "group", typed=name, officers=half) == {
        "officers": "Pengurus Ketua: isi namanya."
    }
