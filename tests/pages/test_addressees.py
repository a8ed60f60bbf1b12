"""Whom a letter goes to: ticked in the address book, or written in."""

from __future__ import annotations

from sqlalchemy import select
from werkzeug.test import TestResponse

from kimweb import db
from kimweb.cases.models import Case
from kimweb.dispatch.models import Recipient
from kimweb.documents.models import Document
from tests.pages.forms import send, words
from tests.world import DISTRICT, World


def invitation(world: World, case: Case) -> Document:
    return next(d for d in world.letters(case) if d.kind == "surat_undangan")


def address(case: Case, document: Document) -> str:
    return f"/cases/{case.id}/documents/{document.id}/addressees"


def camat() -> Recipient:
    return db.session.scalars(select(Recipient).where(Recipient.region == DISTRICT)).one()


def choose(world: World, username: str, case: Case, **fields: object) -> TestResponse:
    return send(world.client(username), address(case, invitation(world, case)), **fields)


def receivers(world: World, case: Case) -> list[tuple[str, str, str, str]]:
    db.session.expire_all()
    chosen = invitation(world, case).addressees
    return [(to.name, to.title, to.email, to.channel) for to in chosen]


def test_kasi_ticks_the_camat_and_writes_two_others_in(world: World) -> None:
    case = world.case(at=4)
    written = "Hasan; Tokoh masyarakat; Toari\n\nNur; Ketua PKK; Toari; nur@Contoh.INVALID\n"
    answer = choose(world, "staf", case, recipient=[camat().id], written=written)
    assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")
    assert receivers(world, case) == [
        ("Camat Polinggona", "Camat Polinggona", "camat-polinggona@contoh.invalid", "email"),
        ("Hasan", "Tokoh masyarakat", "", "caraka"),
        ("Nur", "Ketua PKK", "nur@contoh.invalid", "email"),
    ]


def test_the_page_shows_again_what_was_chosen(world: World) -> None:
    case = world.case(at=4)
    choose(world, "staf", case, recipient=[camat().id], written="Hasan; Tokoh; Toari")
    page = world.client("staf").get(address(case, invitation(world, case)))
    assert f'value="{camat().id}" checked' in page.text
    assert "Hasan; Tokoh; Toari" in page.text
    assert "Kecamatan Polinggona 4 alamat, 1 dipilih" in words(page)


def test_a_removed_recipient_stays_until_it_is_unticked(world: World) -> None:
    case = world.case(at=4)
    choose(world, "staf", case, recipient=[camat().id])
    camat().removed_at = world.clock()
    db.session.commit()
    page = world.client("staf").get(address(case, invitation(world, case)))
    assert f'value="{camat().id}" checked' in page.text
    choose(world, "staf", case, written="Hasan")
    page = world.client("staf").get(address(case, invitation(world, case)))
    assert f'value="{camat().id}"' not in page.text


def test_a_line_that_cannot_be_read_is_refused_and_nothing_is_lost(world: World) -> None:
    case = world.case(at=4)
    before = receivers(world, case)
    lines = {
        "Hasan; Kepala Desa; Toari; hasan@@contoh.invalid": "Baris 1: Alamat ",
        "; Kepala Desa": "Baris 1: tulis “Nama; jabatan; tempat; pos-el”",
        "Hasan; a; b; c@contoh.invalid; d": "Baris 1: tulis “Nama; jabatan; tempat; pos-el”",
        "hasan@contoh.invalid": "Baris 1: Nama tidak boleh memuat tanda @",
        "Hasan; " + "x" * 201: "Baris 1: tiap bagian paling banyak 200 huruf.",
    }
    for written, sentence in lines.items():
        answer = choose(world, "staf", case, recipient=[camat().id], written=written)
        assert answer.status_code == 422, written
        assert sentence in words(answer)
        assert written[:60] in answer.text
        assert f'value="{camat().id}" checked' in answer.text
    assert receivers(world, case) == before


def test_after_the_check_nobody_changes_who_gets_the_letter(world: World) -> None:
    case = world.case(at=6)
    before = receivers(world, case)
    page = address(case, invitation(world, case))
    for username in ("kabid", "staf"):
        assert "Simpan penerima" not in world.client(username).get(page).text
        for typed in ({"written": "Hasan"}, {"written": "; ;"}, {"list": "tidak-ada"}):
            assert send(world.client(username), page, **typed).status_code == 403
    assert receivers(world, case) == before


def test_tim_does_not_find_the_letter(world: World) -> None:
    case = world.case(at=4)
    page = address(case, invitation(world, case))
    assert world.client("tim").get(page).status_code == 404
    assert send(world.client("tim"), "/", page, written="Hasan").status_code == 404
