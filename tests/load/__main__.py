"""`python -m tests.load [NAME ...]`: many people at once, one JSON line a figure and a table."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

import click

from tests.bench import table
from tests.bench.harness import Figure
from tests.load import desks, people

SUBJECTS: dict[str, Callable[[argparse.Namespace], Iterable[Figure]]] = {
    "desks": lambda options: desks.figures(options.desks),
    "people": lambda options: people.figures(options.people, options.seconds),
}


def main() -> None:
    """Put on the load that was asked for, or all of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SUBJECTS)}")
    parser.add_argument("--desks", type=int, default=1_000, help="open desks that listen")
    parser.add_argument("--people", type=int, default=50, help="who work by a script")
    parser.add_argument("--seconds", type=int, default=60, help="how long they work")
    options = parser.parse_args()
    if unknown := set(options.names) - SUBJECTS.keys():
        parser.error(f"no such load: {', '.join(sorted(unknown))}")
    figures = []
    for name in options.names or SUBJECTS:
        for figure in SUBJECTS[name](options):
            click.echo(figure.as_json())
            figures.append(figure)
    click.echo(table.of(figures))


if __name__ == "__main__":
    main()
