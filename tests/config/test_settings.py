"""What the program takes from its surroundings, and what it refuses to start with."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import settings

LONG = "rahasia-yang-panjang-dan-acak-sekali-0123456789"


@pytest.mark.parametrize("secret", ["", "secret", "dev", "x" * (settings.MIN_SECRET_LENGTH - 1)])
def test_a_real_office_does_not_start_without_a_long_secret(secret: str, tmp_path: Path) -> None:
    with pytest.raises(settings.SettingsError, match="SECRET_KEY"):
        settings.load({"SECRET_KEY": secret, "DATA_DIR": str(tmp_path)})


def test_the_example_office_makes_its_own_secret_once_and_listens_on_this_machine_only(
    tmp_path: Path,
) -> None:
    given = {"EXAMPLE_OFFICE": "1", "DATA_DIR": str(tmp_path), "HOST": "0.0.0.0"}
    first, second = settings.load(given), settings.load(given)
    assert first.secret_key == second.secret_key
    assert first.host == "127.0.0.1"
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("name", "value"), [("PORT", "delapan"), ("EXAMPLE_OFFICE", "ya")])
def test_a_value_that_makes_no_sense_is_named(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(settings.SettingsError, match=name):
        settings.load({"SECRET_KEY": LONG, "DATA_DIR": str(tmp_path), name: value})


def test_no_real_office_can_be_made_to_fail_on_purpose(tmp_path: Path) -> None:
    given = {"SECRET_KEY": LONG, "DATA_DIR": str(tmp_path), "FAILPOINTS": str(tmp_path)}
    with pytest.raises(settings.SettingsError, match="FAILPOINTS"):
        settings.load(given)
    assert settings.load({**given, "EXAMPLE_OFFICE": "1"}).failpoints == tmp_path


def test_the_secret_is_not_printed_with_the_settings(tmp_path: Path) -> None:
    assert LONG not in repr(settings.load({"SECRET_KEY": LONG, "DATA_DIR": str(tmp_path)}))


SINGLE_SIGN_ON = {
    "OIDC_ISSUER": "https://sso.contoh.invalid",
    "OIDC_CLIENT_ID": "kimweb",
    "OIDC_CLIENT_SECRET": "rahasia-dari-sso",
}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID"),
        ({"OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET"),
        ({"OIDC_ISSUER": "http://sso.contoh.invalid"}, "https://"),
    ],
)
def test_a_single_sign_on_is_whole_and_speaks_https(
    given: dict[str, str], named: str, tmp_path: Path
) -> None:
    office = {"SECRET_KEY": LONG, "DATA_DIR": str(tmp_path), **SINGLE_SIGN_ON}
    assert settings.load(office).oidc_issuer == SINGLE_SIGN_ON["OIDC_ISSUER"]
    assert SINGLE_SIGN_ON["OIDC_CLIENT_SECRET"] not in repr(settings.load(office))
    with pytest.raises(settings.SettingsError, match=named):
        settings.load(office | given)
