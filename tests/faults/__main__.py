"""`python -m tests.faults [ROW ...]`: break the office in every way and look what is left."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from config.settings import ROOT
from tests.faults import matrix, mutants, report, rows
from tests.faults.harness import PROFILES, Stock
from tests.faults.matrix import Result, Row

assert rows  # importing them enters them


def main() -> int:
    """Run what was asked for, or everything; 0 when every row was survived."""
    options = _options()
    if options.mutants:
        return 0 if mutants.run(_chosen(options.rows)) else 1
    results = []
    with Stock() as stock:
        for row in _chosen(options.rows):
            for profile in row.profiles:
                if profile in options.profile:
                    results.append(matrix.run(row, profile, stock, options.source))
                    click.echo(_line(results[-1]))
    click.echo(_sum(results))
    if options.write:
        report.write(results)
    return 0 if all(result.survived for result in results) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="numbers or names; all by default")
    parser.add_argument("--profile", action="append", choices=PROFILES)
    parser.add_argument("--source", type=Path, default=ROOT, help="the source tree to run")
    parser.add_argument("--write", action="store_true", help=f"keep the results in {report.FILE}")
    parser.add_argument("--mutants", action="store_true", help="seed mistakes, expect red rows")
    options = parser.parse_args()
    options.profile = options.profile or PROFILES
    return options


def _chosen(names: Sequence[str]) -> Iterable[Row]:
    known = {str(row.number) for row in matrix.ROWS} | {row.name for row in matrix.ROWS}
    if unknown := set(names) - known:
        raise SystemExit(f"no such row: {', '.join(sorted(unknown))}")
    ordered = sorted(matrix.ROWS, key=lambda row: row.number)
    return [row for row in ordered if not names or {str(row.number), row.name} & set(names)]


def _line(result: Result) -> str:
    how = "skipped" if result.skipped else "survived" if result.survived else "BROKEN"
    row = result.row
    head = f"{row.number:>3} {row.name:<44} {result.profile:<10} {how:<8} {result.seconds:5.1f} s"
    return "\n".join([f"{head}  {result.note}", *(f"      {wrong}" for wrong in result.wrong)])


def _sum(results: Sequence[Result]) -> str:
    survived = sum(result.survived for result in results)
    seconds = sum(result.seconds for result in results)
    return f"{survived} of {len(results)} rows survived in {seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
