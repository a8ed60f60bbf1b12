"""Whole cases played on the command line, and the example office's cases under way."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from kimweb import db
from kimweb.cases.models import Case, Stage
from kimweb.commands import example_cases
from kimweb.dispatch import catcher, channels
from tests.world import World


def test_a_whole_case_is_played_with_a_return_at_6_7_8_and_15(
    world: World, mail_server: tuple[str, object]
) -> None:
    played = world.app.test_cli_runner().invoke(args=["play", "--cases", "1"])
    assert played.exit_code == 0, played.output
    assert "1 kegiatan" in played.output
    returned = select(Stage.step).where(Stage.verdict == "send_back").order_by(Stage.id)
    assert list(db.session.scalars(returned)) == [6, 7, 8, 15]
    assert db.session.scalar(select(func.count()).where(Case.closed_at.is_not(None))) == 1
    _, box = mail_server
    assert any("Undangan" in m.mail["Subject"] for m in catcher.caught(box))  # type: ignore[arg-type]


def test_without_a_mail_server_the_letters_go_by_courier(world: World) -> None:
    nobody_there = replace(world.app.config["OFFICE"], smtp_url="smtp://127.0.0.1:9")
    world.app.config["OFFICE"] = nobody_there
    played = world.app.test_cli_runner().invoke(args=["play", "--cases", "1"])
    assert played.exit_code == 0, played.output
    assert "caraka" in played.output
    # Nobody tried the line, so the channel does not rest when the server comes up.
    assert channels.gate(db.session(), world.clock()) == channels.OPEN


def test_the_example_office_has_cases_at_different_steps(world: World) -> None:
    example_cases.begin()
    standing = select(Stage.step).where(Stage.closed_at.is_(None)).order_by(Stage.step)
    wanted = sorted(begun.step for begun in example_cases.CASES if begun.step)
    assert list(db.session.scalars(standing)) == wanted
