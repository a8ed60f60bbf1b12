"""What can be found of each kind of thing: its title, its text and the words of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.cases.models import Case
from kimweb.dispatch import recipients
from kimweb.dispatch.models import Recipient
from kimweb.documents import kinds, regions
from kimweb.documents.models import Document
from kimweb.groups.models import Group
from kimweb.people.models import Person
from kimweb.search import folding
from kimweb.search.models import CASE, GROUP, LETTER, PERSON, RECIPIENT
from kimweb.sop import shelf

MOST_CHARACTERS = 50_000
# Marks no folded word begins with: a word of the title, a root, and what narrows a search down.
TITLE, ROOT, ONLY = "^", "~", "="
# What a letter's fields hold for machines.
_UNREAD = frozenset({"sha256"})


def entries(session: Session, kind: str, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield the rows of search_entry for those of `ids` that are to be found at all."""
    yield from _COMPOSERS[kind](session, ids)


def all_ids(session: Session, kind: str) -> Sequence[int]:
    """Return the ids of everything of one kind, oldest first."""
    table = _TABLES[kind]
    return session.scalars(select(table.id).order_by(table.id)).all()


def _entry(
    kind: str, thing: int, title: str, text: Iterable[str], *, on: date | None, case_id: int | None
) -> dict[str, Any]:
    told = folding.without_phones(" · ".join(dict.fromkeys(filter(None, text))))[:MOST_CHARACTERS]
    shown = folding.without_phones(title)[:500]
    year = on.year if on else None
    return {
        "kind": kind,
        "thing": thing,
        "case_id": case_id,
        "year": year,
        "title": shown,
        "text": told,
        "words": " ".join(sorted(_words(kind, year, shown, told))),
    }


def _words(kind: str, year: int | None, title: str, text: str) -> set[str]:
    in_title = set(folding.folded(title))
    every = in_title | set(folding.folded(text))
    found = {f"{ONLY}{kind}", *every, *(f"{TITLE}{word}" for word in in_title)}
    found.update(f"{ROOT}{root}" for word in every for root in folding.roots(word))
    return found | ({f"{ONLY}{year}"} if year else set())


def _cases(session: Session, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    for row in session.scalars(select(Case).where(Case.id.in_(ids))):
        text = (_area(row.village, row.district), row.instruction)
        yield _entry(CASE, row.id, row.subject, text, on=_day(row.opened_at), case_id=row.id)


def _letters(session: Session, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    query = select(Document).where(Document.id.in_(ids), Document.withdrawn_at.is_(None))
    for row in session.scalars(query):
        to = ", ".join(addressee.name for addressee in row.addressees)
        text = (kinds.kind(row.kind).title, row.number or "", to, *_strings(row.fields))
        on = row.dated_on or _day(row.created_at)
        yield _entry(LETTER, row.id, row.subject, text, on=on, case_id=row.case_id)


def _recipients(session: Session, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    query = select(Recipient).where(Recipient.id.in_(ids), Recipient.removed_at.is_(None))
    for row in session.scalars(query):
        title = ", ".join(dict.fromkeys(filter(None, (row.name, row.title))))
        area = regions.region(row.region).title if row.region else ""
        text = (recipients.KINDS.get(row.kind, ""), row.place, area, row.email)
        yield _entry(RECIPIENT, row.id, title, text, on=None, case_id=None)


def _groups(session: Session, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    for row in session.scalars(select(Group).where(Group.id.in_(ids))):
        officers = (f"{officer.role} {officer.name}" for officer in row.officers)
        text = (_area(row.village, row.district), row.address, *officers, row.potential, row.media)
        on = row.formed_on or _day(row.registered_at)
        yield _entry(GROUP, row.id, row.name, text, on=on, case_id=None)


def _people(session: Session, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    query = select(Person).where(Person.id.in_(ids), Person.disabled_at.is_(None))
    for row in session.scalars(query):
        yield _entry(PERSON, row.id, row.name, (row.title, row.rank), on=None, case_id=None)


_COMPOSERS: dict[str, Callable[[Session, Sequence[int]], Iterator[dict[str, Any]]]] = {
    CASE: _cases,
    LETTER: _letters,
    RECIPIENT: _recipients,
    GROUP: _groups,
    PERSON: _people,
}
_TABLES: dict[str, Any] = {
    CASE: Case,
    LETTER: Document,
    RECIPIENT: Recipient,
    GROUP: Group,
    PERSON: Person,
}


def _strings(value: Any) -> Iterator[str]:
    """Yield what was written into the fields of a letter, in the order of its blanks."""
    if isinstance(value, str):
        if any(map(str.isalpha, value)):
            yield value
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in _UNREAD:
                yield from _strings(part)


def _area(village: str, district: str) -> str:
    return f"{regions.region(village).title}, {regions.region(district).title}"


def _day(at: datetime) -> date:
    return at.astimezone(shelf.zone()).date()
