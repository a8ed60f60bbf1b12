"""`flask sop ...`: the office checks an SOP file before it is used."""

from __future__ import annotations

from pathlib import Path

import click

from kimweb.sop.book import SopError, load, warnings


@click.group("sop", help="Memeriksa berkas SOP.")
def group() -> None:
    """The group registered on the Flask command line."""


@group.command("check", help="Memeriksa satu berkas SOP dan menyebut setiap kesalahan.")
@click.argument("file", type=click.Path(path_type=Path), metavar="BERKAS")
def check(file: Path) -> None:
    """Print what must be mended and exit 1, or one line of praise with counts and the oddities."""
    try:
        sop = load(file)
    except SopError as error:
        for problem in error.problems:
            click.echo(str(problem))
        click.echo(f"{len(error.problems)} hal harus diperbaiki.")
        raise SystemExit(1) from error
    decisions = sum(step.decision for step in sop.steps)
    judged = sum(step.lane_basis == "judged" for step in sop.steps)
    lanes = len({step.lane for step in sop.steps})
    click.echo(
        f"{file}: baik. {len(sop.steps)} langkah, {decisions} keputusan, {lanes} pelaksana "
        f"({judged} langkah ditetapkan pelaksananya dengan pertimbangan)."
    )
    for warning in warnings(sop):
        click.echo(f"Perhatian: {warning}")
