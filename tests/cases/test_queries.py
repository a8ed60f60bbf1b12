"""Whose desk a case is on, and who sees it at all."""

from __future__ import annotations

import pytest

from kimweb import clock, db
from kimweb.cases import desks, queries
from kimweb.people.models import Holding
from tests.databases import both_databases
from tests.world import World

pytestmark = both_databases


def desk(world: World, username: str) -> desks.Desk:
    return desks.desk_of(db.session(), world.person(username), clock.now())


def test_a_case_lies_on_the_desk_of_whose_turn_it_is_and_waits_on_the_others(world: World) -> None:
    case = world.case(at=6)
    assert [row.case_id for row in desk(world, "kabid").todo] == [case.id]
    assert desk(world, "kasi").todo == []
    assert [row.case_id for row in desk(world, "kasi").waiting] == [case.id]


def test_the_earliest_due_comes_first(world: World) -> None:
    later = world.case(at=3, subject="Kemudian")
    world.clock.move(hours=-1)
    earlier = world.case(at=3, subject="Dahulu")
    assert [row.case_id for row in desk(world, "kasi").todo] == [earlier.id, later.id]


def test_late_and_returned_work_is_counted(world: World) -> None:
    case = world.case(at=6)
    world.send_back(case, to=5)
    world.clock.move(days=7)
    found = desk(world, "kasi")
    assert (found.late_count, found.returned_count, found.todo_count) == (1, 1, 1)


def test_only_the_first_rows_are_shown_and_counting_ends_somewhere(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "TODO_ROWS", 2)
    monkeypatch.setattr(desks, "WAITING_ROWS", 1)
    monkeypatch.setattr(desks, "COUNTED", 2)
    desks._statements.cache_clear()
    cases = [world.case(at=2, subject=f"Kegiatan {n}") for n in range(4)]
    kabid, kasi = desk(world, "kabid"), desk(world, "kasi")
    desks._statements.cache_clear()
    assert [row.case_id for row in kabid.todo] == [case.id for case in cases[:2]]
    assert [row.case_id for row in kasi.waiting] == [cases[0].id]
    assert (kabid.todo_count, kasi.waiting_count) == (3, 3)  # more than two


def test_who_holds_two_lanes_finds_both_by_their_due_times(world: World) -> None:
    later, earlier = world.case(at=3, subject="Konsep"), world.case(at=2, subject="Petunjuk")
    with db.writing() as session:
        session.add(
            Holding(
                person_id=world.person("kasi").id,
                lane="kabid",
                capacity="Plh.",
                starts_on=world.clock().date(),
            )
        )
    found = desk(world, "kasi")
    assert [row.case_id for row in found.todo] == [earlier.id, later.id]
    assert found.waiting == []


def test_tim_helps_with_the_report_material_of_staf(world: World) -> None:
    case = world.case(at=13)
    assert [row.case_id for row in desk(world, "tim").todo] == [case.id]
    assert [row.case_id for row in desk(world, "staf").todo] == [case.id]


def test_tim_sees_only_the_cases_it_goes_out_for(world: World) -> None:
    early, out = world.case(at=6), world.case(at=12)
    tim = world.person("tim")
    assert queries.get(db.session(), tim, early.id) is None
    assert queries.get(db.session(), tim, out.id) is not None


def test_somebody_without_a_lane_sees_nothing_and_a_disabled_person_too(world: World) -> None:
    case = world.case(at=3)
    staf = world.person("staf")
    with db.writing():
        staf.disabled_at = clock.now()
    assert queries.get(db.session(), world.person("staf"), case.id) is None
    assert desk(world, "staf").todo == []


def test_the_administrator_sees_every_case_but_works_on_none(world: World) -> None:
    case = world.case(at=3)
    admin = world.person("admin")
    assert queries.get(db.session(), admin, case.id) is not None
    assert not queries.may_work(admin, case, world.stage(case))
