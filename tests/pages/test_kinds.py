"""The administrator's kinds of letters in the browser, and their use at step 3."""

from __future__ import annotations

from sqlalchemy import select

from kimweb import db
from kimweb.documents.models import Document, OwnKind
from tests.pages.forms import send, words
from tests.world import World

FORM = {
    "title": "Surat Pengantar",
    "shape": "korespondensi",
    "numbered_as": "surat_dinas",
    "part.type": ["fixed", "line", ""],
    "part.label": ["", "Banyaknya berkas", ""],
    "part.required": ["", "1", ""],
    "part.text": ["Bersama ini kami kirimkan berkas berikut.", "1 (satu) berkas", ""],
    "part.columns": ["", "", ""],
}


def put_to_use(world: World) -> int:
    admin = world.client("admin")
    page = send(admin, "/kinds/new", "/kinds", **FORM).location
    assert admin.get(f"{page}/sample.pdf").mimetype == "application/pdf"
    assert send(admin, page, f"{page}/uses").status_code == 303
    return int(page.rsplit("/", 1)[-1])


def test_a_kind_put_together_by_the_administrator_is_written_by_kasi(world: World) -> None:
    number = put_to_use(world)
    case = world.case(at=3)
    kasi, page = world.client("kasi"), f"/cases/{case.id}"
    assert "Surat Pengantar" in words(kasi.get(page))
    send(kasi, page, f"{page}/documents", kind=f"own-{number}")
    letter = db.session.scalars(select(Document).where(Document.kind == f"own-{number}")).one()
    shown = kasi.get(f"{page}/documents/{letter.id}")
    assert "Banyaknya berkas" in words(shown)
    assert "1 (satu) berkas" in shown.text


def test_a_sample_that_cannot_be_printed_is_explained_and_the_kind_stays_out_of_use(
    world: World,
) -> None:
    admin = world.client("admin")
    odd = FORM | {"part.text": ["Kalimat 漢", "", ""]}
    page = send(admin, "/kinds/new", "/kinds", **odd).location
    answer = send(admin, page, f"{page}/uses")
    assert answer.status_code == 422
    assert "memuat huruf “漢” yang tidak dapat dicetak" in words(answer)
    assert db.session.scalars(select(OwnKind.state)).one() == "draft"


def test_what_is_wrong_is_said_and_what_was_typed_stays(world: World) -> None:
    answer = send(world.client("admin"), "/kinds/new", "/kinds", **FORM | {"title": ""})
    assert answer.status_code == 422
    assert "Nama jenis naskah 3 sampai 100 huruf." in words(answer)
    assert "Bersama ini kami kirimkan berkas berikut." in answer.text


def test_a_kind_in_use_is_copied_or_left(world: World) -> None:
    number = put_to_use(world)
    admin, page = world.client("admin"), f"/kinds/{number}"
    assert send(admin, page, page, **FORM | {"title": "Lain"}).status_code == 422
    assert "Surat Pengantar" in admin.get(f"/kinds/new?from={number}").text
    send(admin, page, f"{page}/retirements")
    case = world.case(at=3)
    assert "Surat Pengantar" not in words(world.client("kasi").get(f"/cases/{case.id}"))


def test_only_the_administrator_sees_the_kinds(world: World) -> None:
    for path in ("/kinds", "/kinds/new"):
        assert world.client("kasi").get(path).status_code == 403
