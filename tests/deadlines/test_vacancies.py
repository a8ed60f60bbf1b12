"""A lane with nobody in it: told once, one rank up and to the administrators, and seen on pages."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from kimweb import db
from kimweb.cases.models import Event
from kimweb.deadlines import vacancies
from kimweb.deadlines.models import Vacancy
from kimweb.dispatch.models import Message
from kimweb.people.models import Holding
from tests.conftest import WITA
from tests.databases import both_databases
from tests.pages.forms import words
from tests.world import World

pytestmark = both_databases


def wita(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=WITA)


def end(world: World, username: str, last_day: date) -> None:
    with db.writing():
        world.person(username).holdings[0].ends_on = last_day


def note(now: datetime) -> list[str]:
    with db.writing() as session:
        return vacancies.note(session, now)


def told() -> list[tuple[str, str]]:
    query = select(Message.to_email, Message.subject).where(Message.letter == "jabatan_kosong")
    rows = db.session.execute(query.order_by(Message.id))
    return [(email.partition("@")[0], subject) for email, subject in rows]


def test_a_lane_that_empties_overnight_is_told_of_in_the_morning_and_once(world: World) -> None:
    case = world.case(at=6)
    end(world, "kabid", date(2026, 11, 23))
    assert note(wita(23, 15)) == []
    assert note(wita(24, 6)) == [], "outside office hours the news waits"
    assert note(wita(24, 8)) == ["kabid"]
    assert note(wita(24, 8, 1)) == []
    subject = "Jabatan kosong: Kepala Bidang"
    assert sorted(told()) == [("admin", subject), ("sekdis", subject)]
    event = db.session.scalars(select(Event).where(Event.kind == "vacant")).one()
    assert (event.case_id, event.facts["lane"]) == (case.id, "kabid")


def test_work_that_comes_to_an_empty_lane_is_told_of_at_once(world: World) -> None:
    case = world.case(at=5)
    end(world, "kabid", date(2026, 11, 1))
    world.work(case)
    world.forward(case)
    assert [who for who, _ in told()] == ["sekdis", "admin"]
    page = words(world.client("kadis").get(f"/cases/{case.id}"))
    assert "Tidak ada pejabat untuk langkah ini" in page
    assert "Tidak ada pejabat yang bertindak sebagai Kepala Bidang (langkah 6)" in page
    assert "Jabatan yang kosong hari ini" in words(world.client("admin").get("/health"))
    assert world.client("admin").get("/healthz/live").json["vacant_lanes"] == ["kabid"]  # type: ignore[index]


def test_above_kadis_only_the_administrators_hear_it(world: World) -> None:
    world.case(at=2)
    end(world, "kadis", date(2026, 11, 20))
    assert note(wita(23, 8)) == ["kadis"]
    assert [who for who, _ in told()] == ["admin"]


def test_a_filled_lane_that_empties_again_is_told_of_again(world: World) -> None:
    world.case(at=2)
    end(world, "sekdis", date(2026, 11, 20))
    assert note(wita(23, 8)) == ["sekdis"]
    with db.writing():
        kabid, wednesday = world.person("kabid"), date(2026, 11, 25)
        plt = Holding(lane="sekdis", capacity="Plt.", starts_on=wednesday, ends_on=wednesday)
        kabid.holdings.append(plt)
    assert note(wita(25, 8)) == []
    assert db.session.scalars(select(Vacancy)).one().filled_at == wita(25, 8)
    assert note(wita(26, 8)) == ["sekdis"]


def test_an_office_without_a_case_under_way_is_left_in_peace(world: World) -> None:
    end(world, "kabid", date(2026, 11, 1))
    assert note(wita(23, 8)) == []
