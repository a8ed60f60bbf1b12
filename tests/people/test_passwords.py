"""Passwords that are guessed first are refused; long ones of any make are welcome (ASVS 6.2)."""

from __future__ import annotations

import pytest

from kimweb.people import passwords

OWN = ("kasi", "Wa Ode Fitriani, S.I.Kom", "Diskominfo", "Kabupaten Kolaka")


@pytest.mark.parametrize(
    "password",
    [
        "1qaz2wsx3edc",
        "password1234",
        "Password-2026!",
        "qwerty-monkey-123",
        "rahasia12345",
        "Rahasia_Kolaka_2026",
        "diskominfo2026!",
        "fitriani-123456",
        "abcdefghijkl",
        "qwertyuiopas",
        "123456789012",
        "aaaaaaaaaaaaaa",
        "abababababab",
        "iloveyou!!!!!!",
        "kolaka-kolaka-kolaka",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    assert "mudah ditebak" in (passwords.weakness(password, *OWN) or "")


@pytest.mark.parametrize(
    "password",
    [
        "perahu-layar-biru-laut",
        "perahulayarbirulaut",
        "dragon monkey football",
        "Kopi susu, 3 gelas!",
        "x8$kQ2!vN0pZ",
        "набережная-лодка",
        "hujan di bulan juni",
        "a" * 60 + "bcdefgh",
    ],
)
def test_any_other_of_twelve_letters_is_taken(password: str) -> None:
    assert passwords.weakness(password, *OWN) is None


def test_an_invented_password_is_one_that_is_taken() -> None:
    for _ in range(200):
        assert passwords.weakness(passwords.invent(), *OWN) is None


def test_length_is_all_that_is_asked_for_beyond_that() -> None:
    assert "paling sedikit 12" in (passwords.weakness("x8$kQ2!vN0p") or "")
    assert passwords.weakness("x8$kQ2!vN0pZ" * 10) is None
    assert "paling banyak 128" in (passwords.weakness("x8$kQ2!vN0pZ" * 11) or "")
