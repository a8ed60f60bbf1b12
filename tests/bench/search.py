"""Looking for words among very many letters, against reading one row by its key.

Through the real query with the person's permission; on SQLite, then on PostgreSQL.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import click
import pytest
from sqlalchemy import func, insert, select

from kimweb import clock, db
from kimweb.documents import regions
from kimweb.documents.models import Document
from kimweb.people.models import Person
from kimweb.search import finding
from kimweb.search.models import Entry
from tests import servers
from tests.bench import harness
from tests.bench.harness import Figure, Target, Work
from tests.bench.many import FIRST, open_cases
from tests.bench.office import example_office

# What people type: common and rare words, beginnings, kindred words, numbers, nothing to be found.
QUERIES = (
    *("undangan", "pembentukan kim", "puudongi", "mengundang camat", "kim nomor 512", "un"),
    *("b/005/4711", "rapat balai desa", "laporan polinggona 2026", "kepiting", "penyuluhan jeruk"),
)
TOPICS = ("rapat", "musyawarah", "sosialisasi", "pelatihan", "pembinaan", "penyuluhan", "temu")
ISI = (
    "Dalam rangka pengembangan dan pemberdayaan Kelompok Informasi Masyarakat kami mengundang "
    "Saudara beserta perangkat desa, tokoh masyarakat, dan pemuda untuk hadir pada waktunya.",
    "Mengingat pentingnya acara tersebut, kehadiran Saudara sangat diharapkan. Demikian "
    "disampaikan, atas perhatian dan kerja samanya diucapkan terima kasih.",
)
CASES = 2_000
AT_ONCE = 5_000
LONGEST_MS = 100
EACH = 10
FEW = 6


def figures(letters: int) -> Iterator[Figure]:
    """Rate, p95 and worst of the answers among `letters` letters, for Kabid and for Tim."""
    with example_office() as app, app.app_context():
        yield from _figures(f"search, SQLite, {letters:,} letters", letters)
    with ExitStack() as stack:
        try:
            server = stack.enter_context(servers.postgres())
        except pytest.skip.Exception as reason:
            click.echo(f"PostgreSQL is left out: {reason}", err=True)
            return
        url = server.database("bench")
        with example_office(DATABASE_URL=url) as app, app.app_context():
            yield from _figures(f"search, PostgreSQL, {letters:,} letters", letters)


def _figures(name: str, letters: int) -> Iterator[Figure]:
    began = time.perf_counter()
    furnish(letters)
    each = (time.perf_counter() - began) / letters * 1e6
    yield harness.count(f"{name}: written and indexed", each, harness.UNPROMISED, "us a letter")
    last = db.session.scalars(select(func.max(Entry.id))).one()
    one_row = select(Entry.title).where(Entry.id == last)
    kabid = _person("kabid")

    def rows() -> None:
        for _ in QUERIES:
            db.session.execute(one_row).one()

    yield harness.against_floor(
        name, every_query("kabid"), rows, harness.UNPROMISED, each=len(QUERIES)
    )
    for person in (kabid, _person("tim")):
        spent = sorted(_milliseconds(person, words) for words in QUERIES for _ in range(EACH))
        p95 = spent[int(len(spent) * 0.95)]
        yield harness.count(
            f"{name}: p95 for {person.username}", p95, Target(LONGEST_MS, most=True), "ms"
        )


def every_query(username: str) -> Work:
    """Return work that asks everything once as this person."""
    person = _person(username)

    def ask() -> None:
        for words in QUERIES:
            _find(person, words)

    return ask


def _find(person: Person, words: str) -> None:
    finding.find(db.session(), person, finding.asked(words), FEW)


def _milliseconds(person: Person, words: str) -> float:
    began = time.perf_counter()
    _find(person, words)
    return (time.perf_counter() - began) * 1000


def _person(username: str) -> Person:
    return db.session.scalars(select(Person).where(Person.username == username)).one()


def furnish(letters: int) -> None:
    """Add so many letters to cases of their own."""
    open_cases(CASES, clock.now())
    for first in range(0, letters, AT_ONCE):
        with db.writing() as session:
            rows = [_letter(n) for n in range(first, min(first + AT_ONCE, letters))]
            session.execute(insert(Document), rows)
    with db.writing() as session:
        session.connection().exec_driver_sql("ANALYZE")


def _letter(n: int) -> dict[str, Any]:
    districts = regions.districts()
    villages = regions.villages(districts[n % len(districts)].code)
    village = villages[n % len(villages)].title
    topic = TOPICS[n % len(TOPICS)]
    subject = f"Undangan {topic} pembentukan KIM {village} nomor {n}"
    place = {"tempat": f"Balai {village}", "acara": topic.capitalize(), "isi": list(ISI)}
    return {
        "case_id": FIRST + n % CASES,
        "papers": "letters",
        "kind": "surat_undangan",
        "subject": subject,
        "fields": {"hal": subject, **place},
        "number": f"B/005/{n}/DISKOMINFO-KLK/XI/2026",
        "created_at": clock.now(),
    }
