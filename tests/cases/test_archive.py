"""Step 17: filing, and the bundle that opens without this program."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kimweb import bell, claims, clock, create_app, db
from kimweb.cases import addenda, archive, attachments, bundle
from kimweb.cases.models import Archive, Case
from kimweb.cases.situations import NotPossible
from kimweb.documents import files, rendering, tables
from kimweb.documents.models import Version
from kimweb.people.models import Person
from tasks import archive as archive_tasks
from tasks import create_celery
from tasks import evidence as evidence_tasks
from tests.conftest import MONDAY_MORNING, HandClock, settings_for
from tests.documents import letters, qr
from tests.world import World

FILED = {"classification": "500.12", "location": "Lemari 2, boks KIM 2026", "note": "Asli lengkap"}


def order(case: Case, **changes: str) -> dict[str, str]:
    with db.writing() as session:
        return archive.order(session, case, FILED | changes)


def filed(case: Case) -> Archive:
    found = archive.of_case(db.session(), case.id)
    assert found is not None
    return found


def closed(world: World) -> Case:
    case = world.case(at=17)
    order(case)
    world.forward(case)
    return case


CHECK = """
import hashlib, json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as bundle:
    assert bundle.testzip() is None
    told = json.loads(bundle.read("manifest.json"))["berkas"]
    for one in told:
        content = bundle.read(one["nama"])
        assert hashlib.sha256(content).hexdigest() == one["sha256"], one["nama"]
    assert {one["nama"] for one in told} == set(bundle.namelist()) - {"manifest.json"}
print(len(told))
"""


def point_in(bundle_hash: str | None) -> dict[str, Any]:
    """The checkpoint that a bundle carries."""
    with zipfile.ZipFile(io.BytesIO(files.store().read(bundle_hash or ""))) as zipped:
        point: dict[str, Any] = json.loads(told_in(zipped, "penutup/titik-periksa.json"))
    return point


def told_in(zipped: zipfile.ZipFile, name: str) -> str:
    return zipped.read(name).decode("utf-8-sig")


@dataclass
class Whole:
    """The bundle of a case that went from 1 to 17, and the hashes of the PDFs that count."""

    bytes: bytes
    zipped: zipfile.ZipFile
    signed: set[str]
    counting: set[str]


@pytest.fixture(scope="module")
def whole(
    furnished_file: Path, mail_server: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Whole:
    """Play one case to its end, once for all tests that only read the bundle."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(furnished_file, folder)
    settings = settings_for(folder, SMTP_URL=mail_server[0])
    office = create_app(settings)
    create_celery(office, settings)
    bell.connect(None)
    hand = HandClock(MONDAY_MORNING)
    clock.use(hand)
    with office.app_context():
        case = closed(World(office, hand))
        archive_tasks.drain()
        made = files.store().read(filed(case).bundle_hash or "")
        zipped = zipfile.ZipFile(io.BytesIO(made))
        papers = archive.counting(db.session(), case.id)
        counting = {version.pdf_hash or "" for _, version in papers if version}
        signed = {
            version.pdf_hash or ""
            for paper, version in papers
            if version and version.id == paper.signed_version_id
        }
        db.session.remove()
    db.engine().dispose()
    clock.use(None)
    return Whole(made, zipped, signed, counting)


def test_a_case_is_not_closed_before_it_is_filed(world: World) -> None:
    case = world.case(at=17)
    assert archive.gaps(db.session(), case) == [
        "Kode klasifikasi arsip belum dipilih.",
        "Tempat simpan berkas kertas belum diisi.",
    ]
    with pytest.raises(NotPossible, match="Kode klasifikasi"):
        world.forward(case)
    order(case)
    assert archive.gaps(db.session(), case) == []


def test_a_code_that_is_not_on_the_list_is_refused(world: World) -> None:
    case = world.case()
    assert "dari daftar" in order(case, classification="999")["classification"]
    assert archive.of_case(db.session(), case.id) is None


def test_filing_half_is_kept_and_named(world: World) -> None:
    case = world.case()
    assert order(case, location="") == {}
    assert "Tempat simpan berkas kertas belum diisi." in archive.gaps(db.session(), case)


def test_nothing_is_bundled_while_the_case_is_open(world: World) -> None:
    case = world.case()
    order(case)
    assert archive_tasks.drain() == 0
    assert filed(case).state == archive.WAITING_FOR_CLOSE


def test_every_member_of_the_bundle_fits_its_hash(whole: Whole) -> None:
    assert whole.zipped.testzip() is None
    manifest = json.loads(whole.zipped.read("manifest.json"))
    told = {entry["nama"]: entry for entry in manifest["berkas"]}
    assert set(told) == set(whole.zipped.namelist()) - {"manifest.json"}
    for name, entry in told.items():
        content = whole.zipped.read(name)
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], name
        assert len(content) == entry["byte"]
    assert manifest["klasifikasi"] == "500.12"


def test_the_bundle_opens_with_nothing_but_python_itself(whole: Whole, tmp_path: Path) -> None:
    file = tmp_path / "arsip.zip"
    file.write_bytes(whole.bytes)
    # Isolated, without site-packages, in a folder where nothing of the program lies.
    alone = [sys.executable, "-I", "-S", "-c", CHECK, str(file)]
    checked = subprocess.run(alone, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert int(checked.stdout) == len(whole.zipped.namelist()) - 1


def test_every_pdf_is_made_for_the_archive(whole: Whole) -> None:
    """PDF/A-2b says so in its metadata (ISO 19005-2, 6.6.4)."""
    pdfs = [name for name in whole.zipped.namelist() if name.endswith(".pdf")]
    told = {name: whole.zipped.read(name) for name in pdfs}
    assert [n for n, pdf in told.items() if b"<pdfaid:part>2</pdfaid:part>" not in pdf] == []


def test_the_closing_sheet_carries_the_checkpoint_that_confirms_the_end(whole: Whole) -> None:
    point = json.loads(told_in(whole.zipped, "penutup/titik-periksa.json"))
    words = letters.read(whole.zipped.read("penutup/lembar-penutup.pdf"))
    for part in ("500.12", "Lemari 2, boks KIM 2026", "Retensi aktif", "belum ditetapkan"):
        assert part in words
    assert point["hash"] in words.replace(" ", "").replace("\u200b", "")


def test_the_qr_of_the_closing_sheet_is_the_checkpoint_itself(whole: Whole) -> None:
    """Whoever holds only the paper has the signed words; ISO/IEC 18004 says how to read them."""
    told = told_in(whole.zipped, "penutup/titik-periksa.json").rstrip("\n")
    assert qr.alone(whole.zipped.read("penutup/lembar-penutup.pdf")) == told


def test_the_bundle_has_every_paper_that_counts_and_the_letters_signed(whole: Whole) -> None:
    papers = [name for name in whole.zipped.namelist() if name.startswith("naskah/")]
    copies = [name for name in papers if name.endswith("-pertinggal.pdf")]
    former = [name for name in papers if name.startswith("naskah/terdahulu/")]
    papers = [name for name in papers if name not in copies + former]
    contents = [whole.zipped.read(name) for name in papers]
    assert all(content.startswith(b"%PDF-") for content in contents)
    held = {hashlib.sha256(content).hexdigest() for content in contents}
    # Disposisi, the three letters, the report; the letters as they were signed.
    assert (len(papers), len(whole.signed)) == (5, 3)
    assert held == whole.counting
    assert whole.signed < held
    # What was read and approved on the way, before the version that counts.
    assert len(former) == 8
    assert former[0].endswith("-versi-1.pdf")
    # Everything that was put up for parafs is filed once more with their grid.
    assert len(copies) == 4
    assert "PARAF KOORDINASI" in letters.read(whole.zipped.read(copies[0]))


def test_the_bundle_has_photos_history_and_proof_of_dispatch(whole: Whole) -> None:
    names = whole.zipped.namelist()
    assert [name for name in names if name.startswith("foto/")] == ["foto/001-musyawarah.jpg"]
    assert "Langkah 17: Mendokumentasikan laporan" in text_of(whole, "riwayat/riwayat.txt")
    trail = json.loads(whole.zipped.read("riwayat/riwayat.json"))
    assert [stage["langkah"] for stage in trail["langkah"]] == list(range(1, 18))
    proof = csv.DictReader(io.StringIO(text_of(whole, "pengiriman/surat.csv")))
    letters = list(proof)
    assert letters
    assert {row["keadaan"] for row in letters} == {"Terkirim"}
    assert {row["lampiran_sha256"] for row in letters} <= whole.signed
    assert "Tugas baru, langkah 2" in text_of(whole, "pengiriman/pemberitahuan.csv")
    assert "Sitti Aminah" in text_of(whole, "kegiatan/daftar-hadir.csv")


def test_the_bundle_explains_itself_to_whoever_opens_it(whole: Whole) -> None:
    readme = text_of(whole, "BACA-SAYA.txt")
    assert "Lemari 2, boks KIM 2026" in readme
    assert "500.12 Komunikasi dan informatika" in readme
    papers = [name for name in whole.zipped.namelist() if name.startswith("naskah/")]
    assert all(name in readme for name in papers)


def text_of(whole: Whole, name: str) -> str:
    return whole.zipped.read(name).decode("utf-8-sig")


def test_the_same_case_gives_the_same_bytes_at_any_time(world: World) -> None:
    case = closed(world)
    with pytest.raises(bundle.NotReady, match="Titik periksa"):
        bundle.make(db.session(), files.store(), filed(case))
    evidence_tasks.checkpoint()
    first = bundle.make(db.session(), files.store(), filed(case))
    world.clock.move(days=400)
    assert bundle.make(db.session(), files.store(), filed(case)) == first


def test_what_is_not_ready_is_waited_for_what_is_damaged_is_never_bundled(world: World) -> None:
    case = closed(world)
    (_, version), *_ = archive.counting(db.session(), case.id)
    assert version is not None
    number, kept = version.id, version.pdf_hash or ""
    set_pdf(number, None)
    assert archive_tasks.drain() == 0
    assert "PDF belum selesai dibuat" in (filed(case).error or "")
    set_pdf(number, kept)
    files.store().path(kept).write_bytes(b"diubah")
    for _ in range(claims.ATTEMPTS):
        assert archive_tasks.drain() == 0
        world.clock.move(seconds=archive_tasks.AGAIN_AFTER.total_seconds())
    assert filed(case).state == claims.QUARANTINED
    assert "tidak lagi sama" in (filed(case).error or "")


def set_pdf(version_id: int, sha: str | None) -> None:
    with db.writing() as session:
        session.get_one(Version, version_id).pdf_hash = sha


def test_a_bundle_begun_by_a_worker_that_died_is_made_by_the_next(world: World) -> None:
    case = closed(world)
    with db.writing() as session:
        archive.release(session)
        claims.claim(session, Archive, world.clock(), archive_tasks.LEASE)
    assert archive_tasks.drain() == 0
    world.clock.move(seconds=(archive_tasks.LEASE + timedelta(seconds=1)).total_seconds())
    assert archive_tasks.drain() == 1
    assert filed(case).bundle_hash


def test_a_closed_case_is_only_added_to_and_its_bundle_made_anew(world: World) -> None:
    world.player.by_courier = True
    case, staf = closed(world), world.person("staf").id
    archive_tasks.drain()
    before = filed(case).bundle_hash
    pdf = rendering.pdf("notulen", {"fields": {}})
    decree = attachments.take_in(files.store(), io.BytesIO(pdf), "SK Bupati.pdf", "material")
    with db.writing() as session:
        found, by = session.get_one(Case, case.id), session.get_one(Person, staf)
        assert addenda.add(session, found, "Salah", None, by)
        assert addenda.add(session, found, "SK Bupati menyusul.", decree, by) is None
        name = by.name
    archive_tasks.drain()
    after = filed(case).bundle_hash
    assert after != before
    zipped = zipfile.ZipFile(io.BytesIO(files.store().read(after or "")))
    assert zipped.read("tambahan/01-sk-bupati.pdf") == pdf
    assert "SK Bupati menyusul." in told_in(zipped, "tambahan/01.txt")
    trail = json.loads(zipped.read("riwayat/riwayat.json"))["kejadian"][-1]
    assert (trail["jenis"], trail["oleh"]) == ("addendum", name)
    assert point_in(after)["seq"] > point_in(before)["seq"]


def test_a_case_that_is_open_takes_no_addendum(world: World) -> None:
    case = world.case()
    by = world.person("staf")
    refused = addenda.add(db.session(), case, "Tambahan lain.", None, by)
    assert refused == addenda.STILL_OPEN


def test_a_cell_that_looks_like_a_formula_is_only_text() -> None:
    table = tables.to_csv(("nama",), [("=1+1",), ("+62 812",), ("Sitti",)]).decode("utf-8-sig")
    assert table.splitlines() == ["nama", "'=1+1", "'+62 812", "Sitti"]


def test_names_in_the_bundle_can_be_written_everywhere() -> None:
    assert bundle.slug("Pembentukan KIM: Desa/Kelurahan “Toari”?") == (
        "pembentukan-kim-desa-kelurahan-toari"
    )
    assert bundle.slug("漢字") == "tanpa-nama"
