"""Recipients addressed together: lists made by hand, and those that kind and area make."""

from __future__ import annotations

from sqlalchemy import select

from kimweb import db
from kimweb.dispatch.models import DistributionList, Recipient
from kimweb.documents import regions
from tests.pages import forms
from tests.pages.test_addressees import address, choose, invitation, receivers
from tests.world import DISTRICT, World

PAGE = "/recipients/lists"


def camats() -> list[int]:
    query = select(Recipient.id).where(Recipient.kind == "camat").order_by(Recipient.region)
    return list(db.session.scalars(query))


def made(name: str) -> DistributionList | None:
    db.session.rollback()
    query = select(DistributionList).where(DistributionList.name == name)
    return db.session.scalar(query)


def make(world: World, name: str, members: list[int]) -> int:
    client = world.client("staf")
    return forms.send(client, f"{PAGE}/new", PAGE, name=name, recipient=members).status_code


def test_staf_makes_changes_and_deletes_a_list(world: World) -> None:
    assert make(world, "Panitia Hari KIM", camats()[:2]) == 303
    own = made("Panitia Hari KIM")
    assert own is not None
    page, client = f"{PAGE}/{own.id}", world.client("staf")
    assert "2 penerima" in forms.words(client.get(PAGE))
    changed = forms.send(client, page, name="Panitia", recipient=camats()[:3])
    assert changed.status_code == 303
    assert "3 penerima" in forms.words(client.get(PAGE))
    assert forms.send(client, page, f"{page}/remove").status_code == 303
    assert made("Panitia") is None
    assert len(camats()) == len(regions.districts())


def test_a_list_needs_a_name_of_its_own_and_somebody_in_it(world: World) -> None:
    assert make(world, "Panitia", camats()[:1]) == 303
    for name, members in (("", camats()), ("Panitia", camats()), ("Kosong", [])):
        assert make(world, name, members) == 422, name


def test_others_read_the_lists_but_do_not_change_them(world: World) -> None:
    make(world, "Panitia", camats()[:1])
    kabid = world.client("kabid")
    assert "Panitia" in kabid.get(PAGE).text
    assert kabid.get(f"{PAGE}/new").status_code == 403
    assert forms.send(kabid, "/", PAGE, name="X", recipient=camats()).status_code == 403


def test_all_camat_are_ticked_with_one_click_and_each_gets_one_letter(world: World) -> None:
    case = world.case(at=4)
    before = receivers(world, case)
    answer = choose(world, "staf", case, list="camat", recipient=camats()[:1], written="Hasan")
    assert receivers(world, case) == before, "nothing is saved yet"
    assert answer.text.count(" checked") == len(camats())
    assert "Hasan" in answer.text
    assert f"{len(camats()) - 1} penerima ditambahkan" in forms.words(answer)
    choose(world, "staf", case, recipient=camats(), written="Hasan")
    assert len(receivers(world, case)) == len(camats()) + 1


def test_the_heads_of_the_cases_own_kecamatan_and_the_lists_by_hand_are_offered(
    world: World,
) -> None:
    make(world, "Panitia", camats()[:2])
    case = world.case(at=4)
    page = world.client("staf").get(address(case, invitation(world, case)))
    own = made("Panitia")
    assert own is not None
    assert f'value="list-{own.id}"' in page.text
    assert f'value="kepala_desa-{DISTRICT}"' in page.text
    heads = [v for v in regions.villages(DISTRICT)[:3] if v.kind == "Desa"]
    answer = choose(world, "staf", case, list=f"kepala_desa-{DISTRICT}")
    assert answer.text.count(" checked") == len(heads)
    assert choose(world, "staf", case, list="tidak-ada").status_code == 404


def test_whom_the_book_and_a_written_line_both_name_gets_one_letter(world: World) -> None:
    case = world.case(at=4)
    camat = db.session.get_one(Recipient, camats()[0])
    written = f"{camat.name.upper()}; Camat; ; {camat.email}\nHasan; Tokoh\nhasan; tokoh"
    choose(world, "staf", case, recipient=[camat.id], written=written)
    assert [name for name, *_ in receivers(world, case)] == [camat.name, "Hasan"]
