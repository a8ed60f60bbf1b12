"""The files of letters: what the report prints of the photos that the team brought home."""

from __future__ import annotations

from kimweb import db
from kimweb.cases import attachments
from kimweb.documents import contents, drafts, files, rendering
from kimweb.documents.models import REPORT
from tests.documents.letters import read
from tests.world import World


def test_the_photos_of_the_activity_are_printed_with_the_report(world: World) -> None:
    case = world.case(at=14)
    photos = attachments.of_case(db.session(), case.id, attachments.PHOTO)
    (report,) = drafts.of_case(db.session(), case.id, REPORT)
    content = files.illustrated(contents.draft(db.session(), report))
    assert [one["sha256"] for one in content["fields"]["dokumentasi"]] == [
        photo.sha256 for photo in sorted(photos, key=lambda photo: not photo.caption)[:12]
    ]
    assert set(content["pictures"]) == {photo.sha256 for photo in photos[:12]}
    made = rendering.pdf("laporan", content)
    assert made.count(b"/Subtype/Image") >= len(content["pictures"])
    assert "DOKUMENTASI KEGIATAN" in read(made)


def test_a_lost_photo_does_not_stop_the_report(world: World) -> None:
    case = world.case(at=14)
    (report,) = drafts.of_case(db.session(), case.id, REPORT)
    content = contents.draft(db.session(), report)
    content["fields"] = content["fields"] | {
        "dokumentasi": [{"sha256": "f" * 64, "caption": "Hilang"}]
    }
    assert "pictures" not in files.illustrated(content)
    assert "Foto 1" in read(rendering.pdf("laporan", files.illustrated(content)))


def test_a_letter_without_photos_reads_no_file(world: World) -> None:
    content = {"fields": {"hal": "Undangan", "isi": ["Satu.", "Dua."]}}
    assert files.illustrated(content) == content
