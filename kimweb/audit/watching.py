"""Rows whose every change is part of the chain, wherever in the house it is made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import InstanceState, Session, UOWTransaction

from kimweb import db
from kimweb.audit import chain
from kimweb.db import Base

# Who may do what, and what letters go out under: tables by name, so that no room is imported.
WATCHED = frozenset(
    {
        *("person", "holding", "absence", "certificate", "feed"),
        *("number", "number_book", "own_kind"),
        *("calendar_change", "pause", "channel"),
        *("recipient", "distribution_list"),
    }
)
# That they changed is told, what they became is not.
SECRET = frozenset({"password_hash", "token"})


@event.listens_for(db.session.session_factory, "after_flush")
def _watch(session: Session, _context: UOWTransaction) -> None:
    for rows, verb in (
        (session.new, "added"),
        (session.dirty, "changed"),
        (session.deleted, "removed"),
    ):
        for row in rows:
            if row.__tablename__ in WATCHED and (told := _told(row, verb)):
                chain.note(session, f"{row.__tablename__}.{verb}", facts=told)


def _told(row: Base, verb: str) -> dict[str, Any]:
    """What is to be known of `row`: of a changed one what it became, nothing if all stayed."""
    state: InstanceState[Base] = inspect(row)
    facts: dict[str, Any] = {}
    for column in state.mapper.column_attrs:
        attribute = state.attrs[column.key]
        if verb == "changed" and not attribute.history.has_changes():
            continue
        facts[column.key] = "***" if column.key in SECRET else attribute.loaded_value
    keys = {column.name: getattr(row, column.name) for column in state.mapper.primary_key}
    return {**{name: _plain(value) for name, value in facts.items()}, **keys} if facts else {}


def _plain(value: Any) -> Any:
    """A value as JSON knows it."""
    return value if isinstance(value, str | int | float | list | dict | None) else str(value)
