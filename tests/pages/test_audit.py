"""The administrator sees how the chain of evidence stands, and lets it be examined."""

from __future__ import annotations

from sqlalchemy import text

from kimweb import db
from kimweb.audit.watching import WATCHED
from kimweb.pages import audit
from tasks import evidence
from tests.pages.forms import send, words
from tests.world import World


def test_a_whole_chain_is_said_to_be_whole(world: World) -> None:
    world.case(at=2)
    admin = world.client("admin")
    assert "belum pernah diperiksa" in words(admin.get("/audit"))
    evidence.checkpoint()
    page = words(admin.get("/audit"))
    assert "Jejak audit utuh" in page
    assert "terhadap 1 titik periksa" in page
    assert "Langkah diteruskan" in page
    assert "Utuh Diperiksa" in words(admin.get("/desk/parts/upkeep"))


def test_what_was_tampered_with_is_said_on_the_page_and_on_the_desk(world: World) -> None:
    world.case(at=2)
    evidence.checkpoint()
    with db.writing() as session:
        session.execute(text("DROP TRIGGER audit_stays"))
        session.execute(text("UPDATE audit SET actor = 1 WHERE seq = 2"))
    admin = world.client("admin")
    send(admin, "/audit", "/audit/examinations")
    assert "sedang diperiksa" in words(admin.get("/audit"))
    evidence.examine()
    assert "Catatan nomor 2 diubah." in words(admin.get("/audit"))
    assert "Tidak utuh" in words(admin.get("/desk/parts/upkeep"))


def test_every_watched_row_has_its_word_on_screen() -> None:
    assert audit.TABLES.keys() >= WATCHED
