"""Whatever is written down can be found from its commit on, by whoever may open it."""

from __future__ import annotations

from datetime import date

import pytest
from alembic.command import downgrade
from alembic.config import Config
from sqlalchemy import bindparam, delete, select, text, update

from config.settings import ROOT
from kimweb import db
from kimweb.cases import queries
from kimweb.cases.models import TeamMember
from kimweb.commands.office import group as office
from kimweb.dispatch.models import Recipient
from kimweb.documents.models import Addressee, Document
from kimweb.groups.models import Group, Officer
from kimweb.people.models import Person
from kimweb.search import finding
from kimweb.search.models import CASE, GROUP, LETTER, PERSON, RECIPIENT, Due, Entry
from tests.databases import as_sent, both_databases, plan
from tests.world import DISTRICT, World


def found(world: World, words: str, who: str = "kabid", **narrow: object) -> dict[str, list[str]]:
    """Return by kind the titles that `who` finds."""
    wanted = finding.asked(words, **narrow)  # type: ignore[arg-type]
    entries = finding.find(db.session(), world.person(who), wanted, 20)
    return {kind: [entry.title for entry in some] for kind, some in entries.items()}


def new_group(world: World) -> Group:
    return Group(
        name="KIM Rano Sangia",
        village=world.village.code,
        district=DISTRICT,
        facts={},
        formed_on=date(2026, 11, 20),
        registered_at=world.clock(),
        officers=[
            Officer(position=1, role="Ketua", name="Wa Ode Hasni", phone="0813 5555 7777"),
        ],
    )


def enter(*names: str) -> None:
    """Enter recipients, the last named the newest."""
    with db.writing() as session:
        session.add_all(Recipient(kind="tokoh", name=name) for name in names)


@both_databases
def test_what_is_new_is_found_at_once(world: World) -> None:
    case = world.case(at=4, subject="Pembentukan KIM Puudongi Jaya")
    with db.writing() as session:
        session.add(new_group(world))
        session.add(Recipient(kind="tokoh", name="Haji Saleh", title="Tokoh Adat Mekongga"))
        session.add(Person(username="rahma", name="Rahma Wulandari", password_hash="x"))
    assert found(world, "puudongi jaya")[CASE] == [case.subject]
    assert found(world, "undangan pembentukan")[LETTER]
    assert found(world, "saleh mekongga") == {RECIPIENT: ["Haji Saleh, Tokoh Adat Mekongga"]}
    assert found(world, "hasni") == {GROUP: ["KIM Rano Sangia"]}
    assert found(world, "wulandari") == {PERSON: ["Rahma Wulandari"]}


@both_databases
def test_no_way_of_writing_is_forgotten(world: World) -> None:
    """Not even a statement that goes past every object, or past the program's own words."""
    world.case(at=4)
    with db.writing() as session:
        session.add(new_group(world))
    for n, (kind, change) in enumerate(
        [
            (CASE, text("UPDATE kim_case SET subject = :word")),
            (LETTER, update(Document).values(subject=bindparam("word"))),
            (LETTER, update(Addressee).values(name=bindparam("word"))),
            (RECIPIENT, text("UPDATE recipient SET place = :word")),
            (GROUP, update(Group).values(potential=bindparam("word"))),
            (GROUP, text("UPDATE kim_group SET media = :word")),
            (GROUP, text("UPDATE officer SET name = :word")),
            (PERSON, update(Person).values(title=bindparam("word"))),
        ]
    ):
        word = f"zamrud{n}"
        with db.writing() as session:
            session.connection().execute(change, {"word": word})
        assert list(found(world, word)) == [kind], change
    assert not db.session.scalars(select(Due)).all()


@both_databases
def test_what_is_taken_out_is_found_no_more(world: World) -> None:
    with db.writing() as session:
        session.add(new_group(world))
        session.add(Recipient(kind="tokoh", name="Haji Saleh"))
    with db.writing() as session:
        session.scalars(
            select(Recipient).where(Recipient.name == "Haji Saleh")
        ).one().removed_at = world.clock()
        session.execute(delete(Officer))
        session.execute(delete(Group))
        world.person("tim").disabled_at = world.clock()
    assert found(world, "saleh") == {}
    assert found(world, "rano sangia") == {}
    assert world.person("tim").name not in found(world, world.person("tim").name).get(PERSON, [])


def test_a_change_that_is_rolled_back_is_not_found(world: World) -> None:
    def add_and_fail() -> None:
        with db.writing() as session:
            session.add(Recipient(kind="tokoh", name="Haji Saleh"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        add_and_fail()
    assert found(world, "saleh") == {}


@both_databases
def test_beginnings_and_kindred_words_are_found_and_titles_come_first(world: World) -> None:
    with db.writing() as session:
        session.add(Recipient(kind="tokoh", name="Pak Undang"))
        session.add(Recipient(kind="tokoh", name="Bu Rita", title="Pengundang tamu"))
        session.add(Recipient(kind="tokoh", name="Bu Sari", place="Desa Undangan Jaya"))
    assert found(world, "UNDANG", kind=RECIPIENT) == {
        RECIPIENT: ["Pak Undang", "Bu Sari", "Bu Rita, Pengundang tamu"]
    }
    assert found(world, "mengundang tam") == {RECIPIENT: ["Bu Rita, Pengundang tamu"]}
    assert found(world, "tamu kepiting") == {}


@both_databases
def test_not_one_of_very_many_completions_is_left_out(world: World) -> None:
    endings = [f"{a}{b}" for a in "abcdefg" for b in "hijklmn"]
    assert len(endings) > finding.MOST_COMPLETIONS
    with db.writing() as session:
        session.add_all(Recipient(kind="tokoh", name=f"Zam{end}") for end in endings)
    wanted = finding.asked("zam", kind=RECIPIENT)
    entries = finding.find(db.session(), world.person("kabid"), wanted, 100)[RECIPIENT]
    assert {entry.title for entry in entries} == {f"Zam{end}" for end in endings}


@both_databases
def test_what_is_old_is_found_behind_everything_newer(world: World) -> None:
    newer = [f"Tokoh Desa {n}" for n in range(finding.RECENT)]
    enter("Daeng Kepiting", *newer, "Kepiting Muda")
    assert found(world, "kepiting") == {RECIPIENT: ["Kepiting Muda", "Daeng Kepiting"]}


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_words_that_seldom_meet_make_nobody_read_every_entry(world: World) -> None:
    enter(*(f"{word} {n}" for n in range(1_000) for word in ("Pembentukan", "Kepiting")))
    with db.writing() as session:
        session.execute(text("ANALYZE search_entry"))
    with as_sent() as sent:
        assert found(world, "pembentukan kepiting") == {}
    far = [asked for asked in sent if "@@" in asked[0] and str(finding.RECENT) not in asked[0]]
    assert len(far) == 2
    for asked in far:
        assert "Scan Backward" not in plan(*asked)


@both_databases
def test_kind_and_year_narrow_it_down(world: World) -> None:
    world.case(at=4)
    everything = found(world, "polinggona")
    assert {CASE, LETTER, RECIPIENT} <= everything.keys()
    assert found(world, "polinggona", kind=LETTER) == {LETTER: everything[LETTER]}
    assert RECIPIENT not in found(world, "polinggona", year=2026)
    assert found(world, "polinggona", year=2025) == {}
    assert finding.years(db.session()) == [2026]


@both_databases
def test_tim_finds_the_cases_it_goes_out_for_and_no_others(world: World) -> None:
    indoors = world.case(at=4, subject="Pembentukan KIM Pomalaa")
    outdoors = world.case(at=4, subject="Pembentukan KIM Puudongi")
    with db.writing() as session:
        tim = world.person("tim").id
        session.add(
            TeamMember(case_id=outdoors.id, position=1, person_id=tim, name="Tim", role="Anggota")
        )
    assert found(world, "pembentukan", "tim")[CASE] == [outdoors.subject]
    seen = finding.find(db.session(), world.person("tim"), finding.asked("undangan"), 50)
    assert {entry.case_id for entry in seen[LETTER]} == {outdoors.id}
    assert queries.get(db.session(), world.person("tim"), indoors.id) is None


def test_phone_numbers_are_neither_found_nor_shown(world: World) -> None:
    case = world.case(at=4)
    letter = world.letters(case)[0]
    with db.writing() as session:
        session.add(new_group(world))
        session.add(Recipient(kind="tokoh", name="Haji Saleh", phone="0812 1111 2222"))
        drafted = session.get_one(Document, letter.id)
        drafted.fields = drafted.fields | {"hal": "Hubungi 0853-4444-9999 segera"}
        world.person("kasi").phone = "0811 2222 3333"
    for number in ("0812", "1111", "5555", "7777", "0853", "4444", "9999", "0811", "3333"):
        assert found(world, number) == {}, number
    assert found(world, "hubungi segera")[LETTER]
    assert not [
        e for e in db.session.scalars(select(Entry)) if "4444" in e.title + e.text + e.words
    ]


@both_databases
def test_a_group_is_found_by_its_media_even_if_entered_before_that_was_so(world: World) -> None:
    media = "Grup WhatsApp 0812 1111 2222\nfacebook.com/kim.ranosangia\nRadio Swara Mekongga"
    alembic = Config()
    alembic.set_main_option("script_location", str(ROOT / "kimweb" / "migrations"))
    downgrade(alembic, "0031")
    with db.writing() as session:
        session.add(new_group(world))
        session.flush()
        session.execute(text("DELETE FROM search_entry WHERE kind = 'group'"))
        session.execute(text("DELETE FROM search_due"))
        session.execute(update(Group).values(media=media))
    assert found(world, "swara", kind=GROUP) == {}
    assert world.app.test_cli_runner().invoke(office, ["migrate"]).exit_code == 0
    for words in ("radio swara", "facebook ranosangia", "facebook.com/kim.ranosangia", "whatsapp"):
        assert found(world, words, kind=GROUP) == {GROUP: ["KIM Rano Sangia"]}, words
    assert found(world, "1111") == {}


@both_databases
def test_nothing_typed_breaks_the_search(world: World) -> None:
    for typed in ('" OR 1', "a* NEAR(b)", "':* & !x", "-", "^~=", "kim\0x", "%", "x" * 200):
        found(world, typed)


def test_an_office_of_before_is_indexed_by_one_command(world: World) -> None:
    world.case(at=4, subject="Pembentukan KIM Puudongi")
    with db.writing() as session:
        session.execute(delete(Entry))
    assert found(world, "puudongi") == {}
    result = world.app.test_cli_runner().invoke(office, ["reindex"])
    assert result.exit_code == 0, result.output
    assert found(world, "puudongi")[CASE]


def test_the_page_shows_what_was_found_and_where_to_open_it(world: World) -> None:
    case = world.case(at=4)
    page = world.client("staf").get("/search?q=undang")
    assert page.status_code == 200
    assert "<mark>Undangan</mark>" in page.text
    assert f"/cases/{case.id}/documents/{world.letters(case)[0].id}" in page.text
    part = world.client("staf").get("/search?q=undang", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="found">')
    assert "Tidak ada yang cocok" in world.client("staf").get("/search?q=qqqq").text
    assert "Cari di seluruh kantor" in world.client("staf").get("/search").text
    assert "Tanda baca saja" in world.client("staf").get("/search?q=%25%25").text


def test_the_excerpt_shows_the_place_and_cuts_no_word(world: World) -> None:
    long = "awal " * 60 + "Balai Desa Puudongi " + "akhir " * 60
    cut = finding.excerpt(long, finding.asked("puudongi"))
    assert [piece.text for piece in cut if piece.is_found] == ["Puudongi"]
    whole = "".join(piece.text for piece in cut)
    assert whole.startswith("… awal")
    assert whole.endswith("akhir …")
    assert len(whole) <= finding.EXCERPT + 4
