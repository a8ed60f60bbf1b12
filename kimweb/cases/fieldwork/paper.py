"""Lists that were filled in with a pen in the village, typed in later, many rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from kimweb.cases.fieldwork.activity import record_attendee
from kimweb.cases.models import Case

ON_PAPER = "kertas"
ROWS = 25
CELLS = ("name", "sex", "origin", "phone")


def type_in(
    session: Session, case: Case, rows: Sequence[Mapping[str, str]]
) -> tuple[int, list[tuple[Mapping[str, str], str]]]:
    """Write down whoever stands in `rows`; return how many, and the rows that were refused.

    Each row carries a `key` of its own, so that a form that is sent twice writes nobody twice.
    Empty rows are left out; a refused row comes with what is wrong with it.
    """
    written, refused = 0, []
    for row in rows:
        if not any(row.get(cell, "").strip() for cell in CELLS):
            continue
        _, problems = record_attendee(session, case, row, ON_PAPER)
        if problems:
            refused.append((row, " ".join(problems.values())))
        else:
            written += 1
    return written, refused
