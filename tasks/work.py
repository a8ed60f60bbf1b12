"""What the tasks over work rows share: claim one row after the other, put back what failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kimweb import claims, clock, db, failpoints


def drain(row: type[Any], lease: timedelta, make: Callable[[claims.Claimed], bool]) -> int:
    """Do every piece of work of `row` that is due; return how many were done.

    `make` does one piece in transactions of its own and tells whether it was done.
    """
    done = 0
    while claimed := _claim(row, lease):
        failpoints.at("work_claimed")
        done += make(claimed)
    return done


def put_back(claimed: claims.Claimed, failure: BaseException, after: timedelta) -> bool:
    """Note why the work failed and when to try again; always False, for `make` to return."""
    with db.writing() as session:
        claims.fail(session, claimed, str(failure), clock.now() + after)
    return False


def _claim(row: type[Any], lease: timedelta) -> claims.Claimed | None:
    with db.writing() as session:
        claims.abandon(session, row, clock.now())
        return claims.claim(session, row, clock.now(), lease)
