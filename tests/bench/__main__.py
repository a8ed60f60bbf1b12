"""`python -m tests.bench [NAME ...]`: measure, print one JSON line a figure and a table."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

import click

from tests.bench import (
    desk,
    growth,
    letters,
    mail,
    moves,
    preview,
    running,
    search,
    sweep,
    table,
    tasks,
    working_time,
)
from tests.bench.harness import Figure

SUBJECTS: dict[str, Callable[[argparse.Namespace], Iterable[Figure]]] = {
    "working_time": lambda _: working_time.figures(),
    "moves": lambda _: moves.figures(),
    "letters": lambda _: letters.figures(),
    "preview": lambda _: preview.figures(),
    "mail": lambda options: mail.figures(options.recipients),
    "sweep": lambda options: sweep.figures(options.rows),
    "desk": lambda options: desk.figures(options.cases),
    "office": lambda _: running.figures(),
    "tasks": lambda _: tasks.figures(),
    "growth": lambda options: growth.figures(options.most),
    "search": lambda options: search.figures(options.letters),
}


def main() -> None:
    """Measure what was asked for, or everything."""
    options = _options()
    figures = []
    for name in options.names or SUBJECTS:
        for figure in SUBJECTS[name](options):
            click.echo(figure.as_json())
            figures.append(figure)
    click.echo(table.of(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SUBJECTS)}")
    parser.add_argument("--rows", type=int, default=50_000, help="open stages of the sweep")
    parser.add_argument("--cases", type=int, default=100_000, help="open cases of the desk")
    parser.add_argument("--most", type=int, default=100_000, help="rows of the growth")
    parser.add_argument("--letters", type=int, default=100_000, help="that are searched")
    parser.add_argument("--recipients", type=int, default=1_000, help="of the letter sent")
    options = parser.parse_args()
    if unknown := set(options.names) - SUBJECTS.keys():
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    main()
