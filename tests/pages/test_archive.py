"""Filing a case and fetching its bundle, in the browser's own words."""

from __future__ import annotations

import io
import zipfile

import pytest

from kimweb import db
from kimweb.cases import archive
from kimweb.commands import samples
from tasks import archive as archive_tasks
from tests.world import World

FILED = {"classification": "500.12", "location": "Lemari 2", "note": ""}


@pytest.fixture(autouse=True)
def _forms_without_tokens(world: World) -> None:
    world.app.config["WTF_CSRF_ENABLED"] = False


def test_staf_files_closes_and_downloads_the_whole_case(world: World) -> None:
    case_id = world.case(at=17).id
    staf, address = world.client("staf"), f"/cases/{case_id}/archive"
    assert "Kode klasifikasi arsip belum dipilih." in staf.get(address).text
    assert "Kode klasifikasi arsip belum dipilih." in staf.get("/desk/parts/filing").text
    assert staf.get(f"{address}/bundle").status_code == 404
    refused = staf.post(address, data=FILED | {"classification": "999", "location": "Lemari 9"})
    assert refused.status_code == 422
    assert "Pilih kode klasifikasi dari daftar." in refused.text
    assert 'value="Lemari 9"' in refused.text
    assert world.client("kasi").post(address, data=FILED).status_code == 403
    assert staf.post(address, data=FILED).status_code == 303
    world.player.forward(case_id)
    assert "Arsip sedang dibuat" in staf.get(address).text
    assert "Arsip sedang dibuat" in staf.get("/desk/parts/filing").text
    archive_tasks.drain()
    assert "Arsip lengkap" in staf.get(address).text
    answer = staf.get(f"{address}/bundle")
    assert answer.mimetype == "application/zip"
    assert ".zip" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as bundle:
        assert "manifest.json" in bundle.namelist()
    assert staf.post(address, data=FILED).status_code == 403

    note = {"text": "SK Bupati menyusul.", "file": (samples.photo(), "sk.jpg")}
    assert staf.post(f"{address}/addenda", data=note).status_code == 303
    page = staf.get(address).text
    assert "SK Bupati menyusul." in page
    link = page.split("/archive/addenda/")[1].split('"')[0]
    answer = staf.get(f"{address}/addenda/{link}")
    assert answer.headers["Content-Disposition"] == "attachment; filename=sk.jpg"
    torn = {"text": "Satu lagi.", "file": (io.BytesIO(b"MZ"), "virus.exe")}
    refused = staf.post(f"{address}/addenda", data=torn)
    assert (refused.status_code, "Satu lagi." in refused.text) == (422, True)
    other = world.client("kadis").post(f"{address}/addenda", data={"text": "Dari atasan."})
    assert other.status_code == 403
    assert "menambahkan keterangan pada arsip" in staf.get(f"/cases/{case_id}").text


def test_the_form_alone_comes_back_to_scripts(world: World) -> None:
    case = world.case(at=17)
    answer = world.client("staf").post(
        f"/cases/{case.id}/archive", data=FILED, headers={"HX-Request": "true"}
    )
    assert answer.text.lstrip().startswith('<div id="work-archive"')
    assert answer.headers["HX-Trigger"] == "work-saved"
    filed = archive.of_case(db.session(), case.id)
    assert filed is not None
    assert filed.location == "Lemari 2"
