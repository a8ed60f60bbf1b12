"""Finding by words, for whoever asks: what they may open, the title's words before the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session, aliased

from kimweb.cases import queries
from kimweb.cases.models import Case
from kimweb.people import access
from kimweb.people.models import Person
from kimweb.search import folding
from kimweb.search.composing import ONLY, ROOT, TITLE
from kimweb.search.models import KINDS, Entry, Word
from kimweb.sop import shelf

MOST_WORDS = 8
EXCERPT = 180
# A single letter begins too many words.
SHORTEST_BEGINNING = 2
MOST_COMPLETIONS = 40
# Among so many entries of a kind, a word that is everywhere is found often enough.
RECENT = 500
_LAST_LETTER = "\U0010ffff"
# Behind a term that is only a beginning; no folded word holds it.
_BEGINS = "*"

_FTS = table("search_words", column("rowid"), column("search_words", String))
# What each database writes between words that must all be there, between those of which one
# must, around a word, and behind a beginning.
_SPELLINGS = {"sqlite": (" AND ", " OR ", '"', "*"), "postgresql": (" & ", " | ", "'", ":*")}


# The entries of a kind that hold some terms, newest first.
Reach = Callable[[str, BindParameter[str]], Select[*tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: folded words, and the kind and the year it is narrowed down to."""

    words: tuple[str, ...]
    kind: str = ""
    year: int | None = None


class Found(NamedTuple):
    """One thing that was found: `thing` is its id, `case_id` the case through which it is seen."""

    kind: str
    thing: int
    case_id: int | None
    year: int | None
    title: str
    text: str


class Piece(NamedTuple):
    """A part of a text, and whether it is what was looked for."""

    text: str
    is_found: bool


def asked(words: str, kind: str = "", year: int | None = None) -> Asked:
    """Read what was typed; an unknown kind is as if none was asked for."""
    found = dict.fromkeys(folding.folded(words))
    return Asked(tuple(found)[:MOST_WORDS], kind if kind in KINDS else "", year)


def find(
    session: Session, person: Person, wanted: Asked, limit: int
) -> Mapping[str, Sequence[Found]]:
    """Return by kind the first `limit` things that `person` may see.

    Those with every word in the title come first, within them the newest.
    """
    found: dict[str, list[Found]] = {kind: [] for kind in _kinds(wanted)}
    words = [_completions(session, word) for word in wanted.words]
    reaches = _REACHES[session.get_bind().dialect.name]
    for tier, reach in product((_in_title, _anywhere), reaches) if words else ():
        lacking = [kind for kind, things in found.items() if len(things) < limit]
        terms = [*map(tier, words)]
        for thing in _of_tier(session, person, reach, lacking, terms, wanted, limit):
            if thing not in found[thing.kind]:
                found[thing.kind].append(thing)
    return {kind: things[:limit] for kind, things in found.items() if things}


def years(session: Session) -> list[int]:
    """Return the years by which a search can be narrowed down, newest first."""
    first, last = session.execute(select(func.min(Entry.year), func.max(Entry.year))).one()
    return list(range(last, first - 1, -1)) if first and last else []


def pieces(text: str, wanted: Asked) -> list[Piece]:
    """Cut `text` into what was looked for and what lies between."""
    cut, end = [], 0
    for found in folding.WORD.finditer(text):
        if _is_asked(found[0], wanted):
            cut += [Piece(text[end : found.start()], False), Piece(found[0], True)]
            end = found.end()
    return [piece for piece in (*cut, Piece(text[end:], False)) if piece.text]


def excerpt(text: str, wanted: Asked) -> list[Piece]:
    """Return the part of `text` around the first word that was looked for, cut into pieces."""
    words = folding.WORD.finditer(text)
    at = next((found.start() for found in words if _is_asked(found[0], wanted)), 0)
    start = max(0, at - EXCERPT // 3)
    if start:
        start = text.find(" ", start, at) + 1 or at
    part = text[start : start + EXCERPT]
    if start + EXCERPT < len(text):
        part = part.rsplit(" ", 1)[0] + " …"
    return pieces(f"… {part}" if start else part, wanted)


def _is_asked(word: str, wanted: Asked) -> bool:
    plain = folding.fold(word)
    if any(plain.startswith(one) for one in wanted.words if len(one) >= SHORTEST_BEGINNING):
        return True
    kin = folding.roots(plain) | {plain}
    return any(not kin.isdisjoint({*folding.roots(one)}) or one in kin for one in wanted.words)


def _completions(session: Session, word: str) -> list[str]:
    """Return the word and those that it begins: to the index they are words like any other.

    Of too many not one is left out: then the index itself has to look for the beginning.
    """
    if len(word) < SHORTEST_BEGINNING:
        return [word]
    begun = select(Word.word).where(Word.word > word, Word.word < word + _LAST_LETTER)
    found = session.scalars(begun.limit(MOST_COMPLETIONS + 1)).all()
    return [word, *found] if len(found) <= MOST_COMPLETIONS else [word, f"{word}{_BEGINS}"]


def _in_title(words: Sequence[str]) -> list[str]:
    return [f"{TITLE}{word}" for word in words]


def _anywhere(words: Sequence[str]) -> list[str]:
    roots = sorted(folding.roots(words[0]))
    return [*words, *roots, *(f"{ROOT}{root}" for root in (words[0], *roots))]


def _kinds(wanted: Asked) -> Sequence[str]:
    return [wanted.kind] if wanted.kind else KINDS


def _of_tier(
    session: Session,
    person: Person,
    reach: Reach,
    kinds: Sequence[str],
    terms: Sequence[Sequence[str]],
    wanted: Asked,
    limit: int,
) -> Iterator[Found]:
    """Yield the newest of each of `kinds` in which all `terms` occur, as far as `reach` looks."""
    if not kinds:
        return
    dialect, today = session.get_bind().dialect.name, shelf.today()
    posts = None if access.sees_all_cases(person, today) else access.posts_of(person, today)
    given: dict[str, Any] = {"person_id": person.id, "most": limit}
    year = [[f"{ONLY}{wanted.year}"]] if wanted.year else []
    for n, kind in enumerate(kinds):
        given[f"terms_{n}"] = _spelled([*terms, *year, [f"{ONLY}{kind}"]], dialect)
    for row in session.execute(_statement(reach, posts, tuple(kinds)), given):
        yield Found(*row)


@cache
def _statement(reach: Reach, posts: frozenset[str] | None, kinds: Sequence[str]) -> Executable:
    """Return the query of these kinds at once, for whoever has `posts`; None: sees everything."""
    branches = []
    for n, kind in enumerate(kinds):
        query = reach(kind, bindparam(f"terms_{n}", type_=String))
        if posts is not None:
            theirs = queries.in_sight(posts, bindparam("person_id"))
            through = query.selected_columns.case_id
            seen = select(Case.id).where(Case.id == through, theirs).exists()
            query = query.where(or_(through.is_(None), seen))
        branches.append(select(query.limit(bindparam("most")).subquery()))
    return union_all(*branches)


def _in_sqlite(_kind: str, terms: BindParameter[str]) -> Select[*tuple[Any, ...]]:
    joined = _shown(Entry).join(_FTS, _FTS.c.rowid == Entry.id)
    return joined.where(_FTS.c.search_words.op("MATCH")(terms)).order_by(_FTS.c.rowid.desc())


def _among_the_newest(kind: str, terms: BindParameter[str]) -> Select[*tuple[Any, ...]]:
    # Written out: the plan of a prepared statement would not know how few these are.
    of_kind = bindparam(None, kind, String, literal_execute=True)
    most = bindparam(None, RECENT, Integer, literal_execute=True)
    newest = select(Entry).where(Entry.kind == of_kind).order_by(Entry.id.desc()).limit(most)
    recent = aliased(Entry, newest.subquery())
    return _shown(recent).where(_holds(recent, terms)).order_by(recent.id.desc())


def _by_the_index(_kind: str, terms: BindParameter[str]) -> Select[*tuple[Any, ...]]:
    # In the order of the bare id PostgreSQL would walk back through all entries and read the words
    # of each, since it takes words for independent of each other and sees many where are none.
    return _shown(Entry).where(_holds(Entry, terms)).order_by((Entry.id + 0).desc())


def _shown(entry: type[Entry]) -> Select[*tuple[Any, ...]]:
    return select(entry.kind, entry.thing, entry.case_id, entry.year, entry.title, entry.text)


def _holds(entry: type[Entry], terms: BindParameter[str]) -> ColumnElement[bool]:
    words = func.array_to_tsvector(func.string_to_array(entry.words, literal_column("' '")))
    return words.op("@@", is_comparison=True)(cast(terms, TSQUERY))


# How far each database looks, one after the other until there is enough. PostgreSQL's index has no
# order: of a word that is everywhere it would fetch every entry, so the newest are asked first.
_REACHES: Mapping[str, Sequence[Reach]] = {
    "sqlite": (_in_sqlite,),
    "postgresql": (_among_the_newest, _by_the_index),
}


def _spelled(terms: Sequence[Sequence[str]], dialect: str) -> str:
    """Write the terms in a database's own language; folded words hold nothing it could misread."""
    every, one, quote, begins = _SPELLINGS[dialect]

    def spelled(term: str) -> str:
        word = term.removesuffix(_BEGINS)
        return f"{quote}{word}{quote}{begins if word != term else ''}"

    return every.join(f"({one.join(map(spelled, any_of))})" for any_of in terms)
