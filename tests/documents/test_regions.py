"""The office's own kabupaten: 12 kecamatan, 35 kelurahan, 100 desa (Kepmendagri 300.2.2)."""

from __future__ import annotations

import pytest

from kimweb.documents import regions


def test_the_kabupaten_has_its_kecamatan_and_villages():
    districts = regions.districts()
    villages = [v for district in districts for v in regions.villages(district.code)]
    assert len(districts) == 12
    assert [sum(v.kind == kind for v in villages) for kind in ("Kelurahan", "Desa")] == [35, 100]


def test_rano_sangia_is_a_desa_of_toari():
    village = regions.region("74.01.24.2009")
    assert (village.title, village.head) == ("Desa Rano Sangia", "Kepala Desa")
    assert village in regions.villages("74.01.24")
    assert regions.name("74.01.24") == "Toari"
    assert regions.region("74.01.24").head == "Camat"


def test_a_kelurahan_is_led_by_a_lurah():
    assert regions.region("74.01.24.1003").head == "Lurah"


def test_a_code_of_another_kabupaten_is_unknown():
    assert regions.villages("73.01.01") == ()
    assert regions.known("73.01.01") is None


def test_an_area_that_the_tables_have_lost_is_called_by_its_code():
    assert regions.region("74.01.11.1001").title == "Wilayah 74.01.11.1001"
    assert regions.name("74.01.11") == "74.01.11"


def test_a_missing_table_says_what_to_run(monkeypatch, tmp_path):
    monkeypatch.setattr(regions, "TABLES", tmp_path)
    regions._tables.cache_clear()
    try:
        with pytest.raises(regions.RegionsError, match="make setup"):
            regions.districts()
    finally:
        monkeypatch.undo()
        regions._tables.cache_clear()
