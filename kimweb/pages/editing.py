"""The form in which a naskah is written: from where a hand began, other texts, what was chosen."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.documents import drafts, fields, kinds, rivals
from kimweb.documents.drafts import Hand
from kimweb.documents.fields import Field
from kimweb.documents.fields import columns as columns_of
from kimweb.documents.kinds import Kind
from kimweb.documents.models import Document
from kimweb.pages.guard import me
from kimweb.people.models import Person

KEEP, TAKE, BRING, DROP = "keep", "take", "bring", "drop"
_CHOICE = re.compile(rf"({KEEP}|{TAKE}|{BRING}|{DROP}):(\w+):(\w*):(\d*)")


@dataclass(frozen=True, slots=True)
class Other:
    """Another text for a field: the saved one beside what is typed, or one that waits.

    `mark` is that of the saved text, `rival_id` names the waiting one.
    """

    name: str
    at: datetime | None
    text: str
    mark: str
    rival_id: int = 0

    @property
    def answers(self) -> tuple[tuple[str, str], ...]:
        """The two choices as (what the form sends, what its button says)."""
        if not self.rival_id:
            return ((TAKE, "Pakai tulisan ini"), (KEEP, "Tetap pakai tulisan saya"))
        return ((BRING, "Pakai tulisan ini"), (DROP, "Tidak dipakai"))


@dataclass(frozen=True, slots=True)
class Form:
    """What the form of a document prints: by field its text, its mark, and other texts for it."""

    edit: int
    pad: str
    values: Mapping[str, str]
    marks: Mapping[str, str]
    others: Mapping[str, Sequence[Other]]
    saved_at: datetime | None


def typed_into(kind: Kind) -> dict[str, str]:
    """Return what the posted form says in each field of the kind, as text for kinds.parse."""
    return {field.name: _typed(field) for field in kind.fields}


def hand() -> Hand:
    """Return who sent the form, from which window, and what its fields said when it was made."""
    sent = request.form
    return Hand(
        edit=sent.get("edit", -1, int),
        person_id=me().id,
        pad=sent.get("pad", "")[:16],
        marks={
            name.removeprefix("mark."): value
            for name, value in sent.items()
            if name.startswith("mark.")
        },
    )


def choose(
    session: Session, document: Document, values: dict[str, Any], writer: Hand
) -> tuple[dict[str, Any], Hand]:
    """Apply the choice between two texts that the form carries, if any, to what will be saved.

    A saved text that has changed since it was shown is no longer chosen: it is shown anew.
    """
    asked = _CHOICE.fullmatch(request.form.get("choose", ""))
    if asked is None:
        return values, writer
    answer, name, seen, rival_id = asked.groups()
    standing = document.fields.get(name)
    if answer == DROP:
        rivals.drop(session, document, int(rival_id or 0))
    elif drafts.mark(standing) == seen and name in {f.name for f in _kind(document).fields}:
        if answer == TAKE:
            values = values | {name: standing}
        elif answer == BRING:
            values = values | _brought(session, document, int(rival_id or 0))
        writer = replace(writer, marks={**writer.marks, name: seen})
    return values, writer


def form(session: Session, document: Document, typed: Mapping[str, str] | None = None) -> Form:
    """Return the form of a document; `typed` is what stands on a screen in undecided fields."""
    saved = kinds.text(_kind(document), document.fields)
    marks = {name: drafts.mark(document.fields.get(name)) for name in saved}
    waiting = [r for r in rivals.of(session, [document.id]) if r.field in saved]
    writers = [hand["by"] for hand in document.hands.values()]
    names = _names(session, [*writers, *(rival.person_id for rival in waiting)])
    others: dict[str, list[Other]] = {}
    mine = {}
    for rival in waiting:
        there, mark = others.setdefault(rival.field, []), marks[rival.field]
        if rival.person_id == me().id:
            mine[rival.field] = typed[rival.field] if typed else rival.text
            by = document.hands.get(rival.field, {})
            at = datetime.fromisoformat(by["at"]) if by else None
            there.append(Other(names.get(by.get("by"), ""), at, saved[rival.field], mark))
        else:
            there.append(Other(names[rival.person_id], rival.at, rival.text, mark, rival.id))
    return Form(
        edit=document.edit,
        pad=request.form.get("pad") or secrets.token_hex(8),
        values=saved | mine,
        # A text that waits for a choice began from nothing that still stands.
        marks=marks | dict.fromkeys(mine, ""),
        others=others,
        saved_at=document.edited_at,
    )


def unsaved(there: Form, typed: Mapping[str, str]) -> Form:
    """Return the form as it was sent: nothing of it is saved, so it began where it began."""
    sent = hand()
    return replace(there, values=typed, marks=sent.marks, edit=sent.edit)


def _brought(session: Session, document: Document, rival_id: int) -> dict[str, Any]:
    """Return the waiting text as a value for its field; it waits no longer."""
    rival = rivals.drop(session, document, rival_id)
    if rival is None:
        return {}
    field = next(f for f in _kind(document).fields if f.name == rival.field)
    return {field.name: fields.parse(field, rival.text)}


def _names(session: Session, ids: Sequence[int | None]) -> dict[int | None, str]:
    found = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in found}


def _kind(document: Document) -> Kind:
    return kinds.kind(document.kind)


def _typed(field: Field) -> str:
    """Return what was typed into a field as one text: several boxes, or a grid of cells, or one."""
    columns = [request.form.getlist(f"{field.name}.{n}") for n, _ in enumerate(columns_of(field))]
    if any(columns):
        rows = (" | ".join(cells).rstrip(" |") for cells in zip(*columns, strict=False))
        return "\n".join(rows)
    return "\n".join(request.form.getlist(field.name))
