"""What a move does, refuses and leaves alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kimweb import db
from kimweb.cases import moves, queries
from kimweb.cases.models import Event, Stage
from kimweb.cases.situations import NotAllowed, NotPossible, Stale
from kimweb.dispatch.models import Message
from kimweb.documents import drafts, versions
from kimweb.documents.models import REPORT, Number, Paraf
from tests.conftest import WITA
from tests.databases import both_databases
from tests.world import World

pytestmark = both_databases


def kinds_of_events(case_id: int) -> list[str]:
    query = select(Event.kind).where(Event.case_id == case_id).order_by(Event.id)
    return list(db.session.scalars(query))


def test_kadis_orders_and_the_case_waits_for_kabid(world: World) -> None:
    case = world.case(at=2)
    stage = world.stage(case)
    assert (stage.step, stage.lane, stage.visit) == (2, "kabid", 1)
    assert kinds_of_events(case.id) == ["opened", "forward"]


def test_only_kadis_opens_a_case(world: World) -> None:
    with pytest.raises(NotAllowed, match="Hanya Kepala Dinas"), db.writing() as session:
        moves.open_case(session, world.order(), world.person("kasi"))


def test_a_stage_is_due_by_the_working_time_of_the_sop(world: World) -> None:
    case = world.case(at=3)
    stage = world.stage(case)
    # Two working days after Monday 08.00, at the same clock time.
    assert stage.due_at.astimezone(WITA).strftime("%a %d %H.%M") == "Wed 25 08.00"


def test_staf_may_not_do_what_kabid_has_to(world: World) -> None:
    case = world.case(at=6)
    stage = world.stage(case)
    with pytest.raises(NotAllowed, match="Kepala Bidang"), db.writing() as session:
        moves.forward(session, case.id, stage.id, world.person("staf"))
    assert world.stage(case).id == stage.id


def test_staf_does_not_hear_who_was_first_at_a_step_that_was_never_theirs(world: World) -> None:
    case, other = world.case(at=6), world.case(at=6)
    stage_id = world.stage(case).id
    world.forward(case)
    for case_id, sentence in {case.id: "Kepala Bidang", other.id: "tidak ada pada"}.items():
        with pytest.raises(NotAllowed, match=sentence), db.writing() as session:
            moves.forward(session, case_id, stage_id, world.person("staf"))


def test_a_second_click_changes_nothing_and_says_who_was_first(world: World) -> None:
    case = world.case(at=6)
    stage_id = world.stage(case).id
    world.forward(case)
    too_late = pytest.raises(Stale, match=r"La Ode Hasan.*sudah meneruskan langkah 6")
    with too_late, db.writing() as session:
        moves.forward(session, case.id, stage_id, world.person("kabid"))
    assert world.stage(case).step == 7


def test_work_that_is_not_done_is_refused_with_reasons(world: World) -> None:
    case = world.case(at=3)
    stage = world.stage(case)
    with pytest.raises(NotPossible) as refused, db.writing() as session:
        moves.forward(session, case.id, stage.id, world.person("kasi"))
    assert [b.text for b in refused.value.blockers] == ["Belum ada surat yang disiapkan."]


def test_three_parafs_stand_on_each_letter_when_kadis_signs(world: World) -> None:
    case = world.case(at=8)
    parafs = versions.live_parafs(db.session(), world.letters(case))
    per_letter = {p.version_id: [] for p in parafs}
    for p in parafs:
        per_letter[p.version_id].append(p.lane)
    assert len(per_letter) == 3
    assert set(map(tuple, per_letter.values())) == {("kasi", "kabid", "sekdis")}


def test_a_return_voids_the_parafs_from_its_target_on(world: World) -> None:
    case = world.case(at=8)
    world.send_back(case, to=6, reason="Nama desa keliru.")
    parafs = versions.live_parafs(db.session(), world.letters(case))
    assert {p.lane for p in parafs} == {"kasi"}
    voided = db.session.scalars(select(Paraf.void_reason).where(Paraf.voided_at.is_not(None)))
    assert set(voided) == {"Nama desa keliru."}


def test_a_return_starts_the_targets_clock_anew(world: World) -> None:
    case = world.case(at=6)
    first = db.session.scalars(select(Stage).where(Stage.step == 5)).one().due_at
    world.clock.move(hours=1)
    world.send_back(case, to=5)
    again = world.stage(case)
    assert (again.step, again.visit) == (5, 2)
    assert again.due_at > first
    assert again.returned_from is not None


def test_a_return_needs_a_reason(world: World) -> None:
    case = world.case(at=6)
    with pytest.raises(NotPossible, match="alasan"):
        world.send_back(case, to=5, reason="  ")
    assert world.stage(case).step == 6


def test_a_step_returns_only_to_an_earlier_step_that_the_sop_allows(world: World) -> None:
    case = world.case(at=6)
    for target in (6, 7, 17, 99):
        with pytest.raises(NotPossible):
            world.send_back(case, to=target)


def test_after_a_return_the_whole_way_up_is_walked_again(world: World) -> None:
    case = world.case(at=8)
    world.send_back(case, to=5)
    world.player.play(case.id, until=8)
    parafs = versions.live_parafs(db.session(), world.letters(case))
    assert [p.lane for p in parafs].count("sekdis") == 3


def test_a_letter_changed_after_a_paraf_makes_that_paraf_void(world: World) -> None:
    case = world.case(at=6)
    world.send_back(case, to=5)
    letter = world.letters(case)[0]
    before = letter.current_version_id
    with db.writing():
        letter.fields = letter.fields | {"hal": "Undangan yang diperbaiki"}
    world.forward(case)
    letter = world.letters(case)[0]
    assert letter.current_version_id != before
    live = versions.live_parafs(db.session(), [letter])
    assert [p.lane for p in live] == ["kasi"]


def test_the_stamp_of_step_4_is_frozen_with_the_letter_and_a_paraf_freezes_nothing(
    world: World,
) -> None:
    case = world.case(at=5)
    letter = world.letters(case)[0]
    frozen = letter.current_version_id
    assert versions.current(db.session(), [letter])[letter.id].content["stamp"]
    world.forward(case)
    assert world.letters(case)[0].current_version_id == frozen


def test_signing_numbers_and_dates_every_letter_at_once(world: World) -> None:
    case = world.case(at=9)
    letters = world.letters(case)
    assert all(letter.number and letter.signed_version_id for letter in letters)
    assert {str(letter.dated_on) for letter in letters} == {"2026-11-23"}
    assert len({letter.number for letter in letters}) == 3


def test_signing_that_fails_takes_no_number(world: World) -> None:
    case = world.case(at=8)
    stage = world.stage(case)

    def sign_and_fail() -> None:
        with db.writing() as session:
            moves.forward(session, case.id, stage.id, world.person("kadis"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        sign_and_fail()
    assert list(db.session.scalars(select(Number))) == []
    assert world.stage(case).id == stage.id


def test_the_report_is_no_concept_any_more_when_kadis_receives_it(world: World) -> None:
    case = world.case(at=16)
    report = drafts.of_case(db.session(), case.id, REPORT)[0]
    final = versions.current(db.session(), [report])[report.id]
    assert final.content["status"] == "signed_wet"
    assert [p["name"] for p in final.content["parafs"]] == [world.person("kabid").name]


def test_dispatch_queues_one_message_for_each_addressee_and_never_a_second(world: World) -> None:
    case = world.case(at=10)
    stage = world.stage(case)
    wanted = sum(len(letter.addressees) for letter in world.letters(case))
    with db.writing() as session:
        assert moves.dispatch(session, case.id, stage.id, world.person("staf")) == wanted
    with db.writing() as session:
        assert moves.dispatch(session, case.id, stage.id, world.person("staf")) == 0
    letters = select(Message).where(Message.policy == "letter")
    assert len(list(db.session.scalars(letters))) == wanted


def test_step_10_cannot_be_handed_on_while_a_letter_is_not_settled(world: World) -> None:
    case = world.case(at=10)
    stage = world.stage(case)
    with pytest.raises(NotPossible, match="belum dikirim"), db.writing() as session:
        moves.forward(session, case.id, stage.id, world.person("staf"))


def test_the_last_step_closes_the_case(world: World) -> None:
    case = world.case(at=17)
    world.work(case)
    world.forward(case)
    assert world.reload(case).closed_at is not None
    assert queries.open_stage(db.session(), case.id) is None
    assert kinds_of_events(case.id)[-1] == "closed"


def test_the_next_executor_is_told_by_mail(world: World) -> None:
    case = world.case(at=6)
    stage = world.stage(case)
    told = select(Message).where(Message.key == f"stage-{stage.id}-{world.person('kabid').id}")
    assert db.session.scalars(told).one().letter == "tugas_baru"
    world.send_back(case, to=5)
    back = world.stage(case)
    told = select(Message).where(Message.key == f"stage-{back.id}-{world.person('kasi').id}")
    assert db.session.scalars(told).one().letter == "dikembalikan"
