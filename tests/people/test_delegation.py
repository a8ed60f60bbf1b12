"""Leave and acting officials: what is refused, and who acts on which day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from kimweb.people import access, delegation, roster
from kimweb.people.delegation import NOBODY, Leave
from kimweb.people.models import DEFINITIVE, Holding, Person
from tests.world import World

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MONDAY, TUESDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 27)
NEXT_MONDAY = date(2026, 11, 30)


def order(
    lane: str,
    capacity: str,
    starts: date = MONDAY,
    ends: date | None = FRIDAY,
    decree: str = "800.1.11.1/12/2026",
    decree_on: date | None = date(2026, 11, 20),
) -> Holding:
    return Holding(
        lane=lane,
        capacity=capacity,
        starts_on=starts,
        ends_on=ends,
        decree=decree,
        decree_on=decree_on,
    )


def leave(
    world: World,
    username: str,
    substitutes: Mapping[str, str],
    starts: date = MONDAY,
    ends: date = FRIDAY,
) -> Leave:
    """`substitutes` are user names by lane."""
    chosen = {
        lane: who if who in ("", NOBODY) else str(world.person(who).id)
        for lane, who in substitutes.items()
    }
    return Leave(
        person=world.person(username),
        kind="Cuti tahunan",
        starts_on=starts,
        ends_on=ends,
        decree="",
        substitutes=chosen,
        order="800.1.11.1/13/2026",
        ordered_on=date(2026, 11, 20),
    )


def names(session: Session, lane: str, on: date) -> list[str]:
    return [person.username for person in roster.holders(session, lane, on)]


def vacate(session: Session, person: Person) -> None:
    person.holdings[0].ends_on = date(2026, 11, 20)
    session.flush()


def test_the_lane_passes_to_the_substitute_and_comes_back_by_itself(
    session: Session, world: World
) -> None:
    asked = leave(world, "kabid", {"kabid": "kasi"}, TUESDAY)
    assert delegation.against_leave(session, asked) == {}
    delegation.record_leave(session, asked, world.person("admin"), NOW)
    session.flush()
    held = [names(session, "kabid", day) for day in (MONDAY, TUESDAY, FRIDAY, NEXT_MONDAY)]
    assert held == [["kabid"], ["kasi"], ["kasi"], ["kabid"]]
    kabid, kasi = world.person("kabid"), world.person("kasi")
    assert access.lanes_of(kabid, TUESDAY) == frozenset()
    assert access.sees_all_cases(kabid, TUESDAY), "who is away may still read"
    assert access.capacity_in(kasi, "kabid", TUESDAY) == "Plh."
    assert access.lanes_of(kasi, NEXT_MONDAY) == {"kasi"}


def test_who_comes_back_early_has_the_lane_at_once(session: Session, world: World) -> None:
    asked = leave(world, "kabid", {"kabid": "kasi"})
    absence = delegation.record_leave(session, asked, world.person("admin"), NOW)
    delegation.end_leave(session, absence, MONDAY)
    session.flush()
    assert names(session, "kabid", MONDAY) == ["kasi"]
    assert names(session, "kabid", TUESDAY) == ["kabid"]


def test_a_leave_that_never_began_leaves_nothing(session: Session, world: World) -> None:
    asked = leave(world, "kabid", {"kabid": "kasi"}, TUESDAY)
    absence = delegation.record_leave(session, asked, world.person("admin"), NOW)
    delegation.end_leave(session, absence, MONDAY)
    session.flush()
    session.expire_all()
    assert world.person("kabid").absences == []
    assert [held.lane for held in world.person("kasi").holdings] == ["kasi"]


@pytest.mark.parametrize(
    ("substitutes", "field", "said"),
    [
        ({"kabid": ""}, "substitute-kabid", "nyatakan jabatan ini dibiarkan kosong"),
        ({}, "substitute-kabid", "Pilih siapa yang menggantikan"),
        ({"kabid": "kabid"}, "substitute-kabid", "Pilih siapa yang menggantikan"),
    ],
)
def test_a_lane_is_not_left_empty_by_oversight(
    session: Session, world: World, substitutes: dict[str, str], field: str, said: str
) -> None:
    wrong = delegation.against_leave(session, leave(world, "kabid", substitutes))
    assert said in wrong[field]


def test_a_lane_may_be_left_empty_knowingly(session: Session, world: World) -> None:
    asked = leave(world, "kabid", {"kabid": NOBODY})
    assert delegation.against_leave(session, asked) == {}
    delegation.record_leave(session, asked, world.person("admin"), NOW)
    session.flush()
    assert roster.vacant(session, MONDAY) == ["kabid"]
    assert roster.vacant(session, NEXT_MONDAY) == []


def test_a_second_kasi_who_stays_needs_no_substitute(session: Session, world: World) -> None:
    second = world.person("staf")
    second.holdings.append(Holding(lane="kasi", starts_on=date(2020, 1, 1)))
    session.flush()
    assert delegation.against_leave(session, leave(world, "kasi", {"kasi": ""})) == {}


def test_nobody_stands_in_who_is_away_too(session: Session, world: World) -> None:
    away = leave(world, "kasi", {"kasi": "staf"}, FRIDAY, FRIDAY)
    delegation.record_leave(session, away, world.person("admin"), NOW)
    session.flush()
    wrong = delegation.against_leave(session, leave(world, "kabid", {"kabid": "kasi"}))
    assert "sendiri tidak ada (Cuti tahunan) pada 27-11-2026" in wrong["substitute-kabid"]


def test_two_leaves_of_one_person_do_not_overlap(session: Session, world: World) -> None:
    first = leave(world, "kabid", {"kabid": "kasi"})
    delegation.record_leave(session, first, world.person("admin"), NOW)
    session.flush()
    again = leave(world, "kabid", {"kabid": "kasi"}, FRIDAY, NEXT_MONDAY)
    wrong = delegation.against_leave(session, again)
    assert "Sudah tercatat cuti tahunan pada 23-11-2026 sampai 27-11-2026." in wrong["starts_on"]


@pytest.mark.parametrize(
    ("username", "holding", "field", "said"),
    [
        ("kasi", order("kabid", "Plt."), "capacity", "masih dipegang La Ode Hasan"),
        ("sekdis", order("kadis", "Plh.", ends=None), "ends_on", "selalu berjangka"),
        ("sekdis", order("kadis", "Plh.", decree=""), "decree", "Isi nomor surat perintah"),
        ("sekdis", order("kadis", "Plh.", decree_on=None), "decree_on", "Isi tanggal"),
        ("sekdis", order("kadis", "Plh.", decree_on=FRIDAY), "decree_on", "paling lambat"),
        ("kabid", order("kadis", "a.n."), "capacity", "satu tingkat di bawah"),
        ("sekdis", order("kadis", "u.b."), "capacity", "dua tingkat di bawah"),
        ("kadis", order("kadis", "Plh."), "lane", "sudah memegang jabatan ini"),
    ],
)
def test_an_order_that_cannot_be_is_refused(
    session: Session, world: World, username: str, holding: Holding, field: str, said: str
) -> None:
    wrong = delegation.against_holding(session, world.person(username), holding)
    assert said in wrong[field]


@pytest.mark.parametrize(
    ("username", "capacity"), [("sekdis", "a.n."), ("kabid", "u.b."), ("sekdis", "Plh.")]
)
def test_an_order_that_fits_is_taken(
    session: Session, world: World, username: str, capacity: str
) -> None:
    wrong = delegation.against_holding(session, world.person(username), order("kadis", capacity))
    assert wrong == {}


def test_a_vacant_post_has_a_plt_and_no_plh(session: Session, world: World) -> None:
    vacate(session, world.person("kabid"))
    kasi = world.person("kasi")
    assert delegation.against_holding(session, kasi, order("kabid", "Plt.")) == {}
    wrong = delegation.against_holding(session, kasi, order("kabid", "Plh."))
    assert wrong["capacity"] == "Jabatan ini kosong pada masa itu. Pilih Plt."


def test_there_are_no_two_acting_officials_at_once(session: Session, world: World) -> None:
    sekdis, admin = world.person("sekdis"), world.person("admin")
    delegation.hold(session, sekdis, order("kadis", "Plh."), admin, NOW)
    session.flush()
    late = order("kadis", "Plh.", FRIDAY, NEXT_MONDAY)
    wrong = delegation.against_holding(session, world.person("kabid"), late)
    assert wrong["lane"].startswith("Sudah ada Plh. Siti Nurhaliza")
    after = order("kadis", "Plh.", NEXT_MONDAY, NEXT_MONDAY)
    assert delegation.against_holding(session, world.person("kabid"), after) == {}


def test_only_kadis_himself_and_administrators_delegate(session: Session, world: World) -> None:
    sekdis = world.person("sekdis")
    delegation.hold(session, sekdis, order("kadis", "Plh."), world.person("admin"), NOW)
    session.flush()
    assert access.may_delegate(world.person("kadis"), MONDAY)
    assert access.may_delegate(world.person("admin"), MONDAY)
    assert not access.may_delegate(sekdis, MONDAY), "a Plh. does not prolong himself"


def test_who_signs_for_another_comes_after_the_official(session: Session, world: World) -> None:
    admin = world.person("admin")
    delegation.hold(session, world.person("sekdis"), order("kadis", "a.n."), admin, NOW)
    session.flush()
    assert names(session, "kadis", MONDAY) == ["kadis", "sekdis"]
    assert world.person("kadis").holdings[0].capacity == DEFINITIVE
