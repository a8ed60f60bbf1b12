"""A NIP that cannot be true is pointed out, never refused: typing errors get signed as well."""

import pytest

from kimweb.sop.nip import nip_oddity


@pytest.mark.parametrize("nip", ["19670925 199803 1 009", "198001172005012003"])
def test_an_ordinary_nip_is_not_odd(nip: str) -> None:
    assert nip_oddity(nip) is None


@pytest.mark.parametrize(
    ("nip", "reason"),
    [
        ("19870925 199803 1 009", "diangkat pada umur 10 tahun"),
        ("19700101 203101 1 001", "diangkat pada umur 61 tahun"),
        ("19670925 199803 1", "tidak terdiri atas 18 angka"),
        ("19671325 199803 1 009", "memuat tanggal yang tidak ada"),
        ("19670925 199813 1 009", "memuat tanggal yang tidak ada"),
        ("19670925 199803 3 009", "tidak memuat angka 1 atau 2 untuk jenis kelamin"),
        ("19670925 199803 1 00A", "tidak terdiri atas 18 angka"),
    ],
)
def test_an_impossible_nip_is_pointed_out(nip: str, reason: str) -> None:
    assert reason in str(nip_oddity(nip))
