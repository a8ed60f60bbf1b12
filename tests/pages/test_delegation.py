"""Leave and acting officials as Kadis and the administrator enter them, and what follows."""

from __future__ import annotations

from datetime import datetime

import pytest

from kimweb import db
from tests.conftest import WITA
from tests.pages.forms import send, words
from tests.world import World

ORDER = {"order": "800.1.11.1/13/2026", "ordered_on": "20-11-2026"}


def enter_leave(world: World, who: str, substitute: str, by: str = "kadis", **fields: str):  # type: ignore[no-untyped-def]
    person = world.person(who)
    given = {
        "person": str(person.id),
        "kind": "Cuti tahunan",
        "starts_on": "24-11-2026",
        "ends_on": "27-11-2026",
        f"substitute-{who}": str(world.person(substitute).id) if substitute else "",
        **ORDER,
    }
    page = f"/delegation/leave?person={person.id}"
    return send(world.client(by), page, "/delegation/leave", **(given | fields))


def test_kadis_enters_the_leave_of_kabid_and_the_work_follows(world: World) -> None:
    case = world.case(at=6)
    assert enter_leave(world, "kabid", "kasi").status_code == 303
    assert case.subject not in todo(world, "kasi"), "the leave begins tomorrow"
    world.clock.set(datetime(2026, 11, 24, 8, tzinfo=WITA))
    assert case.subject in todo(world, "kasi")
    assert case.subject not in todo(world, "kabid")
    desk = words(world.client("kabid").get("/"))
    assert "Kepala Bidang (cuti tahunan)" in desk
    assert "Anda tercatat tidak masuk" in desk
    page = words(world.client("kadis").get("/delegation"))
    assert "Plh. Kepala Bidang: Wa Ode Fitriani, S.I.Kom" in page
    world.clock.set(datetime(2026, 11, 30, 8, tzinfo=WITA))
    assert case.subject in todo(world, "kabid")
    assert case.subject not in todo(world, "kasi")


def test_the_case_page_says_as_what_somebody_works(world: World) -> None:
    case = world.case(at=6)
    enter_leave(world, "kabid", "kasi", starts_on="23-11-2026")
    assert "sebagai Plh. Kepala Bidang" in words(world.client("kasi").get(f"/cases/{case.id}"))
    seen = words(world.client("sekdis").get(f"/cases/{case.id}"))
    assert "Wa Ode Fitriani, S.I.Kom sebagai Plh. Kepala Bidang" in seen


def test_without_a_person_the_page_asks_who_is_away(world: World) -> None:
    answer = send(world.client("kadis"), "/delegation/acting", "/delegation/leave", person="")
    assert answer.status_code == 422
    assert "Pilih siapa yang tidak masuk." in words(answer)


def test_without_a_substitute_the_page_asks_and_keeps_what_was_typed(world: World) -> None:
    answer = enter_leave(world, "kabid", "")
    assert answer.status_code == 422
    assert "nyatakan jabatan ini dibiarkan kosong" in words(answer)
    assert "800.1.11.1/13/2026" in answer.text
    db.session.remove()
    assert world.person("kabid").absences == []


@pytest.mark.parametrize("username", ["kasi", "sekdis", "staf"])
def test_others_look_but_do_not_enter(world: World, username: str) -> None:
    client = world.client(username)
    assert "Bertindak hari ini" in words(client.get("/delegation"))
    assert client.get("/delegation/leave").status_code == 403
    assert client.get("/delegation/acting").status_code == 403


def test_sekdis_is_appointed_plh_and_dismissed(world: World) -> None:
    given = {
        "person": str(world.person("sekdis").id),
        "lane": "kadis",
        "capacity": "Plh.",
        "starts_on": "23-11-2026",
        "ends_on": "25-11-2026",
        "decree": "800.1.11.1/14/2026",
        "decree_on": "20-11-2026",
    }
    admin = world.client("admin")
    assert send(admin, "/delegation/acting", **given).status_code == 303
    assert "Plh. Kepala Dinas, Sekretaris Dinas" in words(world.client("sekdis").get("/"))
    held = next(h for h in world.person("sekdis").holdings if h.lane == "kadis")
    assert held.recorded_by == world.person("admin").id
    send(admin, "/delegation", f"/delegation/acting/{held.id}/end")
    world.clock.set(datetime(2026, 11, 24, 8, tzinfo=WITA))
    assert "Plh." not in words(world.client("sekdis").get("/"))


def test_an_appointment_without_its_order_is_refused(world: World) -> None:
    given = {"person": str(world.person("sekdis").id), "lane": "kadis", "capacity": "Plh."}
    days = {"starts_on": "23-11-2026", "ends_on": ""}
    answer = send(world.client("admin"), "/delegation/acting", **given, **days)
    assert answer.status_code == 422
    assert "Plh. selalu berjangka" in words(answer)
    assert "Isi nomor surat perintahnya." in words(answer)


def test_who_comes_back_early_works_again_today(world: World) -> None:
    case = world.case(at=6)
    enter_leave(world, "kabid", "kasi", starts_on="23-11-2026")
    world.clock.set(datetime(2026, 11, 25, 8, tzinfo=WITA))
    absence = world.person("kabid").absences[0]
    send(world.client("kadis"), "/delegation", f"/delegation/leave/{absence.id}/end")
    assert case.subject in todo(world, "kabid")
    assert case.subject not in todo(world, "kasi")


def todo(world: World, username: str) -> str:
    page = world.client(username).get("/").text
    return page[page.index('id="todo"') : page.index('id="waiting"')]
