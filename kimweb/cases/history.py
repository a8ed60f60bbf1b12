"""The history of a case: an Event, and the same words as a link of the chain of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from kimweb.audit import chain
from kimweb.cases.models import Event

_RECORD = insert(Event)


def record(
    session: Session,
    kind: str,
    *,
    case_id: int,
    stage_id: int | None,
    by: int | None,
    at: datetime,
    facts: dict[str, Any],
) -> None:
    """Record what happened to a case, at the instant `at`; part of the hot path."""
    told = {"case_id": case_id, "stage_id": stage_id, "kind": kind, "by": by, "at": at}
    record_all(session, [told | {"facts": facts}])


def record_all(session: Session, events: Sequence[dict[str, Any]]) -> None:
    """Record several events, given as rows of Event."""
    session.connection().execute(_RECORD, events)
    for happened in events:
        chain.note(
            session,
            f"case.{happened['kind']}",
            at=happened["at"],
            actor=happened["by"],
            capacity=happened["facts"].get("capacity", ""),
            case_id=happened["case_id"],
            stage_id=happened["stage_id"],
            facts=happened["facts"],
        )
