"""Addresses and names are checked when they are written down, not when the letter leaves."""

from __future__ import annotations

import pytest

from kimweb.dispatch import addresses
from kimweb.dispatch.addresses import AddressError


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("camat@kolakakab.go.id", "camat@kolakakab.go.id"),
        ("  camat@kolakakab.go.id ", "camat@kolakakab.go.id"),
        ("Camat.Toari@KolakaKab.go.id", "Camat.Toari@kolakakab.go.id"),
        ("camat+kim@kolakakab.go.id", "camat+kim@kolakakab.go.id"),
        ("camat@bücher.example", "camat@xn--bcher-kva.example"),
        ("camat@kolakakab.go.id.", "camat@kolakakab.go.id"),
    ],
)
def test_a_good_address_is_kept_as_servers_take_it(typed: str, kept: str) -> None:
    assert addresses.email(typed) == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("camat", "satu tanda @"),
        ("camat@toari@kolaka.go.id", "satu tanda @"),
        ("Nurdin <camat@kolaka.go.id>", "alamat pos-el saja"),
        ('"a@b.id, jahat@x.y" <ok@z.id>', "alamat pos-el saja"),
        ("a@b.id, c@d.id", "alamat pos-el saja"),
        ("camat toari@kolaka.go.id", "alamat pos-el saja"),
        ("camat@kolaka.go.id\r\nBcc: x@y.z", "ganti baris"),
        ("camat\u200b@kolaka.go.id", "tidak terlihat"),
        ("cämat@kolaka.go.id", "huruf latin"),
        (".camat@kolaka.go.id", "salah tulis"),
        ("camat@kolaka", "belum lengkap"),
        ("camat@-kolaka-.id", "bukan nama domain"),
        ("camat@", "bukan nama domain"),
        ("@kolaka.go.id", "salah tulis"),
        (f"{'a' * 65}@kolaka.go.id", "salah tulis"),
        (f"camat@{'a.' * 130}id", "bukan nama domain"),
    ],
)
def test_a_bad_address_is_refused_with_a_sentence(typed: str, said: str) -> None:
    with pytest.raises(AddressError, match=said):
        addresses.email(typed)


def test_a_name_may_not_pass_for_an_address() -> None:
    assert addresses.person_name(" Drs. Nurdin, M.Si ") == "Drs. Nurdin, M.Si"
    for name in ("camat@kolaka.go.id", "Nurdin <camat", "Nurdin\nBcc: x", "Nurdin\u202egpj"):
        with pytest.raises(AddressError):
            addresses.person_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "camat﹫kolaka",
        "camat [at] kolaka",
        "Nurdin (AT) kolaka",
        "camat.kolakakab.go.id",
        "a&#64;b",
    ],
)
def test_a_disguised_address_is_no_name(name: str) -> None:
    with pytest.raises(AddressError, match="dikira alamat"):
        addresses.person_name(name)


@pytest.mark.parametrize(
    "name", ["H. Andi, S.Sos., M.Si.", "Muhammad Ilham, A.Md.Kom", "O’Brien", "Nurdin 2ª"]
)
def test_degrees_and_marks_are_part_of_a_name(name: str) -> None:
    assert addresses.person_name(name) == name


def test_letters_that_only_look_latin_are_refused() -> None:
    with pytest.raises(AddressError, match="aksara yang berbeda"):
        addresses.person_name("Саmat Toari")
    with pytest.raises(AddressError, match="aksara yang berbeda"):
        addresses.office_title("Camat Тoari", "Jabatan")
    with pytest.raises(AddressError, match="alamat tiruan"):
        addresses.email("camat@kоlakakab.example")
