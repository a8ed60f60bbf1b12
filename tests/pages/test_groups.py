"""The register of KIM in the browser's own words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kimweb import db
from kimweb.documents import regions
from kimweb.groups.models import Group, Officer
from tests.world import World

TOARI = "74.01.24"


@pytest.fixture(autouse=True)
def _forms_without_tokens(world: World) -> None:
    world.app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def group(world: World) -> Group:
    with db.writing() as session:
        made = Group(
            name="KIM <Rano> Sangia",
            district=TOARI,
            village=regions.villages(TOARI)[0].code,
            formed_on=date(2019, 8, 1),
            members_male=6,
            members_female=7,
            facts={},
            registered_at=datetime(2026, 11, 23, tzinfo=UTC),
            officers=[
                Officer(position=1, role="Ketua", name="Abdul Kadir", phone="0812 3456 7890")
            ],
        )
        session.add(made)
    return made


def test_the_register_shows_groups_and_coverage(world: World, group: Group) -> None:
    text = world.client("staf").get("/groups").text
    assert "KIM &lt;Rano&gt; Sangia" in text
    assert "1 dari 12" in text
    assert "1 dari 135" in text


def test_an_empty_register_says_how_groups_get_in(world: World) -> None:
    assert "Belum ada kelompok" in world.client("staf").get("/groups").text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("text=rano", True),
        ("text=abdul", True),
        ("district=74.01.24", True),
        ("district=74.01.20", False),
        ("state=vakum", False),
        ("state=ngawur&text=%00", False),
    ],
)
def test_groups_are_searched(world: World, group: Group, asked: str, found: bool) -> None:
    answer = world.client("staf").get(f"/groups?{asked}")
    assert answer.status_code == 200
    assert ("KIM &lt;Rano&gt; Sangia" in answer.text) is found
    assert ("Tidak ada yang cocok" in answer.text) is not found


def test_a_phone_number_is_for_the_office_and_never_in_a_list(world: World, group: Group) -> None:
    address = f"/groups/{group.id}"
    assert "0812 3456 7890" in world.client("staf").get(address).text
    outside = world.client("admin").get(address)
    assert outside.status_code == 200
    assert "0812" not in outside.text
    assert "0812" not in world.client("staf").get("/groups").text
    assert "0812 3456" not in world.client("staf").get("/groups?text=0812").text


def test_the_unit_changes_the_state_and_it_stays_readable(world: World, group: Group) -> None:
    kasi, address = world.client("kasi"), f"/groups/{group.id}"
    assert kasi.post(f"{address}/state", data={"state": "aktif"}).status_code == 303
    text = kasi.get(address).text
    assert "Sebelumnya dibentuk. Diubah Wa Ode Fitriani, S.I.Kom, 23 November 2026." in text
    refused = kasi.post(f"{address}/state", data={"state": "hilang"})
    assert refused.status_code == 422
    assert "Pilih salah satu status" in refused.text


@pytest.mark.parametrize("who", ["admin", "tim", "kadis"])
def test_others_may_not_change_the_state(world: World, group: Group, who: str) -> None:
    answer = world.client(who).post(f"/groups/{group.id}/state", data={"state": "aktif"})
    assert answer.status_code == 403
    assert "Ubah status" not in world.client(who).get(f"/groups/{group.id}").text


def test_a_group_that_is_not_there_is_not_found(world: World) -> None:
    assert world.client("staf").get("/groups/999").status_code == 404
