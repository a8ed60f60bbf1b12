"""The first administrator of a real office."""

from __future__ import annotations

from tests.world import World

LONG = "sembilan-kata-yang-mudah-diingat"


def test_an_administrator_is_made_on_the_command_line_and_may_log_in(world: World) -> None:
    arguments = ["people", "administrator", "rahmat", "--name", "Rahmat", "--password", LONG]
    made = world.app.test_cli_runner().invoke(args=arguments)
    assert made.exit_code == 0, made.output
    assert world.person("rahmat").is_admin


def test_a_short_password_is_refused_with_a_sentence(world: World) -> None:
    arguments = ["people", "administrator", "rahmat", "--name", "Rahmat", "--password", "pendek"]
    refused = world.app.test_cli_runner().invoke(args=arguments)
    assert refused.exit_code == 1
    assert "Kata sandi" in refused.output
