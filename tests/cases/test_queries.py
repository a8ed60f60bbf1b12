"""Whose desk a case is on, and who sees it at all."""

from __future__ import annotations

from kimweb import clock, db
from kimweb.cases import queries
from tests.databases import both_databases
from tests.world import World

pytestmark = both_databases


def desk(world: World, username: str) -> queries.Desk:
    return queries.desk_of(db.session(), world.person(username), clock.now())


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
