"""A case that is put back is the case that was played, and it is put back over nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kimweb import db
from kimweb.documents import files
from kimweb.documents.models import Version
from kimweb.people.models import Person
from tests.databases import both_databases
from tests.world import World

NAME = "Wa Ode Nurhayati"
twice = pytest.mark.parametrize("time", ["played", "put back"])


def rename(world: World) -> None:
    with db.writing() as session:
        session.get_one(Person, world.person("tim").id).name = NAME


@both_databases
@twice
def test_a_case_comes_with_its_letters_and_goes_on(world: World, time: str) -> None:
    case = world.case(at=6, subject="Pembentukan KIM Ranomentaa")
    made = [v.pdf_hash for v in db.session.scalars(select(Version)) if v.pdf_hash]
    assert made
    assert all(files.store().read(sha).startswith(b"%PDF") for sha in made)
    world.forward(case)
    assert world.stage(case).step == 7


@both_databases
@twice
def test_what_was_written_before_it_stays(world: World, time: str) -> None:
    rename(world)
    world.case(at=2)
    assert world.person("tim").name == NAME
    assert world.case(at=2).id == 2


@twice
def test_what_was_written_after_it_is_not_in_the_next_office(world: World, time: str) -> None:
    world.case(at=2)
    assert world.person("tim").name != NAME
    rename(world)
