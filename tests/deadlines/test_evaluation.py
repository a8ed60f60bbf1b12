"""The yearly evaluation: what the page, the table and the print say of what was measured."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

import pytest
from sqlalchemy import select

from kimweb import db
from kimweb.cases.models import Event
from kimweb.deadlines import evaluation, measuring
from tests.conftest import WITA
from tests.databases import both_databases
from tests.pages.forms import words
from tests.world import World


def measure(world: World) -> None:
    world.clock.move(minutes=1)
    with db.writing() as session:
        while measuring.measure(session, world.clock()):
            pass


def two_cases_one_of_them_returned(world: World) -> None:
    """Step 2 takes 5 and 125 of its 10 minutes; the letters of the second come back once."""
    for minutes, subject in ((5, "Kegiatan cepat"), (125, "Kegiatan lambat")):
        case = world.case(at=2, subject=subject)
        world.work(case)
        world.clock.move(minutes=minutes)
        world.forward(case)
        world.player.play(case.id, until=6)
    world.send_back(case, to=5)
    world.forward(case)
    measure(world)


@both_databases
def test_each_step_is_counted_beside_its_standard(world: World) -> None:
    two_cases_one_of_them_returned(world)
    found = evaluation.of_year(db.session(), 2026)
    second, check = found.steps[1], found.steps[4]
    assert (second.standard, second.median, second.p90, second.visits) == (10, 5, 125, 2)
    assert (second.on_time, second.rework) == (50, 0)
    assert (check.visits, check.cases, check.rework) == (3, 2, 50)
    assert found.steps[16].median is None
    waited = next(w for w in found.waits if (w.waiting, w.on) == ("kasi", "kabid"))
    # Twice Kabid's direction, once the return of the letters.
    assert (waited.times, waited.minutes, waited.late_minutes) == (3, 130, 115)
    november = found.months[10]
    assert november.ended == sum(step.visits for step in found.steps)
    assert november.ended - november.in_time == 1


@both_databases
def test_a_visit_belongs_to_the_year_of_the_office(world: World) -> None:
    world.clock.set(datetime(2026, 12, 31, 23, 59, tzinfo=WITA))
    world.case(at=2)
    world.clock.set(datetime(2027, 1, 1, 0, 1, tzinfo=WITA))
    world.case(at=2)
    measure(world)
    ended = [
        sum(month.ended for month in evaluation.of_year(db.session(), year).months)
        for year in (2026, 2027)
    ]
    assert ended == [1, 1]
    assert evaluation.years(db.session(), date(2027, 1, 2)) == [2027, 2026]


def test_the_page_the_table_and_the_print_say_the_same(world: World) -> None:
    two_cases_one_of_them_returned(world)
    client = world.client("kadis")
    page = words(client.get("/sop/evaluation"))
    assert "2 jam 5 menit" in page
    assert "Siapa menunggu siapa" in page
    table = client.get("/sop/evaluation/table.csv")
    rows = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert (rows[1]["median_menit"], rows[1]["p90_menit"]) == ("5", "125")
    assert "attachment" in table.headers["Content-Disposition"]
    printed = client.get("/sop/evaluation/print.pdf")
    assert printed.data.startswith(b"%PDF")


def test_a_year_without_anything_says_so(world: World) -> None:
    assert "Belum ada yang diukur" in words(world.client("kasi").get("/sop/evaluation?tahun=1999"))
    assert world.client("kasi").get("/sop/evaluation/print.pdf").status_code == 200


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(None, "–"), (0, "0 menit"), (60, "1 jam"), (200, "3 jam 20 menit"), (900, "2 hari kerja")],
)
def test_working_time_in_words(minutes: int | None, said: str) -> None:
    assert evaluation.in_words(minutes, 450) == said


def test_only_what_was_handed_over_is_measured(world: World) -> None:
    world.case(at=3)
    measure(world)
    kinds = set(db.session.scalars(select(Event.kind)))
    assert {"opened", "forward"} <= kinds
    assert sum(step.visits for step in evaluation.of_year(db.session(), 2026).steps) == 2
