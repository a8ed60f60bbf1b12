"""Acting officials on the way up: one person, one mark, and nobody approves their own writing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kimweb import db
from kimweb.cases import moves
from kimweb.cases.models import Case, Event
from kimweb.cases.situations import NotPossible
from kimweb.documents.models import Document, Paraf, Signature, Version
from kimweb.people.models import Holding, Person
from kimweb.sop import shelf
from tests.databases import both_databases
from tests.world import World

pytestmark = both_databases


def let_act(world: World, username: str, lane: str, capacity: str = "Plh.") -> None:
    """Somebody acts from now on; who held the lane before does no more."""
    with db.writing():
        holder, acting = world.person(lane), world.person(username)
        if capacity == "Plh.":
            holder.holdings[0].ends_on = shelf.today().replace(day=1)
        acting.holdings.append(Holding(lane=lane, capacity=capacity, starts_on=shelf.today()))


def forward(world: World, case: Case, username: str) -> None:
    with db.writing() as session:
        moves.forward(session, case.id, world.stage(case).id, world.person(username))
    world.player._run_until_done("tasks.documents.drain")


def parafs(case: Case) -> list[tuple[int, str, str]]:
    """The live parafs of the first letter: step, capacity, user name."""
    letter = db.session.scalars(
        select(Document).where(Document.case_id == case.id, Document.papers == "letters")
    ).first()
    assert letter is not None
    query = (
        select(Paraf)
        .join(Version)
        .where(Version.document_id == letter.id, Paraf.voided_at.is_(None))
        .order_by(Paraf.id)
    )
    return [(p.step, p.capacity, person(p.person_id)) for p in db.session.scalars(query)]


def person(number: int) -> str:
    return db.session.get_one(Person, number).username


def test_sekdis_as_plh_kadis_signs_and_her_own_paraf_no_longer_counts(world: World) -> None:
    case = world.case(at=7)
    let_act(world, "sekdis", "kadis")
    forward(world, case, "sekdis")
    assert [step for step, _, _ in parafs(case)] == [5, 6, 7]
    forward(world, case, "sekdis")
    assert parafs(case) == [(5, "definitif", "kasi"), (6, "definitif", "kabid")]
    signature = db.session.scalars(select(Signature)).first()
    assert signature is not None
    assert signature.capacity == "Plh."
    content = db.session.get_one(Version, signature.version_id).content
    assert content["signer"]["prefix"] == "Plh."
    assert content["signer"]["name"].startswith("Siti Nurhaliza")
    assert [paraf["name"] for paraf in content["parafs"]] == [
        "Wa Ode Fitriani, S.I.Kom",
        "La Ode Hasan, S.Kom",
    ]


def test_the_history_says_as_what_she_signed(world: World) -> None:
    case = world.case(at=8)
    let_act(world, "sekdis", "kadis")
    forward(world, case, "sekdis")
    signed = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert signed is not None
    assert (signed.facts["capacity"], signed.facts["lane"]) == ("Plh.", "kadis")


def test_signing_for_kadis_names_both_posts(world: World) -> None:
    case = world.case(at=8)
    let_act(world, "sekdis", "kadis", "a.n.")
    forward(world, case, "sekdis")
    signature = db.session.scalars(select(Signature)).first()
    assert signature is not None
    signer = db.session.get_one(Version, signature.version_id).content["signer"]
    assert signer["prefix"] == "a.n."
    assert signer["title"].startswith("Kepala Dinas")
    assert signer["lines"] == ["Sekretaris Dinas Komunikasi dan Informatika"]


def test_kabid_signs_through_sekdis(world: World) -> None:
    case = world.case(at=8)
    let_act(world, "kabid", "kadis", "u.b.")
    forward(world, case, "kabid")
    signature = db.session.scalars(select(Signature)).first()
    assert signature is not None
    signer = db.session.get_one(Version, signature.version_id).content["signer"]
    assert signer["lines"] == [
        "Sekretaris Dinas Komunikasi dan Informatika",
        "u.b.",
        "Kepala Bidang Informasi dan Komunikasi Publik",
    ]


def test_two_lanes_of_one_person_make_one_paraf_and_the_letter_goes_on(world: World) -> None:
    case = world.case(at=6)
    let_act(world, "kabid", "sekdis")
    forward(world, case, "kabid")
    forward(world, case, "kabid")
    assert parafs(case) == [(5, "definitif", "kasi"), (7, "Plh.", "kabid")]
    world.forward(case)
    assert world.stage(case).step == 9


def test_who_typed_the_letters_does_not_approve_them(world: World) -> None:
    case = world.case(at=5)
    let_act(world, "staf", "kasi")
    with pytest.raises(
        NotPossible, match=r"Anda sendiri yang menyerahkan naskah ini pada langkah 4"
    ):
        forward(world, case, "staf")
    assert world.stage(case).step == 5


def test_nobody_signs_what_no_other_person_has_initialled(world: World) -> None:
    case = world.case(at=5)
    for lane in ("kabid", "sekdis", "kadis"):
        let_act(world, "kasi", lane)
    for _ in range(3):
        forward(world, case, "kasi")
    with pytest.raises(NotPossible, match="belum diparaf orang lain selain Anda"):
        forward(world, case, "kasi")
