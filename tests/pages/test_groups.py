"""The register of KIM in the browser's own words."""

from __future__ import annotations

import html
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest
from sqlalchemy import select

from kimweb import db
from kimweb.commands import samples
from kimweb.documents import regions, tables
from kimweb.groups.models import Group, Officer
from tests.world import World

TOARI = "74.01.24"


@pytest.fixture(autouse=True)
def _forms_without_tokens(world: World) -> None:
    world.app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def group(world: World) -> Group:
    with db.writing() as session:
        made = Group(
            name="KIM <Rano> Sangia",
            district=TOARI,
            village=regions.villages(TOARI)[0].code,
            formed_on=date(2019, 8, 1),
            members_male=6,
            members_female=7,
            facts={},
            registered_at=datetime(2026, 11, 23, tzinfo=UTC),
            officers=[
                Officer(position=1, role="Ketua", name="Abdul Kadir", phone="0812 3456 7890")
            ],
        )
        session.add(made)
    return made


def test_the_register_shows_groups_and_coverage(world: World, group: Group) -> None:
    text = world.client("staf").get("/groups").text
    assert "KIM &lt;Rano&gt; Sangia" in text
    assert "1 dari 12" in text
    assert "1 dari 135" in text


def test_an_empty_register_says_how_groups_get_in(world: World) -> None:
    assert "Belum ada kelompok" in world.client("staf").get("/groups").text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("text=rano", True),
        ("text=abdul", True),
        ("district=74.01.24", True),
        ("district=74.01.20", False),
        ("state=vakum", False),
        ("state=ngawur&text=%00", False),
    ],
)
def test_groups_are_searched(world: World, group: Group, asked: str, found: bool) -> None:
    answer = world.client("staf").get(f"/groups?{asked}")
    assert answer.status_code == 200
    assert ("KIM &lt;Rano&gt; Sangia" in answer.text) is found
    assert ("Tidak ada yang cocok" in answer.text) is not found


def test_a_phone_number_is_for_the_office_and_never_in_a_list(world: World, group: Group) -> None:
    address = f"/groups/{group.id}"
    assert "0812 3456 7890" in world.client("staf").get(address).text
    assert "0812 3456 7890" in world.client("tim").get(address).text
    for who in ("admin", "kadis", "sekdis"):
        outside = world.client(who).get(address)
        assert outside.status_code == 200
        assert "0812" not in outside.text
    assert "0812" not in world.client("staf").get("/groups").text
    assert "0812 3456" not in world.client("staf").get("/groups?text=0812").text


def test_the_unit_changes_the_state_and_it_stays_readable(world: World, group: Group) -> None:
    kasi, address = world.client("kasi"), f"/groups/{group.id}"
    assert kasi.post(f"{address}/state", data={"state": "aktif"}).status_code == 303
    text = kasi.get(address).text
    assert "Sebelumnya dibentuk. Diubah Wa Ode Fitriani, S.I.Kom, 23 November 2026." in text
    refused = kasi.post(f"{address}/state", data={"state": "hilang"})
    assert refused.status_code == 422
    assert "Pilih salah satu status" in refused.text


@pytest.mark.parametrize("who", ["admin", "tim", "kadis"])
def test_others_may_not_change_the_state(world: World, group: Group, who: str) -> None:
    answer = world.client(who).post(f"/groups/{group.id}/state", data={"state": "aktif"})
    assert answer.status_code == 403
    assert "Ubah status" not in world.client(who).get(f"/groups/{group.id}").text


def test_the_unit_keeps_officers_members_and_media_up_to_date(world: World, group: Group) -> None:
    staf, address = world.client("staf"), f"/groups/{group.id}/edit"
    page = staf.get(address).text
    assert 'value="Abdul Kadir"' in page
    assert 'value="0812 3456 7890"' in page
    sent = {
        "edit": "0",
        "group_name": "KIM Rano Sangia",
        "village": group.village,
        "formed_on": "2019-08-01",
        "members_male": "enam",
        "members_female": "9",
        "media": "Grup WhatsApp warga",
        "officer_role": ["Ketua", "Sekretaris"],
        "officer_name": ["Hasnawati", "Abdul Kadir"],
        "officer_sex": ["P", "L"],
        "officer_phone": ["", "0812 3456 7890"],
    }
    refused = staf.post(address, data=sent)
    assert (refused.status_code, 'value="Hasnawati"' in refused.text) == (422, True)
    assert staf.post(address, data=sent | {"members_male": "8"}).status_code == 303
    shown = staf.get(f"/groups/{group.id}").text
    assert "17 orang (8 L, 9 P)" in shown
    assert "Grup WhatsApp warga" in shown
    assert shown.index("Hasnawati") < shown.index("Abdul Kadir")
    late = staf.post(address, data=sent | {"members_male": "5", "media": "Radio"})
    assert late.status_code == 409
    assert "diubah di perangkat lain" in late.text
    assert "Radio" in late.text
    assert world.client("tim").get(address).status_code == 403


def test_a_group_that_is_not_there_is_not_found(world: World) -> None:
    assert world.client("staf").get("/groups/999").status_code == 404


def test_the_year_of_a_group_is_recorded_with_its_decree(world: World, group: Group) -> None:
    kasi, address = world.client("kasi"), f"/groups/{group.id}"
    unconfirmed = kasi.post(f"{address}/state", data={"state": "dikukuhkan"})
    assert "Catat dahulu surat keputusan" in unconfirmed.text
    for typed in (
        {"kind": "kegiatan", "topic": "Diseminasi", "on": "2026-03-02", "text": "Siaran radio."},
        {"kind": "pembinaan", "topic": "", "on": "2026-05-04", "text": "Kunjungan seksi."},
        {"kind": "keputusan", "topic": "Camat", "on": "2026-06-01", "text": "Nomor 12 Tahun 2026."},
    ):
        sent = typed | {"file": (samples.photo(), "bukti.jpg")}
        assert kasi.post(f"{address}/records", data=sent).status_code == 303
    confirmed = {"state": "dikukuhkan", "since": "2026-06-01"}
    assert kasi.post(f"{address}/state", data=confirmed).status_code == 303
    page = kasi.get(address).text
    assert "Belum ada SK Bupati: baru dikukuhkan Camat." in page
    assert "Diubah Wa Ode Fitriani, S.I.Kom, 1 Juni 2026." in page
    number = page.split("/records/")[1].split('"')[0]
    assert kasi.get(f"{address}/records/{number}").mimetype == "image/jpeg"
    halves = {"kind": "kegiatan", "topic": "Camat", "on": "", "text": "Tanpa tanggal"}
    refused = kasi.post(f"{address}/records", data=halves)
    assert refused.status_code == 422
    assert "Pilih salah satu: Akses" in refused.text
    assert "Tanpa tanggal" in refused.text
    assert world.client("kadis").post(f"{address}/records", data=halves).status_code == 403


def test_groups_come_from_a_file_once_it_was_looked_at(world: World, group: Group) -> None:
    staf = world.client("staf")
    rows = (
        ("Nama KIM", "Kecamatan", "Desa", "Status", "Nama Ketua", "Laki-laki", "Tanggal"),
        ("KIM Baru", "Toari", "Rano Jaya", "aktif", "Hasna", "8", "12-03-2024"),
        (group.name, "Toari", regions.name(group.village), "vakum", "Abdul Kadir", "9", ""),
        ("KIM Salah", "Toari", "Rano Jayaa", "aktif", "", "", ""),
    )
    file = io.BytesIO(tables.to_csv(rows[0], rows[1:], delimiter=";"))
    looked = staf.post("/groups/imports", data={"file": (file, "kim.csv")})
    assert looked.status_code == 200
    for part in ("1</strong> baru", "1</strong> diperbarui", "Mungkin maksudnya Desa Rano Jaya?"):
        assert part in " ".join(looked.text.split())
    carried = html.unescape(looked.text.split('name="rows" value="')[1].split('"')[0])
    written = staf.post("/groups/imports", data={"rows": carried, "verdict": "write"})
    assert "KIM Salah" in written.text
    found = {one.name: one for one in db.session.scalars(select(Group))}
    assert (found["KIM Baru"].state, found["KIM Baru"].officers[0].name) == ("aktif", "Hasna")
    # The register's own state and telephone numbers stay.
    own = found[group.name]
    assert (own.state, own.members_male, own.officers[0].phone) == (
        "dibentuk",
        9,
        "0812 3456 7890",
    )
    assert staf.post("/groups/imports", data={}).status_code == 422
    assert world.client("kadis").get("/groups/imports").status_code == 403


def test_the_register_leaves_as_a_workbook_without_telephone_numbers(
    world: World, group: Group
) -> None:
    made = world.client("kadis").get("/groups/daftar-kim.xlsx").data
    book = openpyxl.load_workbook(io.BytesIO(made))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {"KIM <Rano> Sangia", "Abdul Kadir", "Persentase Cakupan KIM (%)"} <= set(cells)
    assert not [cell for cell in cells if "0812" in cell]
    table = world.client("kadis").get("/groups/cakupan-kim.csv").data.decode("utf-8-sig")
    assert table.splitlines()[1] == "2026;Seluruhnya;1;12;8;1;1"


def test_the_coverage_is_told_year_by_year(world: World, group: Group) -> None:
    page = world.client("kadis").get("/groups").text
    assert "sasaran 50 %" in page
    assert all(f">{year}</th>" in page for year in range(2019, 2027))
